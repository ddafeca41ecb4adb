// Package format lays out KQL: one operator a line, long ones broken at commas
// and conjunctions, bodies and subqueries indented.
//
// Invariant: the tokens and comments of a query stay as they are, in their
// order; only white space changes. Formatting twice changes nothing more.
package format

import (
	"fmt"
	"strings"

	"nephoscope/internal/kql/syntax"
)

// width is how long lines should be, in bytes; step is an indentation.
const (
	width = 100
	step  = 4
)

// Source lays out a text of queries. The errors are those of the syntax, each
// with its place; such a text is not laid out.
func Source(text string) (string, []syntax.Error) {
	_, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		return "", wrong
	}
	tokens, _ := syntax.Tokens(text)
	end := tokens[len(tokens)-1]
	nodes, _ := group(tokens[:len(tokens)-1], 0)
	p := &printer{}
	p.statements(nodes, 0)
	p.comments(end.Comments, 0)
	made := p.finish()
	if err := same(text, made); err != nil { // a bug here: better no layout than another query
		return "", []syntax.Error{{Span: syntax.Span{End: len(text)}, Message: err.Error()}}
	}
	return made, nil
}

// same checks the invariant.
func same(before, after string) error {
	a, _ := syntax.Tokens(before)
	b, wrong := syntax.Tokens(after)
	if len(wrong) > 0 || len(a) != len(b) {
		return fmt.Errorf("formatting makes %d tokens of %d", len(b), len(a))
	}
	for i := range a {
		if a[i].Text != b[i].Text {
			return fmt.Errorf("formatting turns %q into %q", a[i].Text, b[i].Text)
		}
	}
	_, bad := syntax.Parse(after)
	if len(bad) > 0 {
		return fmt.Errorf("formatting breaks the syntax: %s", bad[0].Message)
	}
	return nil
}

// A node is a token, or a pair of brackets with what is between them.
type node struct {
	syntax.Token
	inside []node
	close  syntax.Token // of an opening bracket
}

// maxDepth bounds how deep brackets are taken for groups.
const maxDepth = 500

// group makes nodes of tokens up to a closing bracket, and returns how many it
// has taken.
func group(tokens []syntax.Token, depth int) (nodes []node, taken int) {
	for taken < len(tokens) {
		t := tokens[taken]
		if t.Class == syntax.Close {
			return nodes, taken
		}
		taken++
		n := node{Token: t}
		if t.Class == syntax.Open && depth < maxDepth {
			inside, used := group(tokens[taken:], depth+1)
			taken += used
			n.inside = inside
			if taken < len(tokens) {
				n.close = tokens[taken]
				taken++
			}
		}
		nodes = append(nodes, n)
	}
	return nodes, taken
}

func (n *node) isGroup() bool { return n.Class == syntax.Open }

// broken tells whether a node cannot stand on one line: a comment ends its line.
func (n *node) broken() bool {
	if n.isGroup() && (len(n.close.Comments) > 0 || anyBroken(n.inside)) {
		return true
	}
	return false
}

// anyBroken tells whether a comment stands in front of one of the nodes, or in
// it.
func anyBroken(nodes []node) bool {
	for i := range nodes {
		if len(nodes[i].Comments) > 0 || nodes[i].broken() {
			return true
		}
	}
	return false
}

// holds tells whether one of the nodes is the sign.
func holds(nodes []node, sign string) bool {
	for i := range nodes {
		if nodes[i].Text == sign && nodes[i].Class == syntax.Sign {
			return true
		}
	}
	return false
}

// split cuts nodes at a sign, which ends each part but the last.
func split(nodes []node, sign string) [][]node {
	var parts [][]node
	from := 0
	for i := range nodes {
		if nodes[i].Text == sign && nodes[i].Class == syntax.Sign {
			parts = append(parts, nodes[from:i+1])
			from = i + 1
		}
	}
	return append(parts, nodes[from:])
}

// flat writes nodes on one line.
func flat(nodes []node) string {
	var b strings.Builder
	for i := range nodes {
		if i > 0 && spaced(nodes, i) {
			b.WriteByte(' ')
		}
		b.WriteString(nodes[i].flat())
	}
	return b.String()
}

func (n *node) flat() string {
	if !n.isGroup() {
		return n.Text
	}
	text := flat(n.inside)
	if n.Text == "{" && text != "" {
		text = " " + text + " "
	}
	return n.Text + text + n.close.Text
}
