package native

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// A pairSyntax tells how keys and values stand in a text: the settings of the
// operator parse-kv.
type pairSyntax struct {
	Keys                    []string `json:"keys"`
	Pair, KV, Quote, Escape string
	Greedy                  bool
	Regex                   string

	open, close rune
	re          *regexp.Regexp
}

func pairFunctions() []function {
	return []function{{name: "kql_parse_kv", args: []sqlType{text, text}, result: text, run: parsePairs}}
}

// parsePairs reads the settings once for rows that share them, as all rows of a
// query do.
func parsePairs(b *batch) {
	b.ends = make([]uint64, b.rows)
	var settings string
	var how *pairSyntax
	for row := range b.rows {
		if s := b.text(1, row); how == nil || s != settings {
			settings = strings.Clone(s)
			how = readPairSyntax(settings)
		}
		if how == nil {
			b.setNull(row)
		} else {
			b.buf = bag(b.buf, how.pairs(b.text(0, row)))
		}
		b.ends[row] = uint64(len(b.buf))
	}
}

func readPairSyntax(s string) *pairSyntax {
	how := &pairSyntax{}
	if json.Unmarshal([]byte(s), how, json.MatchCaseInsensitiveNames(true)) != nil {
		return nil
	}
	marks := []rune(how.Quote)
	if len(marks) > 0 {
		how.open, how.close = marks[0], marks[len(marks)-1]
	}
	if how.Regex != "" {
		re, err := regexp.Compile(how.Regex)
		if err != nil || re.NumSubexp() != 2 {
			return nil
		}
		how.re = re
	}
	return how
}

// pairs returns the wanted pairs of a text; of equal keys the first counts.
func (p *pairSyntax) pairs(s string) []member {
	list := []member{}
	add := func(key, value string) {
		if slices.Contains(p.Keys, key) && !slices.ContainsFunc(list, func(m member) bool { return m.name == key }) {
			list = append(list, member{key, quoted(value)})
		}
	}
	switch {
	case p.re != nil:
		for _, m := range p.re.FindAllStringSubmatch(s, -1) {
			add(m[1], m[2])
		}
	case p.Pair == "" || p.KV == "":
		p.loose(s, add)
	default:
		p.strict(s, add)
	}
	return list
}

// strict cuts the text at the delimiters, outside of quotes.
func (p *pairSyntax) strict(s string, add func(key, value string)) {
	for s != "" {
		var key, value string
		var ok bool
		if key, s, ok = p.token(s, p.KV, p.Pair); !ok {
			continue
		}
		if p.Greedy {
			value, s = p.greedy(s)
		} else {
			value, s, _ = p.token(s, p.Pair, "")
		}
		add(key, value)
	}
}

// token reads up to a delimiter and returns what follows it; it ends early, and
// is not ok, at the other delimiter. Quotes around the token are taken away.
func (p *pairSyntax) token(s, until, other string) (token, rest string, ok bool) {
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	if inner, after, isQuoted := p.unquote(trimmed); isQuoted {
		_, rest, found := strings.Cut(after, until)
		return inner, rest, found || other == ""
	}
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], until):
			return strings.TrimSpace(s[:i]), s[i+len(until):], true
		case other != "" && strings.HasPrefix(s[i:], other) && strings.TrimSpace(s[:i]) != "":
			return "", s[i+len(other):], false
		}
	}
	return strings.TrimSpace(s), "", other == ""
}

// unquote reads a quoted text at the beginning of s.
func (p *pairSyntax) unquote(s string) (inner, rest string, ok bool) {
	first, size := utf8.DecodeRuneInString(s)
	if p.open == 0 || first != p.open {
		return "", s, false
	}
	var b strings.Builder
	for i := size; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case p.Escape != "" && strings.HasPrefix(s[i:], p.Escape) && i+n < len(s):
			_, next := utf8.DecodeRuneInString(s[i+n:])
			b.WriteString(s[i+n : i+n+next])
			n += next
		case r == p.close:
			return b.String(), s[i+n:], true
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return "", s, false
}

// greedy reads a value up to the delimiter in front of the next key.
func (p *pairSyntax) greedy(s string) (value, rest string) {
	if inner, after, ok := p.unquote(strings.TrimLeftFunc(s, unicode.IsSpace)); ok {
		_, rest, _ = strings.Cut(after, p.Pair)
		return inner, rest
	}
	end := len(s)
	for from := 0; ; {
		i := strings.Index(s[from:], p.Pair)
		if i < 0 {
			break
		}
		at := from + i
		key, _, found := strings.Cut(s[at+len(p.Pair):], p.KV)
		if found && !strings.Contains(key, p.Pair) {
			return strings.TrimSpace(s[:at]), s[at+len(p.Pair):]
		}
		from = at + len(p.Pair)
	}
	return strings.TrimSpace(s[:end]), ""
}

// loose finds each key as a word with a colon or an equals sign behind it, and
// its value up to a blank, a comma or a semicolon, or in quotes.
func (p *pairSyntax) loose(s string, add func(key, value string)) {
	for _, key := range p.Keys {
		for from := 0; ; {
			i := strings.Index(s[from:], key)
			if i < 0 {
				break
			}
			start, end := from+i, from+i+len(key)
			from = end
			rest, ok := p.afterKey(s[end:])
			if !ok || start > 0 && isTermByte(rune(s[start-1])) {
				continue
			}
			add(key, p.looseValue(rest))
			break
		}
	}
}

func (p *pairSyntax) afterKey(s string) (string, bool) {
	if p.close != 0 {
		s = strings.TrimPrefix(s, string(p.close))
	}
	s = strings.TrimLeft(s, " \t")
	if p.KV != "" {
		return strings.CutPrefix(s, p.KV)
	}
	if s == "" || s[0] != ':' && s[0] != '=' {
		return "", false
	}
	return s[1:], true
}

func (p *pairSyntax) looseValue(s string) string {
	s = strings.TrimLeft(s, " \t")
	if inner, _, ok := p.unquote(s); ok {
		return inner
	}
	if p.Pair != "" {
		value, _, _ := strings.Cut(s, p.Pair)
		return strings.TrimSpace(value)
	}
	if end := strings.IndexAny(s, " \t\r\n,;|"); end >= 0 {
		return s[:end]
	}
	return s
}
