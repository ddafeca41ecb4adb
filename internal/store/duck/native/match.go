package native

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Functions that look for one of several things in a text.

func matchFunctions() []function {
	return []function{
		toValue("kql_has_any_index", []sqlType{text, text}, long, func(b *batch, row int) (int64, bool) {
			list, ok := elements(b.text(1, row))
			return hasAnyIndex(b.text(0, row), list), ok
		}),
		toValue("kql_has_any_ipv4", []sqlType{text, text}, boolean, func(b *batch, row int) (bool, bool) {
			return hasAnyAddress(b.text(0, row), b.text(1, row), false), true
		}),
		toValue("kql_has_any_ipv4_prefix", []sqlType{text, text}, boolean, func(b *batch, row int) (bool, bool) {
			return hasAnyAddress(b.text(0, row), b.text(1, row), true), true
		}),
		toText("kql_replace_strings", []sqlType{text, text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			from, ok := elements(b.text(1, row))
			to, okTo := elements(b.text(2, row))
			return append(dst, replaceStrings(b.text(0, row), from, to)...), ok && okTo
		}),
		{name: "kql_indexof_regex", args: []sqlType{text, text, long, long, long}, result: long, run: indexOfRegex},
	}
}

// hasAnyIndex returns the place of the first element that the text has as a
// term, -1 if there is none.
func hasAnyIndex(s string, list []string) int64 {
	folded := strings.ToLower(s)
	for i, v := range list {
		if term := strings.ToLower(plain(v)); term != "" && hasTerm(folded, term) {
			return int64(i)
		}
	}
	return -1
}

// hasTerm tells whether a text holds another with no letter or digit next to
// it; both are in lower case.
func hasTerm(s, term string) bool {
	first, last := rune(term[0]), rune(term[len(term)-1])
	for from := 0; ; {
		i := strings.Index(s[from:], term)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(term)
		if (start == 0 || !isTermByte(first) || !isTermByte(rune(s[start-1]))) &&
			(end == len(s) || !isTermByte(last) || !isTermByte(rune(s[end]))) {
			return true
		}
		from = start + 1
	}
}

func isTermByte(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf
}

// hasAnyAddress looks for addresses, or for beginnings of addresses, in a
// text. The list is an array of texts and of arrays of them.
func hasAnyAddress(s, list string, prefix bool) bool {
	args, _ := elements(list)
	for _, arg := range args {
		wanted, isArray := elements(arg)
		if !isArray {
			wanted = []string{arg}
		}
		for _, w := range wanted {
			if hasAddress(s, plain(w), prefix) {
				return true
			}
		}
	}
	return false
}

// hasAddress tells whether an address stands in the text, with characters
// around it that are neither letters nor digits. A prefix is an address or ends
// in a dot.
func hasAddress(s, wanted string, prefix bool) bool {
	complete := isAddress(wanted)
	if !complete && (!prefix || !isAddressPrefix(wanted)) {
		return false
	}
	for from := 0; ; {
		i := strings.Index(s[from:], wanted)
		if i < 0 {
			return false
		}
		start := from + i
		end := start
		for end < len(s) && (s[end] == '.' || s[end] >= '0' && s[end] <= '9') {
			end++
		}
		found := strings.TrimRight(s[start:end], ".")
		if complete {
			found = strings.TrimPrefix(found, wanted)
			if found == "" && delimited(s, start, start+len(wanted)) {
				return true
			}
		} else if isAddress(found) && delimited(s, start, start+len(found)) {
			return true
		}
		from = start + 1
	}
}

func delimited(s string, start, end int) bool {
	return (start == 0 || !isTermByte(rune(s[start-1])) && s[start-1] != '.') && (end == len(s) || !isTermByte(rune(s[end])))
}

func isAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// isAddressPrefix tells whether one to three numbers, each with a dot behind,
// begin an address.
func isAddressPrefix(s string) bool {
	n := strings.Count(s, ".")
	return strings.HasSuffix(s, ".") && n <= 3 && isAddress(s+strings.TrimSuffix(strings.Repeat("0.", 4-n), "."))
}

// A stretch is a part of a text; one that is done is not looked at again.
type stretch struct {
	text string
	done bool
}

// replaceStrings replaces every element of one array by the element of the
// other at its place. Earlier elements come first over the whole text, and
// what one has found is left alone by those after it, even if its replacement
// is no text and it stays as it is.
func replaceStrings(s string, from, to []string) string {
	parts := []stretch{{text: s}}
	for i := range min(len(from), len(to)) {
		find := plain(from[i])
		if find == "" || typeOf(from[i]) != "string" {
			continue
		}
		put := find
		if typeOf(to[i]) == "string" {
			put = plain(to[i])
		}
		parts = cutOut(parts, find, put)
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

func cutOut(parts []stretch, find, put string) []stretch {
	var result []stretch
	for _, p := range parts {
		for !p.done {
			before, after, found := strings.Cut(p.text, find)
			if !found {
				break
			}
			result = append(result, stretch{text: before}, stretch{put, true})
			p.text = after
		}
		result = append(result, p)
	}
	return result
}

// indexOfRegex finds the place, in characters, of a match of a regular
// expression: the nth from a start on, within a length.
func indexOfRegex(b *batch) {
	var source string
	var re *regexp.Regexp
	for row := range b.rows {
		if b.null(2, row) || b.null(3, row) || b.null(4, row) {
			b.setNull(row)
			setResult(b, row, int64(0))
			continue
		}
		if pattern := b.text(1, row); re == nil || pattern != source {
			re, source = nil, strings.Clone(pattern)
			if compiled, err := regexp.Compile(source); err == nil {
				re = compiled
			}
		}
		at, ok := int64(0), false
		if re != nil {
			at, ok = matchIndex(re, b.text(0, row), b.long(2, row), b.long(3, row), b.long(4, row))
		}
		if !ok {
			b.setNull(row)
		}
		setResult(b, row, at)
	}
}

func matchIndex(re *regexp.Regexp, s string, start, length, nth int64) (int64, bool) {
	if nth <= 0 || length < -1 || start < 0 {
		return 0, false
	}
	runes := []rune(s)
	n := int64(len(runes))
	if start > n {
		return -1, true
	}
	end := n
	if length >= 0 {
		end = min(start+length, n)
	}
	part := string(runes[start:end])
	matches := re.FindAllStringIndex(part, int(min(nth, int64(len(part)+1))))
	if int64(len(matches)) < nth {
		return -1, true
	}
	return start + int64(utf8.RuneCountInString(part[:matches[nth-1][0]])), true
}
