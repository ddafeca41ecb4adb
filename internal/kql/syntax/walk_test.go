package syntax

import (
	"reflect"
	"testing"
)

// TestChildrenComplete holds the lists of Children together with the fields
// of the nodes: what reflection finds in a tree, Children must name.
func TestChildrenComplete(t *testing.T) {
	for _, c := range goldenCases(t) {
		q, errs := Parse(c.query)
		if len(errs) > 0 {
			t.Errorf("%s: got errors %v, want none", c.name, errs)
			continue
		}
		Walk(q, func(n Node) bool {
			got, want := nodeSet(Children(n)), fieldNodes(reflect.ValueOf(n).Elem())
			if len(got) != len(want) {
				t.Errorf("%s: %T: got %d children, want %d", c.name, n, len(got), len(want))
			}
			for _, w := range want {
				if !got[w] {
					t.Errorf("%s: Children(%T) lacks a %T", c.name, n, w)
				}
			}
			return true
		})
	}
}

func nodeSet(list []Node) map[Node]bool {
	set := map[Node]bool{}
	for _, n := range list {
		set[n] = true
	}
	return set
}

// fieldNodes returns the nodes that the fields of a node hold.
func fieldNodes(v reflect.Value) []Node {
	var list []Node
	for i := range v.NumField() {
		f := v.Field(i)
		if v.Type().Field(i).Anonymous {
			continue
		}
		switch f.Kind() {
		case reflect.Slice:
			for j := range f.Len() {
				list = appendNode(list, f.Index(j))
			}
		case reflect.Pointer, reflect.Interface:
			list = appendNode(list, f)
		}
	}
	return list
}

func appendNode(list []Node, v reflect.Value) []Node {
	if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface || v.IsNil() {
		return list
	}
	if n, ok := v.Interface().(Node); ok {
		return append(list, n)
	}
	return list
}

// checkSpans reports nodes that reach outside of the text or of the node
// around them.
func checkSpans(t testing.TB, q *Query) {
	t.Helper()
	var check func(n Node)
	check = func(n Node) {
		around := n.Extent()
		for _, c := range Children(n) {
			s := c.Extent()
			if s.Start < around.Start || s.End > around.End || s.Start > s.End {
				t.Errorf("%T at %v lies outside of %T at %v in %q", c, s, n, around, q.Text)
			}
			check(c)
		}
	}
	if s := q.Extent(); s.Start != 0 || s.End != len(q.Text) {
		t.Errorf("got a query at %v, want [0, %d)", s, len(q.Text))
	}
	check(q)
}
