package syntax

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"nephoscope/internal/rules"
)

// An Error says why a document cannot be read.
type Error struct {
	rules.Place
	Reason string
	Hint   string // what to do, mostly empty
}

// Error returns the reason and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Hint
}

func errorAt(at rules.Place, format string, args ...any) *Error {
	return &Error{Place: at, Reason: fmt.Sprintf(format, args...)}
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// The bounds on what is read. Public rules have at most a few thousand bytes.
const (
	maxFile      = 256 << 10
	maxDocuments = 100
	maxDepth     = 40
)

// A node is a YAML node with its place.
type node struct {
	ast   ast.Node
	place rules.Place
}

// A pair is a key of a mapping with its value.
type pair struct {
	key   string
	at    rules.Place // of the key
	value node
}

// bodies parses a file into its documents that hold something.
func bodies(data []byte) ([]node, error) {
	source := strings.TrimPrefix(string(data), "\ufeff")
	if len(source) > maxFile {
		return nil, errorAt(rules.Place{Line: 1, Column: 1}, "the file has %d bytes: a Sigma file has at most %d", len(source), maxFile)
	}
	if tooDeep(source) {
		return nil, errorAt(rules.Place{Line: 1, Column: 1}, "nested too deeply to be a rule")
	}
	file, err := parser.ParseBytes([]byte(source), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err)
	}
	var found []node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType {
			continue
		}
		if len(found) == maxDocuments {
			return nil, errorAt(placeOf(doc.Body), "the file has more than %d documents", maxDocuments)
		}
		found = append(found, nodeOf(doc.Body, rules.Place{Line: 1, Column: 1}))
	}
	return found, nil
}

func syntaxError(err error) *Error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return errorAt(rules.Place{Line: p.Line, Column: p.Column}, "no YAML: %s", at.GetMessage())
	}
	return errorAt(rules.Place{Line: 1, Column: 1}, "no YAML: %s", err)
}

// tooDeep guards the parser, which recurses, against nesting in brackets, in
// indicators at the beginning of a line and in indentation.
func tooDeep(source string) bool {
	brackets := 0
	for line := range strings.Lines(source) {
		text := strings.TrimLeft(line, " \t")
		leading := 0
		for len(text) > 1 && strings.IndexByte("-?:", text[0]) >= 0 && (text[1] == ' ' || text[1] == '\t') {
			text = strings.TrimLeft(text[1:], " \t")
			leading++
		}
		brackets = max(0, brackets+strings.Count(text, "[")+strings.Count(text, "{")-strings.Count(text, "]")-strings.Count(text, "}"))
		if leading > maxDepth || max(strings.Count(text, "["), strings.Count(text, "{")) > 5*maxDepth || brackets > 5*maxDepth {
			return true
		}
	}
	return false
}

// nodeOf takes anchors and tags off a node; at is its place if it is empty.
func nodeOf(n ast.Node, at rules.Place) node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			if n != nil && n.Type() != ast.NullType {
				at = placeOf(n)
			}
			return node{n, at}
		}
	}
}

// placeOf returns where a node begins: the token of a block mapping is its
// first colon, so its first key counts.
func placeOf(n ast.Node) rules.Place {
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return placeOf(v.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return placeOf(v.Key)
	}
	if n == nil || n.GetToken() == nil {
		return rules.Place{Line: 1, Column: 1}
	}
	p := n.GetToken().Position
	return rules.Place{Line: p.Line, Column: p.Column}
}

func (n node) null() bool { return n.ast == nil || n.ast.Type() == ast.NullType }

// pairs returns the members of a mapping; ok tells whether it is one. A key
// that is given twice is an error.
func (n node) pairs() (members []pair, ok bool, err error) {
	var values []*ast.MappingValueNode
	switch v := n.ast.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		return nil, false, nil
	}
	seen := map[string]bool{}
	for _, v := range values {
		p := pair{key: keyText(v.Key), at: placeOf(v.Key)}
		if seen[p.key] {
			return nil, true, errorAt(p.at, "key %q is given twice", p.key)
		}
		seen[p.key] = true
		p.value = nodeOf(v.Value, p.at)
		members = append(members, p)
	}
	return members, true, nil
}

// mapping returns the members of what must be a mapping.
func (n node) mapping(name string) ([]pair, error) {
	members, ok, err := n.pairs()
	if err == nil && !ok {
		err = errorAt(n.place, "%s must be a mapping of keys to values", name)
	}
	return members, err
}

func keyText(key ast.MapKeyNode) string {
	if s, ok := key.(*ast.StringNode); ok {
		return s.Value
	}
	return key.GetToken().Value
}

// items returns the elements of a list; ok tells whether it is one.
func (n node) items() (list []node, ok bool) {
	seq, ok := n.ast.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	for _, v := range seq.Values {
		list = append(list, nodeOf(v, n.place))
	}
	return list, true
}

// some returns the elements of a list, or the node alone.
func (n node) some() []node {
	if list, ok := n.items(); ok {
		return list
	}
	return []node{n}
}

// The kinds of a scalar.
type kind int

const (
	textKind kind = iota
	numberKind
	boolKind
	nullKind
)

// scalar returns a single value as text, with its kind.
func (n node) scalar() (string, kind, error) {
	if n.null() {
		return "", nullKind, nil
	}
	switch v := n.ast.(type) {
	case *ast.StringNode:
		return v.Value, textKind, nil
	case *ast.LiteralNode:
		return v.Value.Value, textKind, nil
	case *ast.IntegerNode:
		return fmt.Sprint(v.Value), numberKind, nil
	case *ast.FloatNode:
		return v.Token.Value, numberKind, nil
	case *ast.BoolNode:
		return fmt.Sprint(v.Value), boolKind, nil
	case *ast.AliasNode:
		return "", textKind, errorAt(n.place, "aliases are not supported").hint("write the value out")
	case ast.ScalarNode:
		return v.GetToken().Value, textKind, nil
	}
	return "", textKind, errorAt(n.place, "a single value is wanted here, not a list or a mapping")
}

// content returns where the first character of a text stands, behind a quote or
// below the sign of a block.
func (n node) content() rules.Place {
	switch v := n.ast.(type) {
	case *ast.StringNode:
		if v.Token.Type == token.SingleQuoteType || v.Token.Type == token.DoubleQuoteType {
			return rules.Place{Line: n.place.Line, Column: n.place.Column + 1}
		}
	case *ast.LiteralNode:
		origin := v.Value.GetToken().Origin
		return rules.Place{Line: n.place.Line + 1, Column: len(origin) - len(strings.TrimLeft(origin, " ")) + 1}
	}
	return n.place
}

// text returns a single value as text, whatever its kind.
func (n node) text() (string, error) {
	s, _, err := n.scalar()
	return s, err
}
