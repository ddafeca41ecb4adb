package native

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

func codepointFunctions() []function {
	return []function{
		textToText("kql_codepoints", func(s string) (string, bool) {
			list := []string{}
			for _, r := range s {
				list = append(list, strconv.Itoa(int(r)))
			}
			return string(array(nil, list)), true
		}),
		textToText("kql_of_codepoints", ofCodepoints),
		textToText("kql_punycode", func(s string) (string, bool) {
			if isASCII(s) {
				return s + "-", s != ""
			}
			coded, ok := punycode(s)
			return strings.TrimPrefix(coded, "xn--"), ok
		}),
		textToText("kql_unpunycode", func(s string) (string, bool) { return unpunycode("xn--" + s) }),
		textToText("kql_punycode_domain", func(s string) (string, bool) { return eachLabel(s, punycode) }),
		textToText("kql_unpunycode_domain", func(s string) (string, bool) {
			return eachLabel(s, func(label string) (string, bool) {
				if len(label) < 4 || !strings.EqualFold(label[:4], "xn--") {
					return label, true
				}
				return unpunycode("xn--" + label[4:])
			})
		}),
	}
}

// ofCodepoints makes a text of an array of numbers and arrays of numbers.
func ofCodepoints(text string) (string, bool) {
	list, ok := elements(text)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, v := range list {
		if nested, isArray := elements(v); isArray {
			for _, w := range nested {
				writeCodepoint(&b, w)
			}
			continue
		}
		writeCodepoint(&b, v)
	}
	return b.String(), true
}

func writeCodepoint(b *strings.Builder, v string) {
	if n, ok := parseNumber(v); ok && n >= 0 && n <= utf8.MaxRune && utf8.ValidRune(rune(n)) {
		b.WriteRune(rune(n))
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func punycode(label string) (string, bool) {
	if isASCII(label) {
		return label, true
	}
	coded, err := idna.Punycode.ToASCII(label)
	return coded, err == nil
}

func unpunycode(label string) (string, bool) {
	text, err := idna.Punycode.ToUnicode(label)
	return text, err == nil && !strings.HasPrefix(text, "xn--")
}

// eachLabel applies f to the parts of a domain between dots, of which there
// are four kinds (RFC 3490, section 3.1).
func eachLabel(domain string, f func(string) (string, bool)) (string, bool) {
	domain = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(domain)
	labels := strings.Split(domain, ".")
	for i, label := range labels {
		changed, ok := f(label)
		if !ok {
			return "", false
		}
		labels[i] = changed
	}
	return strings.Join(labels, "."), true
}
