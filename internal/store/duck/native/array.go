package native

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// maxElements bounds the arrays that a few numbers can ask for.
const maxElements = 1 << 20

func arrayFunctions() []function {
	return []function{
		ofArray("kql_array_reverse", func(list []string) []string { slices.Reverse(list); return list }),
		toText("kql_array_slice", []sqlType{text, long, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			return array(dst, slice(list, b.long(1, row), b.long(2, row))), ok
		}),
		toText("kql_array_sort", []sqlType{text, boolean, boolean}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			sortValues(list, b.bool(1, row), b.bool(2, row))
			return array(dst, list), ok
		}),
		toText("kql_array_sort_by", []sqlType{text, text, boolean, boolean}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			by, okBy := elements(b.text(1, row))
			if !ok || !okBy || len(list) != len(by) {
				return dst, false
			}
			return array(dst, sortedBy(list, by, b.bool(2, row), b.bool(3, row))), true
		}),
		toValue("kql_array_sum", []sqlType{text}, real, func(b *batch, row int) (float64, bool) {
			return arraySum(b.text(0, row))
		}),
		toValue("kql_array_index_of", []sqlType{text, text, long, long, long}, long, func(b *batch, row int) (int64, bool) {
			list, ok := elements(b.text(0, row))
			return indexOfValue(list, b.text(1, row), b.long(2, row), b.long(3, row), b.long(4, row)), ok
		}),
		ofArrays("kql_array_concat", func(lists [][]string) []string { return slices.Concat(lists...) }),
		ofArrays("kql_zip", zip),
		toText("kql_repeat", []sqlType{text, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			n := b.long(1, row)
			v := b.text(0, row)
			if v == "" {
				v = "null"
			}
			return array(dst, slices.Repeat([]string{v}, int(min(max(n, 0), maxElements)))), n >= 0
		}),
		toText("kql_range", []sqlType{text, long, long, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := counted(b.text(0, row), b.long(1, row), b.long(2, row), b.long(3, row))
			return array(dst, list), ok
		}),
		toText("kql_range_real", []sqlType{real, real, real}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return array(dst, countedReal(b.real(0, row), b.real(1, row), b.real(2, row))), b.real(2, row) != 0
		}),
		toText("kql_strcat_array", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, _ := elements(b.text(0, row))
			for i, v := range list {
				list[i] = plain(v)
			}
			return append(dst, strings.Join(list, b.text(1, row))...), true
		}),
		textToText("kql_flat", func(s string) (string, bool) { return string(array(nil, flattened(s))), true }),
		toText("kql_array_rotate", []sqlType{text, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			return array(dst, rotate(list, b.long(1, row))), ok
		}),
		toText("kql_array_shift", []sqlType{text, long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			return array(dst, shiftValues(list, b.long(1, row), b.text(2, row))), ok
		}),
		toText("kql_array_split", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			parts, okParts := splitArray(list, b.text(1, row))
			return array(dst, parts), ok && okParts
		}),
		toText("kql_array_iff", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			list, ok := elements(b.text(0, row))
			return array(dst, choose(list, b.text(1, row), b.text(2, row))), ok
		}),
		toText("kql_typeof", []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return append(dst, typeOf(b.text(0, row))...), true
		}),
	}
}

// ofArray makes a function from an array to an array.
func ofArray(name string, f func([]string) []string) function {
	return toText(name, []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
		list, ok := elements(b.text(0, row))
		if !ok {
			return dst, false
		}
		return array(dst, f(list)), true
	})
}

// ofArrays makes a function from any number of arrays, which come as one
// array, to an array. If one of them is none, neither is the result.
func ofArrays(name string, f func([][]string) []string) function {
	return toText(name, []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
		args, ok := elements(b.text(0, row))
		lists := make([][]string, len(args))
		for i, a := range args {
			list, isList := elements(a)
			lists[i], ok = list, ok && isList
		}
		if !ok || len(lists) == 0 {
			return dst, false
		}
		return array(dst, f(lists)), true
	})
}

// slice returns the elements from one place to another, both included;
// negative places count from the end.
func slice(list []string, from, to int64) []string {
	n := int64(len(list))
	if from < 0 {
		from = max(from+n, 0)
	}
	if to < 0 {
		to += n
	}
	to = min(to+1, n)
	if from >= to {
		return nil
	}
	return list[from:to]
}

// sortValues sorts by value: numbers, then text, then the rest.
func sortValues(list []string, desc, nullsLast bool) {
	slices.SortStableFunc(list, func(a, b string) int { return orderOf(a, b, desc, nullsLast) })
}

func orderOf(a, b string, desc, nullsLast bool) int {
	switch {
	case a == b:
		return 0
	case a == "null" || b == "null":
		if (a == "null") == nullsLast {
			return 1
		}
		return -1
	case desc:
		return compareValues(b, a)
	}
	return compareValues(a, b)
}

// sortedBy returns the values in the order of those beside them.
func sortedBy(list, by []string, desc, nullsLast bool) []string {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return orderOf(by[i], by[j], desc, nullsLast) })
	sorted := make([]string, len(list))
	for to, from := range order {
		sorted[to] = list[from]
	}
	return sorted
}

func compareValues(a, b string) int {
	x, okX := parseNumber(a)
	y, okY := parseNumber(b)
	switch {
	case okX && okY:
		return cmp.Compare(x, y)
	case okX:
		return -1
	case okY:
		return 1
	}
	return strings.Compare(plain(a), plain(b))
}

func arraySum(text string) (float64, bool) {
	list, ok := elements(text)
	sum := 0.0
	for _, v := range list {
		f, isNumber := parseNumber(v)
		if !isNumber {
			return 0, false
		}
		sum += f
	}
	return sum, ok
}

// indexOfValue looks for the nth occurrence within length places from start
// on; -1 for length means all.
func indexOfValue(list []string, v string, start, length, nth int64) int64 {
	n := int64(len(list))
	if start < 0 {
		start = max(start+n, 0)
	}
	end := n
	if length >= 0 {
		end = min(start+length, n)
	}
	for i := start; i < end; i++ {
		if same(list[i], v) {
			if nth--; nth <= 0 {
				return i
			}
		}
	}
	return -1
}

func zip(lists [][]string) []string {
	longest := 0
	for _, l := range lists {
		longest = max(longest, len(l))
	}
	rows := make([]string, longest)
	for i := range rows {
		row := make([]string, len(lists))
		for j, l := range lists {
			row[j] = "null"
			if i < len(l) {
				row[j] = l[i]
			}
		}
		rows[i] = string(array(nil, row))
	}
	return rows
}

// counted are the values of range() over whole numbers or times.
func counted(kind string, from, to, step int64) ([]string, bool) {
	list := []string{}
	if step == 0 {
		return nil, false
	}
	for n := from; (step > 0 && n <= to || step < 0 && n >= to) && len(list) < maxElements; n += step {
		switch kind {
		case "datetime":
			list = append(list, quoted(schema.DatetimeValue(n).String()))
		case "timespan":
			list = append(list, quoted(schema.TimespanValue(n).String()))
		default:
			list = append(list, strconv.FormatInt(n, 10))
		}
		if n > 0 && step > 0 && n+step < n {
			break
		}
	}
	return list, true
}

func countedReal(from, to, step float64) []string {
	list := []string{}
	for i := range maxElements {
		v := from + float64(i)*step
		if step == 0 || step > 0 && v > to || step < 0 && v < to {
			break
		}
		list = append(list, string(appendRealJSON(nil, v)))
	}
	return list
}

// rotate moves the elements so many places to the front, those at the front to
// the end.
func rotate(list []string, n int64) []string {
	if len(list) == 0 {
		return list
	}
	n %= int64(len(list))
	if n < 0 {
		n += int64(len(list))
	}
	return append(list[n:len(list):len(list)], list[:n]...)
}

// shiftValues moves the elements so many places to the front, or if n is
// negative to the end; the places that get free are filled.
func shiftValues(list []string, n int64, fill string) []string {
	if fill == "" {
		fill = "null"
	}
	size := int64(len(list))
	if n >= 0 {
		n = min(n, size)
		return append(list[n:size:size], slices.Repeat([]string{fill}, int(n))...)
	}
	n = min(-max(n, -size), size)
	return append(slices.Repeat([]string{fill}, int(n)), list[:size-n]...)
}

// splitArray cuts an array at a place or at the places of an array; negative
// ones count from the end.
func splitArray(list []string, at string) ([]string, bool) {
	places, isArray := elements(at)
	if !isArray {
		places = []string{at}
	}
	var parts []string
	from := 0
	for _, p := range places {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, false
		}
		if n < 0 {
			n += len(list)
		}
		n = min(max(n, from), len(list))
		parts = append(parts, string(array(nil, list[from:n])))
		from = n
	}
	return append(parts, string(array(nil, list[from:]))), true
}

// choose takes for each condition the element of one array or of the other, or
// the value itself if it is no array.
func choose(conditions []string, yes, no string) []string {
	ifTrue, trueMany := elements(yes)
	ifFalse, falseMany := elements(no)
	pick := func(list []string, many bool, value string, i int) string {
		switch {
		case !many && value != "":
			return value
		case many && i < len(list):
			return list[i]
		}
		return "null"
	}
	for i, c := range conditions {
		n, isNumber := parseNumber(c)
		switch {
		case c == "true" || isNumber && n != 0:
			conditions[i] = pick(ifTrue, trueMany, yes, i)
		case c == "false" || isNumber:
			conditions[i] = pick(ifFalse, falseMany, no, i)
		default:
			conditions[i] = "null"
		}
	}
	return conditions
}
