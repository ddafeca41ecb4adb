package native

import (
	"net/url"
	"strings"
)

func urlFunctions() []function {
	return []function{
		toText("kql_url_encode", []sqlType{text, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return encodeURL(dst, b.text(0, row), b.text(1, row)), true
		}),
		textToText("kql_url_decode", func(s string) (string, bool) {
			decoded, err := url.PathUnescape(s)
			if err != nil {
				return s, true
			}
			return decoded, true
		}),
		textToText("kql_parse_url", parseURL),
		textToText("kql_parse_urlquery", func(s string) (string, bool) {
			return string(bag(nil, []member{{"Query Parameters", queryBag(strings.TrimPrefix(s, "?"))}})), true
		}),
	}
}

// encodeURL escapes all but letters, digits and a few signs, in lower-case
// digits.
func encodeURL(dst []byte, s, blank string) []byte {
	const digits = "0123456789abcdef"
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			dst = append(dst, blank...)
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!*()", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

func parseURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || s == "" {
		return "", false
	}
	password, _ := u.User.Password()
	return string(bag(nil, []member{
		{"Scheme", quoted(u.Scheme)},
		{"Host", quoted(u.Hostname())},
		{"Port", quoted(u.Port())},
		{"Path", quoted(u.Path)},
		{"Username", quoted(u.User.Username())},
		{"Password", quoted(password)},
		{"Query Parameters", queryBag(u.RawQuery)},
		{"Fragment", quoted(u.Fragment)},
	})), true
}

// queryBag keeps the parameters in their order; of equal names the first
// counts.
func queryBag(query string) string {
	list := []member{}
	seen := map[string]bool{}
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(part, "=")
		name, value = unescaped(name), unescaped(value)
		if part != "" && !seen[name] {
			seen[name] = true
			list = append(list, member{name, quoted(value)})
		}
	}
	return string(bag(nil, list))
}

func unescaped(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}
