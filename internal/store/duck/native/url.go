package native

import (
	"net/url"
	"strings"
)

func urlFunctions() []function {
	return []function{
		textToText("kql_url_encode", func(s string) (string, bool) { return url.QueryEscape(s), true }),
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
