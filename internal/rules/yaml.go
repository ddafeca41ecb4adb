package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A value is one YAML node with the path of keys that leads to it.
type value struct {
	node  ast.Node
	path  string
	place Place // of the node; of its key if the node is empty
}

// A reader walks the nodes of one file and collects what is wrong.
type reader struct {
	path   string
	source string
	found  []Finding
	form   form
	limit  int // of findings; 0 means maxFindings
	errors int // among found
	// Of the rule that is being read: where its values stand, the paths that
	// findings call them by, what stands before these paths, and whether the
	// rule is suppressed after an alert.
	places     map[string]Place
	keys       map[Place]string
	prefix     string
	within     armResource
	suppressed bool
}

// A form is what a file is written in.
type form uint8

const (
	yamlForm form = iota
	jsonForm
	deployment // JSON in which texts in brackets are expressions
)

// errorf reports what a place of a rule does not take.
func (r *reader) errorf(at Place, format string, args ...any) {
	r.report(CodeSchema, Error, at, format, args...)
}

// fault reports an error of a class of its own, doubt a warning.
func (r *reader) fault(code Code, at Place, format string, args ...any) {
	r.report(code, Error, at, format, args...)
}

func (r *reader) doubt(code Code, at Place, format string, args ...any) {
	r.report(code, Warning, at, format, args...)
}

func (r *reader) report(code Code, level Level, at Place, format string, args ...any) {
	if r.full() {
		return
	}
	if level == Error {
		r.errors++
	}
	r.found = append(r.found, Finding{Path: r.path, Place: at, Key: r.keys[at], Code: code, Level: level, Message: fmt.Sprintf(format, args...)})
}

// These bound the work on a file: what is found in one rule, in all of them,
// and how many there are.
const (
	maxFindings    = 200
	maxAllFindings = 2000
	maxRules       = 100
	maxARMRules    = 2000
)

// full tells whether enough was found for one rule.
func (r *reader) full() bool { return len(r.found) >= cmp.Or(r.limit, maxFindings) }

// note remembers where a value stands.
func (r *reader) note(path string, at Place) {
	r.places[path] = at
	r.keys[at] = r.prefix + path
}

// documents parses the source. A syntax error is reported and ends the file.
func (r *reader) documents() []ast.Node {
	if tooDeep(r.source) {
		r.fault(CodeYAML, Place{1, 1}, "nested too deeply to be a rule")
		return nil
	}
	file, err := parser.ParseBytes([]byte(r.source), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntaxError(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType {
			bodies = append(bodies, doc.Body)
		}
	}
	return bodies
}

func (r *reader) syntaxError(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		r.fault(CodeYAML, Place{p.Line, p.Column}, "%s", at.GetMessage())
		return
	}
	r.fault(CodeYAML, Place{1, 1}, "%s", err)
}

// tooDeep guards the parser, which recurses and remembers every path, against
// hostile nesting in brackets and in indicators at the beginning of a line.
func tooDeep(source string) bool {
	const limit, limitOfLine = 200, 20
	depth, indicators, leading := 0, 0, true
	for i, c := range source {
		switch {
		case c == '\n':
			indicators, leading = 0, true
		case leading && strings.ContainsRune("-?:", c) && i+1 < len(source) && strings.ContainsRune(" \t", rune(source[i+1])):
			indicators++
		case c != ' ' && c != '\t':
			leading = false
		}
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > limit || indicators > limitOfLine {
			return true
		}
	}
	return false
}

// root makes the value of a document.
func root(node ast.Node) value {
	return value{node: node, place: placeOf(node)}
}

// child makes the value of a member or an element.
func child(path string, node ast.Node, key Place) value {
	node = unwrap(node)
	v := value{node: node, path: path, place: key}
	if !v.null() {
		v.place = placeOf(node)
	}
	return v
}

// unwrap takes anchors and tags off a node.
func unwrap(node ast.Node) ast.Node {
	for {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.TagNode:
			node = n.Value
		default:
			return node
		}
	}
}

// placeOf returns where a node begins. The token of a block mapping is its
// first colon, so its first key counts.
func placeOf(node ast.Node) Place {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return placeOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key)
	}
	if node == nil || node.GetToken() == nil {
		return Place{1, 1}
	}
	p := node.GetToken().Position
	return Place{p.Line, p.Column}
}

// empty tells whether a value is as good as not given. The API writes empty
// texts for that, too.
func (r *reader) empty(v value) bool {
	text, ok := v.node.(*ast.StringNode)
	return v.null() || ok && r.form != yamlForm && text.Value == ""
}

func (v value) null() bool {
	return v.node == nil || v.node.Type() == ast.NullType
}

// name is how messages call the value: the last key of its path.
func (v value) name() string {
	name := v.path[strings.LastIndexByte(v.path, '.')+1:]
	if name == "" {
		return "a rule"
	}
	return name
}

// pairs returns the members of a mapping, nil and a finding for anything else.
func (r *reader) pairs(v value) []*ast.MappingValueNode {
	switch n := v.node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	r.errorf(v.place, "%s must be a mapping of keys to values", v.name())
	return nil
}

// fields reads a mapping: each known key by its own reader, empty values not
// at all. Unknown keys are warned of, repeated ones are errors.
func (r *reader) fields(v value, known map[string]func(value)) {
	seen := map[string]bool{}
	for _, pair := range r.pairs(v) {
		if r.full() {
			return
		}
		key, at := pair.Key.GetToken().Value, placeOf(pair.Key)
		read, ok := known[key]
		switch {
		case !ok:
			r.keys[at] = r.prefix + join(v.path, key)
			r.doubt(CodeUnknownKey, at, "unknown key %q%s", key, suggest(key, keysOf(known)))
			continue
		case seen[key]:
			r.keys[at] = r.prefix + join(v.path, key)
			r.errorf(at, "key %q is given twice", key)
			continue
		}
		seen[key] = true
		member := child(join(v.path, key), pair.Value, at)
		r.note(member.path, member.place)
		if !r.empty(member) {
			read(member)
		}
	}
}

// require reports keys that a mapping lacks or leaves empty.
func (r *reader) require(v value, keys ...string) {
	given := map[string]value{}
	for _, pair := range r.pairs(v) {
		key := pair.Key.GetToken().Value
		given[key] = child(key, pair.Value, placeOf(pair.Key))
	}
	for _, key := range keys {
		member, ok := given[key]
		switch {
		case !ok:
			r.errorf(v.place, "%s is missing", key)
		case r.empty(member):
			r.errorf(member.place, "%s has no value", key)
		}
	}
}

// items reads the elements of a sequence of at most limit.
func (r *reader) items(v value, limit int, each func(value)) {
	seq, ok := v.node.(*ast.SequenceNode)
	if !ok {
		r.errorf(v.place, "%s must be a list", v.name())
		return
	}
	for i, node := range seq.Values {
		item := child(v.path+"["+strconv.Itoa(i)+"]", node, v.place)
		if i == limit {
			r.errorf(item.place, "%s has %d entries: at most %d are allowed", v.name(), len(seq.Values), limit)
		}
		r.note(item.path, item.place)
		if r.empty(item) {
			r.errorf(item.place, "%s has an empty entry", v.name())
			continue
		}
		each(item)
	}
}

// scalar returns the text of a scalar as it was written.
func (r *reader) scalar(v value) (string, bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return r.plain(v, n.Value)
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.AliasNode:
		r.errorf(v.place, "%s: aliases are not supported in rules", v.name())
		return "", false
	case ast.ScalarNode:
		return n.GetToken().Value, true
	}
	r.errorf(v.place, "%s must be a single value", v.name())
	return "", false
}

// plain takes the escape of deployment templates off a text, where [[ stands
// for a bracket and [...] is computed.
func (r *reader) plain(v value, text string) (string, bool) {
	if r.form != deployment || !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") {
		return text, true
	}
	if strings.HasPrefix(text, "[[") {
		return text[1:], true
	}
	inner := text[1 : len(text)-1]
	if filled := r.within.withDefaults(text); filled != text && parameter().FindString(text) == inner {
		return filled[1 : len(filled)-1], true
	}
	r.errorf(v.place, "%s is computed when the template is deployed: a text is needed here", v.name())
	return "", false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func keysOf(known map[string]func(value)) []string {
	keys := make([]string, 0, len(known))
	for k := range known {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
