package native

import "slices"

// A shape is what is known of the values of a dynamic column: their plain
// types, the shapes of their properties and that of their elements.
type shape struct {
	types    []string
	names    []string
	members  map[string]*shape
	elements *shape
}

func shapeFunctions() []function {
	return []function{
		textToText("kql_build_schema", func(s string) (string, bool) {
			list, ok := elements(s)
			if !ok || len(list) == 0 {
				return "", false
			}
			sh := &shape{}
			for _, v := range list {
				sh.add(v, 0)
			}
			return sh.json(), true
		}),
	}
}

// add learns from a value.
func (s *shape) add(v string, depth int) {
	if depth > maxDepth {
		return
	}
	switch t := typeOf(v); t {
	case "null":
	case "dictionary":
		list, _ := members(v)
		if s.members == nil {
			s.members = map[string]*shape{}
		}
		for _, m := range list {
			if s.members[m.name] == nil {
				s.members[m.name] = &shape{}
				s.names = append(s.names, m.name)
			}
			s.members[m.name].add(m.value, depth+1)
		}
	case "array":
		list, _ := elements(v)
		if s.elements == nil {
			s.elements = &shape{}
		}
		for _, el := range list {
			s.elements.add(el, depth+1)
		}
	default:
		if !slices.Contains(s.types, t) {
			s.types = append(s.types, t)
		}
	}
}

// json writes the shape: one kind as it is, several as an array.
func (s *shape) json() string {
	var kinds []string
	for _, t := range s.types {
		kinds = append(kinds, quoted(t))
	}
	var list []member
	for _, name := range s.names {
		list = append(list, member{name, s.members[name].json()})
	}
	if s.elements != nil {
		list = append(list, member{"`indexer`", s.elements.json()})
	}
	if list != nil || s.members != nil {
		kinds = append(kinds, string(bag(nil, list)))
	}
	if len(kinds) == 1 {
		return kinds[0]
	}
	return string(array(nil, kinds))
}
