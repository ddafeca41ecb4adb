package tables

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"nephoscope/internal/schema"
)

// Limits of a declaration; the first two are those of Log Analytics.
const (
	maxCustomColumns = 500
	maxColumnName    = 45
	maxTableName     = 100 // without _CL
	maxCustomFile    = 1 << 20
	maxRetention     = 4383 // days, twelve years
	defaultRetention = 90
)

// A customReader reads one YAML file strictly and collects its faults.
type customReader struct {
	file   string
	faults []error
}

func (r *customReader) fault(at ast.Node, format string, args ...any) {
	line, column := 1, 1
	if at != nil && at.GetToken() != nil && at.GetToken().Position != nil {
		line, column = at.GetToken().Position.Line, at.GetToken().Position.Column
	}
	r.faultAt(line, column, fmt.Sprintf(format, args...))
}

func (r *customReader) faultAt(line, column int, message string) {
	r.faults = append(r.faults, &SchemaError{File: r.file, Line: line, Column: column, Message: message})
}

// documents reads every document of the text.
func (r *customReader) documents(text []byte) []*customSpec {
	if len(text) > maxCustomFile || tooDeep(text) {
		r.fault(nil, "the file is longer than %d bytes or nested too deeply", maxCustomFile)
		return nil
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		r.syntaxFault(err)
		return nil
	}
	var specs []*customSpec
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.CommentGroupType {
			continue
		}
		specs = append(specs, r.table(doc.Body))
	}
	return specs
}

// tooDeep guards the parser, which recurses.
func tooDeep(text []byte) bool {
	depth, dashes := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '\n':
			dashes = 0
		case '-', '?':
			dashes++
		}
		if depth > 100 || dashes > 1000 {
			return true
		}
	}
	return false
}

func (r *customReader) syntaxFault(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		p := at.GetToken().Position
		r.faultAt(p.Line, p.Column, at.GetMessage())
		return
	}
	r.faultAt(1, 1, err.Error())
}

// table reads one declaration.
func (r *customReader) table(n ast.Node) *customSpec {
	s := &customSpec{retention: defaultRetention}
	keys := r.fields(n, "name", "doc", "retention", "time", "match", "columns")
	s.name = r.tableName(n, keys["name"])
	s.doc = r.text(keys["doc"])
	if v := keys["retention"]; v != nil {
		s.retention = r.number(v, 1, maxRetention)
	}
	if v := keys["time"]; v != nil {
		s.time = r.path(v)
	}
	s.match = r.conditions(n, keys["match"])
	s.columns = r.columns(n, keys["columns"])
	return s
}

// fields returns the values of a mapping by key; unknown keys are faults. The
// parser has refused keys that occur twice.
func (r *customReader) fields(n ast.Node, allowed ...string) map[string]ast.Node {
	keys := make(map[string]ast.Node)
	m, ok := plainNode(n).(ast.MapNode)
	if !ok {
		r.fault(n, "want a mapping with the keys %s", strings.Join(allowed, ", "))
		return keys
	}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().GetToken()
		if key == nil || !slices.Contains(allowed, key.Value) {
			r.fault(it.Key(), "unknown key %q: want %s", it.Key(), strings.Join(allowed, ", "))
			continue
		}
		if v := plainNode(it.Value()); v.Type() != ast.NullType {
			keys[key.Value] = v
		}
	}
	return keys
}

// plainNode takes the wrapping off a node that carries an anchor or a tag.
func plainNode(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			return n
		}
	}
}

func (r *customReader) items(n ast.Node) []ast.Node {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fault(n, "want a list")
		return nil
	}
	return list.Values
}

// text reads a scalar; nothing for a missing node.
func (r *customReader) text(n ast.Node) string {
	switch v := n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimRight(v.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	default:
		r.fault(n, "want a text")
		return ""
	}
}

func (r *customReader) number(n ast.Node, least, most int) int {
	value, err := strconv.Atoi(r.text(n))
	if err != nil || value < least || value > most {
		r.fault(n, "want a whole number from %d to %d", least, most)
		return least
	}
	return value
}

func (r *customReader) tableName(table, n ast.Node) string {
	if n == nil {
		r.fault(table, "name is missing: want a name that ends in _CL")
		return ""
	}
	name := r.text(n)
	base, suffixed := strings.CutSuffix(name, "_CL")
	if !suffixed || len(base) > maxTableName || !identifier(base) {
		r.fault(n, "table name %q: want letters, digits and _, beginning with a letter, at most %d, then _CL", name, maxTableName)
	}
	return name
}

// identifier tells whether s is letters, digits and _, beginning with a letter.
func identifier(s string) bool {
	for i := range len(s) {
		digit := '0' <= s[i] && s[i] <= '9' || s[i] == '_'
		if letter := 'a' <= lower(s[i]) && lower(s[i]) <= 'z'; !letter && (!digit || i == 0) {
			return false
		}
	}
	return s != ""
}

func (r *customReader) path(n ast.Node) recordPath {
	path, err := parsePath(r.text(n))
	if err != nil {
		r.fault(n, "%v", err)
	}
	return path
}

// columns reads the list of columns.
func (r *customReader) columns(table, n ast.Node) []customColumn {
	if n == nil {
		r.fault(table, "columns is missing: want a list of columns with name, type, doc and from")
		return nil
	}
	var columns []customColumn
	seen := map[string]bool{"type": true}
	rest := false
	for _, item := range r.items(n) {
		c := r.column(item)
		switch folded := strings.ToLower(c.Name); {
		case seen[folded]:
			r.fault(item, "column %q: the name is taken", c.Name)
		case c.from == nil && rest:
			r.fault(item, "column %q: only one column can have from: \"*\"", c.Name)
		default:
			seen[folded] = true
		}
		rest = rest || c.from == nil
		columns = append(columns, c)
	}
	if len(columns) == 0 || len(columns) > maxCustomColumns {
		r.fault(n, "%d columns: want 1 to %d", len(columns), maxCustomColumns)
	}
	return columns
}

// column reads one column. Without from it is filled from the member of its
// own name.
func (r *customReader) column(n ast.Node) customColumn {
	var c customColumn
	keys := r.fields(n, "name", "type", "doc", "from")
	c.Name, c.Doc = r.text(keys["name"]), r.text(keys["doc"])
	if !identifier(c.Name) || len(c.Name) > maxColumnName {
		r.fault(given(keys["name"], n), "column name %q: want letters, digits and _, beginning with a letter, at most %d", c.Name, maxColumnName)
	}
	kind, err := schema.ParseType(r.text(keys["type"]))
	if err != nil {
		r.fault(given(keys["type"], n), "%v", err)
	}
	c.Type = kind
	if c.Name == timeColumn && kind != schema.Datetime {
		r.fault(given(keys["type"], n), "column %s: want type datetime", timeColumn)
	}
	switch from := keys["from"]; {
	case from == nil:
		c.from = recordPath{{key: c.Name}}
	case r.text(from) != "*":
		c.from = r.path(from)
	case kind != schema.Dynamic:
		r.fault(given(keys["type"], n), "column %q: from: \"*\" wants type dynamic", c.Name)
	}
	return c
}

// given returns a, or b if the key of a is missing.
func given(a, b ast.Node) ast.Node {
	if a != nil {
		return a
	}
	return b
}

// conditions reads match.
func (r *customReader) conditions(table, n ast.Node) []condition {
	if n == nil {
		r.fault(table, "match is missing: want a list of conditions that a record of this table meets")
		return nil
	}
	var all []condition
	for _, item := range r.items(n) {
		all = append(all, r.condition(item))
	}
	if len(all) == 0 {
		r.fault(n, "match is empty: want a list of conditions that a record of this table meets")
	}
	return all
}

// condition reads one condition: a field and one test.
func (r *customReader) condition(n ast.Node) condition {
	keys := r.fields(n, "field", "exists", "equals", "in", "prefix")
	c := condition{exists: true}
	if keys["field"] == nil {
		r.fault(n, "field is missing: want a path into the record")
		return c
	}
	c.field = r.path(keys["field"])
	if len(keys) != 2 {
		r.fault(n, "want field and exactly one of exists, equals, in, prefix")
	}
	switch {
	case keys["exists"] != nil:
		exists, err := strconv.ParseBool(r.text(keys["exists"]))
		if err != nil {
			r.fault(keys["exists"], "want true or false")
		}
		c.exists = exists
	case keys["equals"] != nil:
		c.any = []string{r.text(keys["equals"])}
	case keys["in"] != nil:
		for _, item := range r.items(keys["in"]) {
			c.any = append(c.any, r.text(plainNode(item)))
		}
	case keys["prefix"] != nil:
		c.prefix = r.text(keys["prefix"])
	}
	return c
}
