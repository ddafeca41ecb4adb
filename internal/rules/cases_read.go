package rules

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"nephoscope/internal/schema"
)

// A CaseError is a fault in a file of cases.
type CaseError struct {
	Path string
	Place
	Message string
}

// Error says where the fault is and what it is.
func (e *CaseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Message)
}

// ReadCaseFile reads a file of cases. An error is a *CaseError: unknown keys
// are errors, too.
func ReadCaseFile(name string, data []byte) (*CaseFile, error) {
	fault := func(at Place, format string, args ...any) error {
		return &CaseError{Path: name, Place: at, Message: fmt.Sprintf(format, args...)}
	}
	if len(data) > maxCaseFile || tooDeep(string(data)) {
		return nil, fault(Place{1, 1}, "the file is too big or nested too deeply to hold cases: at most %d bytes are read", maxCaseFile)
	}
	parsed, err := parser.ParseBytes([]byte(yamlSource(data)), 0)
	if err != nil {
		at, message := yamlFault(err)
		return nil, fault(at, "%s", message)
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, fault(Place{1, 1}, "want one document with the key cases")
	}
	var content struct {
		Rule  string `yaml:"rule"`
		Cases []Case `yaml:"cases"`
	}
	if at, message := checkTimes(parsed.Docs[0].Body); message != "" {
		return nil, fault(at, "%s", message)
	}
	if err := decodeCases(parsed.Docs[0].Body, &content); err != nil {
		at, message := yamlFault(err)
		return nil, fault(at, "%s", message)
	}
	placeCases(parsed.Docs[0].Body, content.Cases)
	if at, message := checkCases(content.Cases); message != "" {
		return nil, fault(at, "%s", message)
	}
	return &CaseFile{Path: name, Rule: content.Rule, Cases: content.Cases}, nil
}

// decodeCases fills a struct from a node. The YAML library panics at some nodes
// that its own parser made, such as lists with a tag of a number.
func decodeCases(node ast.Node, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is no YAML that can be read: %v", p)
		}
	}()
	return yaml.NodeToValue(node, into, yaml.DisallowUnknownField(), yaml.CustomUnmarshaler(readTime))
}

// readTime reads a time as the product's KQL does.
func readTime(dst *time.Time, text []byte) error {
	word := strings.Trim(strings.TrimSpace(string(text)), `"'`)
	t, ok := schema.ParseDatetime(word)
	if !ok {
		return fmt.Errorf("%q is no time: want one like 2026-03-02T09:30:00Z", word)
	}
	*dst = t.Time()
	return nil
}

// checkTimes looks at the times of cases beforehand: the YAML library does not
// say where one stands that cannot be read.
func checkTimes(body ast.Node) (Place, string) {
	for _, c := range elements(member(body, "cases")) {
		nodes := []ast.Node{member(c, "at"), member(c, "from"), member(c, "to")}
		for _, e := range elements(member(c, "events")) {
			nodes = append(nodes, member(e, "at"))
		}
		for _, node := range nodes {
			at, given := unwrap(node).(ast.ScalarNode)
			if !given {
				continue
			}
			var t time.Time
			if err := readTime(&t, []byte(at.GetToken().Value)); err != nil {
				return placeOf(at), err.Error()
			}
		}
	}
	return Place{}, ""
}

// maxCaseFile bounds a file of cases in bytes.
const maxCaseFile = 4 << 20

// yamlFault takes the place out of an error and says what was meant.
func yamlFault(err error) (Place, string) {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return Place{1, 1}, err.Error()
	}
	p, message := at.GetToken().Position, at.GetMessage()
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		key := at.GetToken().Value
		message = fmt.Sprintf("unknown key %q%s", key, suggest(key, caseKeys()))
	}
	return Place{p.Line, p.Column}, message
}

// caseKeys lists all keys that files of cases have.
func caseKeys() []string {
	keys := []string{"rule", "cases"}
	for _, t := range []reflect.Type{reflect.TypeFor[Case](), reflect.TypeFor[CaseEvent](), reflect.TypeFor[CaseSeries](), reflect.TypeFor[CaseAlert]()} {
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("yaml"); key != "" && key != "-" {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// placeCases remembers where each case and each of its alerts stands.
func placeCases(body ast.Node, cases []Case) {
	list := elements(member(body, "cases"))
	for i := range min(len(list), len(cases)) {
		cases[i].Place = placeOf(unwrap(list[i]))
		alerts := elements(member(list[i], "alerts"))
		for j := range min(len(alerts), len(cases[i].Alerts)) {
			cases[i].Alerts[j].Place = placeOf(unwrap(alerts[j]))
		}
	}
}

// member returns the value of a key of a mapping, nil if there is none.
func member(node ast.Node, key string) ast.Node {
	var pairs []*ast.MappingValueNode
	switch n := unwrap(node).(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	}
	for _, pair := range pairs {
		if pair.Key.GetToken().Value == key {
			return pair.Value
		}
	}
	return nil
}

// elements returns those of a sequence, none of anything else.
func elements(node ast.Node) []ast.Node {
	if seq, ok := unwrap(node).(*ast.SequenceNode); ok {
		return seq.Values
	}
	return nil
}

// checkCases says what is wrong with the first case that has a fault.
func checkCases(cases []Case) (Place, string) {
	names := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		message := c.unroll()
		if message == "" {
			message = c.fault()
		}
		if names[c.Name] && message == "" {
			message = fmt.Sprintf("there are two cases with the name %q", c.Name)
		}
		if message != "" {
			return c.Place, message
		}
		for j := range c.Alerts {
			if message := c.Alerts[j].fault(); message != "" {
				return c.Alerts[j].Place, message
			}
		}
		names[c.Name] = true
	}
	return Place{}, ""
}

func (c *Case) fault() string {
	formats := []string{"", "auto", "rest", "hub", "storage", "table"}
	switch {
	case strings.TrimSpace(c.Name) == "":
		return "the case has no name"
	case len(c.Events)+len(c.Records)+len(c.Files)+len(c.Rows) == 0 && c.At.IsZero() && c.To.IsZero():
		return fmt.Sprintf("case %q has no events, records, files or rows; one about silence needs at, or from and to", c.Name)
	case !c.At.IsZero() && (!c.From.IsZero() || !c.To.IsZero()):
		return fmt.Sprintf("case %q has at, which is the only run, and from or to", c.Name)
	case c.None && len(c.Alerts) > 0:
		return fmt.Sprintf("case %q says none and lists alerts", c.Name)
	case !slices.Contains(formats, c.Format):
		return fmt.Sprintf("format %q is unknown: want %s", c.Format, listWords(formats[1:]))
	}
	return ""
}

func (a *CaseAlert) fault() string {
	if a.Severity == "" {
		return ""
	}
	word, known := matchWord(string(a.Severity), Severities())
	if !known {
		return fmt.Sprintf("severity %q is unknown%s", a.Severity, expect(string(a.Severity), Severities()))
	}
	a.Severity = word
	return ""
}
