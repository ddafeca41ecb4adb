package native

import (
	"encoding/base64"
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

func textFunctions() []function {
	return []function{
		toText("kql_format_datetime", []sqlType{long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return formatDatetime(dst, b.long(0, row), b.text(1, row)), true
		}),
		toText("kql_format_timespan", []sqlType{long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return formatTimespan(dst, b.long(0, row), b.text(1, row)), true
		}),
		toText("kql_split", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return split(dst, b.text(0, row), b.text(1, row)), true
		}),
		toText("kql_split_at", []sqlType{text, text, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return splitAt(dst, b.text(0, row), b.text(1, row), b.long(2, row))
		}),
		toValue("kql_indexof", []sqlType{text, text, long, long, long}, long, func(b *batch, row int) (int64, bool) {
			return indexOf(b.text(0, row), b.text(1, row), b.long(2, row), b.long(3, row), b.long(4, row)), true
		}),
		toValue("kql_countof", []sqlType{text, text}, long, func(b *batch, row int) (int64, bool) {
			return countOf(b.text(0, row), b.text(1, row)), true
		}),
		toText("kql_translate", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return translate(dst, b.text(0, row), b.text(1, row), b.text(2, row)), true
		}),
		textToText("kql_base64_decode", func(s string) (string, bool) {
			raw, err := base64.StdEncoding.DecodeString(s)
			if err != nil || !utf8.Valid(raw) {
				return "", true
			}
			return string(raw), true
		}),
		toText("kql_hex", []sqlType{long, long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			s := strconv.FormatUint(uint64(b.long(0, row)), 16)
			width := int(min(max(b.long(1, row), 0), 64))
			return append(append(dst, strings.Repeat("0", max(width-len(s), 0))...), s...), true
		}),
		{name: "kql_extract_all", args: []sqlType{text, text, text}, result: text, run: extractAll},
		{name: "kql_has_any", args: []sqlType{text, text}, result: boolean, run: hasTerms(false)},
		{name: "kql_has_all", args: []sqlType{text, text}, result: boolean, run: hasTerms(true)},
		textToText("kql_parse_csv", func(s string) (string, bool) {
			r := csv.NewReader(strings.NewReader(s))
			r.LazyQuotes = true
			fields, err := r.Read()
			for i, f := range fields {
				fields[i] = quoted(f)
			}
			return string(array(nil, fields)), err == nil
		}),
	}
}

func split(dst []byte, s, delimiter string) []byte {
	dst = append(dst, '[')
	for i := 0; ; i++ {
		if i > 0 {
			dst = append(dst, ',')
		}
		part, rest, more := strings.Cut(s, delimiter)
		if delimiter == "" {
			part, more = s, false
		}
		dst = quote(dst, part)
		if !more {
			return append(dst, ']')
		}
		s = rest
	}
}

// splitAt is split of which only one part is left, null if there is none.
func splitAt(dst []byte, s, delimiter string, at int64) ([]byte, bool) {
	parts := []string{s}
	if delimiter != "" {
		parts = strings.Split(s, delimiter)
	}
	if at < 0 || at >= int64(len(parts)) {
		return dst, false
	}
	return append(quote(append(dst, '['), parts[at]), ']'), true
}

// indexOf counts in characters. Length bounds the stretch that each occurrence
// is looked for in, from where the search for it starts.
func indexOf(s, lookup string, start, length, nth int64) int64 {
	text, want := []rune(s), []rune(lookup)
	n := int64(len(text))
	if start < 0 {
		start = max(start+n, 0)
	}
	for start <= n {
		end := n
		if length >= 0 {
			end = min(start+length, n)
		}
		i := strings.Index(string(text[start:end]), lookup)
		if i < 0 {
			return -1
		}
		at := start + int64(utf8.RuneCountInString(string(text[start:end])[:i]))
		if nth--; nth <= 0 || len(want) == 0 {
			return at
		}
		start = at + 1
	}
	return -1
}

// countOf counts occurrences, also those that overlap.
func countOf(s, search string) int64 {
	n := int64(0)
	for search != "" {
		i := strings.Index(s, search)
		if i < 0 {
			break
		}
		n++
		s = s[i+1:]
	}
	return n
}

// translate replaces characters; the last of the replacements stands in for
// those that are missing.
func translate(dst []byte, search, replacement, s string) []byte {
	to := []rune(replacement)
	from := map[rune]int{}
	for i, r := range []rune(search) {
		if _, ok := from[r]; !ok {
			from[r] = i
		}
	}
	for _, r := range s {
		if i, ok := from[r]; ok {
			if len(to) == 0 {
				continue
			}
			r = to[min(i, len(to)-1)]
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// extractAll compiles an expression once for as long as it stays the same.
func extractAll(b *batch) {
	var re *regexp.Regexp
	last := ""
	b.ends = make([]uint64, b.rows)
	for row := range b.rows {
		if pattern := b.text(0, row); re == nil || pattern != last {
			re, _ = regexp.Compile(pattern)
			last = pattern
		}
		var ok bool
		if re != nil {
			b.buf, ok = matches(b.buf, re, groupsOf(re, b.text(1, row)), b.text(2, row))
		}
		if !ok {
			b.setNull(row)
		}
		b.ends[row] = uint64(len(b.buf))
	}
}

// groupsOf are the numbers of the groups that an array of numbers and names
// asks for; of no array, all.
func groupsOf(re *regexp.Regexp, wanted string) []int {
	var groups []int
	list, ok := elements(wanted)
	for _, v := range list {
		if i, err := strconv.Atoi(v); err == nil {
			groups = append(groups, i)
		} else if i := re.SubexpIndex(plain(v)); i > 0 {
			groups = append(groups, i)
		}
	}
	if ok {
		return groups
	}
	for i := 1; i <= re.NumSubexp(); i++ {
		groups = append(groups, i)
	}
	return groups
}

func matches(dst []byte, re *regexp.Regexp, groups []int, s string) ([]byte, bool) {
	found := re.FindAllStringSubmatch(s, -1)
	if len(found) == 0 || len(groups) == 0 {
		return dst, false
	}
	list := make([]string, len(found))
	for i, m := range found {
		row := make([]string, 0, len(groups))
		for _, g := range groups {
			if g < len(m) {
				row = append(row, quoted(m[g]))
			}
		}
		list[i] = string(array(nil, row))
		if len(groups) == 1 && len(row) == 1 {
			list[i] = row[0]
		}
	}
	return array(dst, list), true
}

// hasTerms looks for the terms of an array, for one or for all of them.
func hasTerms(all bool) func(*batch) {
	return func(b *batch) {
		last, terms := "", []string(nil)
		for row := range b.rows {
			if list := b.text(1, row); row == 0 || list != last {
				last, terms = list, foldedTerms(list)
			}
			s := strings.Map(fold, b.text(0, row))
			found := all
			for _, t := range terms {
				if match(has, false, s, t) != all {
					found = !all
					break
				}
			}
			setResult(b, row, found)
		}
	}
}

func foldedTerms(list string) []string {
	values, _ := elements(list)
	for i, v := range values {
		values[i] = strings.Map(fold, plain(v))
	}
	return values
}
