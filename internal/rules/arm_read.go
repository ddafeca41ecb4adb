package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxARMSize bounds an export of many rules.
const maxARMSize = 32 << 20

// ReadARM reads the rules of a JSON file as people have them: one alertRules
// resource as the API returns it or takes it, a list of such, {"value": [...]}
// as the API lists them, or a deployment template with such resources, as the
// portal exports them. The id of a rule is RuleID of the last part of its name.
// Resources of other types are passed over. Findings name the value by its JSON
// path in Key, for example properties.queryPeriod.
func ReadARM(path string, data []byte) ([]*Rule, []Finding) {
	r := &reader{path: path, source: strings.TrimPrefix(string(data), "\ufeff"), form: jsonForm}
	if len(data) > maxARMSize {
		r.errorf(Place{1, 1}, "the file has %d bytes: at most %d are read", len(data), maxARMSize)
		return nil, r.found
	}
	node, at, err := parseJSON(r.source)
	if err != nil {
		r.errorf(at, "%s", err)
		return nil, r.found
	}
	resources := armResources(child("", node, Place{1, 1}), nil)
	if len(resources) == 0 {
		r.errorf(Place{1, 1}, "the file holds no rule: want resources of type %s", ARMType)
	}
	return r.resources(resources), sortFindings(r.found)
}

// resources reads rules until there is too much wrong with them.
func (r *reader) resources(list []armResource) []*Rule {
	var all []*Rule
	for i, res := range list {
		if i == maxARMRules || len(r.found) >= maxAllFindings {
			r.limit = 0
			r.found = append(r.found, Finding{
				Path: r.path, Place: res.place, Code: CodeSchema, Level: Error,
				Message: fmt.Sprintf("the file has %d rules: only %d of them were read", len(list), i),
			})
			break
		}
		all = append(all, r.one(res.value, func(v value, rule *Rule) { r.resource(res, v, rule) }))
	}
	return all
}

// An armResource is a rule among the resources of a file.
type armResource struct {
	value
	deployed bool  // in a deployment template
	template value // the innermost one that it is in
}

// armResources collects the rules at and below a value: in lists, in value of
// the API's answers, in resources of templates and in templates within.
func armResources(v value, found []armResource) []armResource {
	switch n := v.node.(type) {
	case *ast.SequenceNode:
		for i, item := range n.Values {
			found = armResources(child(fmt.Sprintf("%s[%d]", v.path, i), item, v.place), found)
		}
		return found
	case *ast.MappingNode:
		if v.isResource() {
			return append(found, armResource{value: v})
		}
	}
	for _, path := range []string{"value", "resources", "properties.template"} {
		below, ok := v.member(path)
		if !ok {
			continue
		}
		before := len(found)
		found = armResources(below, found)
		for i := range found[before:] {
			if res := &found[before+i]; path == "resources" && !res.deployed {
				res.deployed, res.template = true, v
			}
		}
	}
	return found
}

// isResource tells whether a value is an alertRules resource. The API takes it
// without a type.
func (v value) isResource() bool {
	if typ, ok := v.member("type"); ok && !typ.null() {
		return strings.HasSuffix(strings.ToLower(typ.words()), "/alertrules")
	}
	kind, _ := v.member("kind")
	_, ok := v.member("properties")
	_, known := matchWord(kind.words(), kinds())
	return ok && known
}

// member finds a member of nested mappings by its path.
func (v value) member(path string) (value, bool) {
	for key := range strings.SplitSeq(path, ".") {
		mapping, ok := v.node.(*ast.MappingNode)
		if !ok {
			return value{}, false
		}
		i := slices.IndexFunc(mapping.Values, func(m *ast.MappingValueNode) bool { return m.Key.GetToken().Value == key })
		if i < 0 {
			return value{}, false
		}
		v = child(join(v.path, key), mapping.Values[i].Value, placeOf(mapping.Values[i].Key))
	}
	return v, true
}

// words returns the text of a value, "" if it has none.
func (v value) words() string {
	if s, ok := v.node.(*ast.StringNode); ok {
		return s.Value
	}
	return ""
}
