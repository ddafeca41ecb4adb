package native

import "slices"

func setFunctions() []function {
	return []function{
		ofArrays("kql_set_union", func(lists [][]string) []string { return different(slices.Concat(lists...)) }),
		ofArrays("kql_set_intersect", func(lists [][]string) []string {
			return slices.DeleteFunc(different(lists[0]), func(v string) bool {
				return slices.ContainsFunc(lists[1:], func(l []string) bool { return !slices.Contains(l, v) })
			})
		}),
		ofArrays("kql_set_difference", func(lists [][]string) []string {
			return slices.DeleteFunc(different(lists[0]), func(v string) bool {
				return slices.ContainsFunc(lists[1:], func(l []string) bool { return slices.Contains(l, v) })
			})
		}),
		toText("kql_set_of_arrays", []sqlType{text, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list := different(flattened(b.text(0, row)))
			if size := b.long(1, row); size >= 0 && size < int64(len(list)) {
				list = list[:size]
			}
			return array(dst, list), true
		}),
		toValue("kql_jaccard", []sqlType{text, text}, real, func(b *batch, row int) (float64, bool) {
			one, ok := elements(b.text(0, row))
			other, okOther := elements(b.text(1, row))
			return jaccard(different(one), different(other)), ok && okOther
		}),
		toValue("kql_set_has_element", []sqlType{text, text}, boolean, func(b *batch, row int) (bool, bool) {
			list, ok := elements(b.text(0, row))
			v := b.text(1, row)
			return slices.ContainsFunc(list, func(el string) bool { return same(el, v) }), ok
		}),
	}
}

// flattened returns the elements of the arrays in an array, and what else
// there is in it.
func flattened(text string) []string {
	var flat []string
	list, _ := elements(text)
	for _, v := range list {
		if inner, ok := elements(v); ok {
			flat = append(flat, inner...)
		} else {
			flat = append(flat, v)
		}
	}
	return flat
}

// different returns the values in order of their first occurrence.
func different(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(slices.Clone(list), func(v string) bool {
		if seen[v] {
			return true
		}
		seen[v] = true
		return false
	})
}

// jaccard is the size of the intersection of two sets by that of their union.
func jaccard(a, b []string) float64 {
	common := 0
	for _, v := range a {
		if slices.Contains(b, v) {
			common++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}
