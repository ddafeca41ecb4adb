package native

import (
	"slices"
	"strconv"
	"strings"
)

func bagFunctions() []function {
	return []function{
		ofBag("kql_bag_keys", func(dst []byte, list []member) []byte {
			names := make([]string, len(list))
			for i, m := range list {
				names[i] = quoted(m.name)
			}
			return array(dst, names)
		}),
		toText("kql_bag_merge", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			merged, ok := merge(b.text(0, row))
			return bag(dst, merged), ok
		}),
		toText("kql_bag_remove_keys", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			v := b.text(0, row)
			_, ok := members(v)
			keys, _ := elements(b.text(1, row))
			for _, k := range keys {
				v = withoutKey(v, keyPath(plain(k)))
			}
			return append(dst, v...), ok
		}),
		toValue("kql_bag_has_key", []sqlType{text, text}, boolean, func(b *batch, row int) (bool, bool) {
			return hasKey(b.text(0, row), b.text(1, row))
		}),
		ofBag("kql_drop_empty", func(dst []byte, list []member) []byte {
			return bag(dst, slices.DeleteFunc(list, func(m member) bool { return m.value == "null" || m.value == `""` }))
		}),
		toText("kql_bag_set_key", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			v, ok := setKey(b.text(0, row), keyPath(b.text(1, row)), b.text(2, row))
			return append(dst, v...), ok
		}),
		toText("kql_bag_zip", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			keys, ok := elements(b.text(0, row))
			values, okValues := elements(b.text(1, row))
			return bag(dst, zipBag(keys, values)), ok && okValues
		}),
		toText("kql_treepath", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			paths, seen := []string{}, map[string]bool{}
			treePaths(b.text(0, row), "", func(path string) {
				if !seen[path] {
					seen[path] = true
					paths = append(paths, quoted(path))
				}
			})
			return array(dst, paths), len(paths) > 0
		}),
		toText("kql_canonical_json", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return canonical(dst, b.text(0, row)), true
		}),
		toText("kql_extract_json", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			v, _ := jsonAt(b.text(1, row), b.text(0, row))
			return append(dst, plain(v)...), true
		}),
		{name: "kql_pairs", args: []sqlType{text}, result: texts, run: pairs},
	}
}

func ofBag(name string, f func(dst []byte, list []member) []byte) function {
	return toText(name, []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
		list, ok := members(b.text(0, row))
		if !ok {
			return dst, false
		}
		return f(dst, list), true
	})
}

// merge makes one bag of an array of bags; of equal names the first counts.
// What is no bag is passed over.
func merge(text string) ([]member, bool) {
	bags, _ := elements(text)
	merged := []member{}
	seen := map[string]bool{}
	for _, v := range bags {
		list, _ := members(v)
		for _, m := range list {
			if !seen[m.name] {
				seen[m.name] = true
				merged = append(merged, m)
			}
		}
	}
	return merged, true
}

func hasKey(text, key string) (has, ok bool) {
	list, ok := members(text)
	if !ok {
		return false, false
	}
	if path, isPath := strings.CutPrefix(key, "$"); isPath {
		_, has = jsonAt(text, "$"+path)
		return has, true
	}
	return slices.ContainsFunc(list, func(m member) bool { return m.name == key }), true
}

// canonical writes JSON with the properties in order of their names.
func canonical(dst []byte, text string) []byte {
	if list, ok := members(text); ok {
		slices.SortStableFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
		for i := range list {
			list[i].value = string(canonical(nil, list[i].value))
		}
		return bag(dst, list)
	}
	if list, ok := elements(text); ok {
		for i := range list {
			list[i] = string(canonical(nil, list[i]))
		}
		return array(dst, list)
	}
	return append(dst, text...)
}

// jsonAt returns the value at a path like $.a[0]['b'].
func jsonAt(text, path string) (string, bool) {
	path = strings.TrimPrefix(path, "$")
	for path != "" {
		var step string
		step, path = cutStep(path)
		v, ok := child(text, step)
		if !ok {
			return "", false
		}
		text = v
	}
	return text, true
}

func cutStep(path string) (step, rest string) {
	if strings.HasPrefix(path, "[") {
		step, rest, _ = strings.Cut(path[1:], "]")
		return strings.Trim(step, `'"`), rest
	}
	path = strings.TrimPrefix(path, ".")
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	return path[:end], path[end:]
}

func child(text, step string) (string, bool) {
	if list, ok := members(text); ok {
		for _, m := range list {
			if m.name == step {
				return m.value, true
			}
		}
		return "", false
	}
	list, _ := elements(text)
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i >= len(list) {
		return "", false
	}
	return list[i], true
}

// pairs makes a list of a bag's properties, each as [name, value], or of an
// array's elements.
func pairs(b *batch) {
	for row := range b.rows {
		text := b.text(0, row)
		list, ok := elements(text)
		if props, isBag := members(text); isBag {
			ok = true
			for _, m := range props {
				list = append(list, string(array(nil, []string{quoted(m.name), m.value})))
			}
		}
		if !ok {
			b.setNull(row)
		}
		for _, v := range list {
			b.buf = append(b.buf, v...)
			b.ends = append(b.ends, uint64(len(b.buf)))
		}
		b.listEnds = append(b.listEnds, uint64(len(b.ends)))
	}
}

// keyPath reads the name of a property, or a path like $.a['b'].
func keyPath(key string) []string {
	path, ok := strings.CutPrefix(key, "$")
	if !ok || path == "" || path[0] != '.' && path[0] != '[' {
		return []string{key}
	}
	var steps []string
	for path != "" {
		var step string
		step, path = cutStep(path)
		steps = append(steps, step)
	}
	return steps
}

// withoutKey returns the bag without the property at a path.
func withoutKey(text string, path []string) string {
	list, ok := members(text)
	if !ok {
		return text
	}
	i := slices.IndexFunc(list, func(m member) bool { return m.name == path[0] })
	switch {
	case i < 0:
		return text
	case len(path) == 1:
		list = slices.Delete(list, i, i+1)
	default:
		list[i].value = withoutKey(list[i].value, path[1:])
	}
	return string(bag(nil, list))
}

// setKey sets the property at a path and makes the bags on the way to it. It
// fails if there is something else in the way.
func setKey(text string, path []string, value string) (string, bool) {
	if value == "" {
		value = "null"
	}
	list, ok := members(text)
	if !ok || len(path) > maxDepth {
		return "", false
	}
	i := slices.IndexFunc(list, func(m member) bool { return m.name == path[0] })
	if i < 0 {
		i = len(list)
		list = append(list, member{path[0], "{}"})
	}
	if len(path) > 1 {
		inner := list[i].value
		if inner == "null" {
			inner = "{}"
		}
		if value, ok = setKey(inner, path[1:], value); !ok {
			return "", false
		}
	}
	list[i].value = value
	return string(bag(nil, list)), true
}

// maxDepth bounds the depth of values that are taken apart.
const maxDepth = 256

// zipBag pairs names with values; what has no text for a name is left out.
func zipBag(keys, values []string) []member {
	list := []member{}
	for i, k := range keys {
		if typeOf(k) != "string" {
			continue
		}
		m := member{plain(k), "null"}
		if i < len(values) {
			m.value = values[i]
		}
		if at := slices.IndexFunc(list, func(o member) bool { return o.name == m.name }); at >= 0 {
			list[at] = m
			continue
		}
		list = append(list, m)
	}
	return list
}

// treePaths calls yield with the path of everything within a value. What the
// elements of an array have in common is told once, as that of its first.
func treePaths(text, at string, yield func(path string)) {
	if strings.Count(at, "[") > maxDepth {
		return
	}
	if at != "" {
		yield(at)
	}
	if list, ok := members(text); ok {
		for _, m := range list {
			treePaths(m.value, at+"['"+m.name+"']", yield)
		}
	} else if list, ok := elements(text); ok {
		for _, v := range list {
			treePaths(v, at+"[0]", yield)
		}
	}
}
