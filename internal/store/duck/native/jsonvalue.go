package native

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// elements returns the JSON texts of an array's elements, and whether the text
// is an array.
func elements(text string) ([]string, bool) {
	d := jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if d.PeekKind() != '[' {
		return nil, false
	}
	list := []string{}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		list = append(list, string(v))
	}
	return list, true
}

// A member is a property of a bag: its name, and its value as JSON text.
type member struct{ name, value string }

// members returns the properties of a bag, and whether the text is one.
func members(text string) ([]member, bool) {
	d := jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if d.PeekKind() != '{' {
		return nil, false
	}
	list := []member{}
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, false
		}
		m := member{name: name.String()}
		v, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		m.value = string(v)
		list = append(list, m)
	}
	return list, true
}

// array writes elements as an array.
func array(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, v...)
	}
	return append(dst, ']')
}

// bag writes properties as a bag.
func bag(dst []byte, list []member) []byte {
	dst = append(dst, '{')
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, m.name), ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

func quote(dst []byte, s string) []byte {
	out, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return append(dst, `""`...)
	}
	return out
}

func quoted(s string) string { return string(quote(nil, s)) }

// plain is the text that a JSON text shows as: of a string what it says, of
// null nothing.
func plain(v string) string {
	switch {
	case v == "null":
		return ""
	case strings.HasPrefix(v, `"`):
		s, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return v
		}
		return string(s)
	}
	return v
}

// typeOf names what a JSON text holds, as gettype() does.
func typeOf(v string) string {
	switch {
	case v == "" || v == "null":
		return "null"
	case v[0] == '{':
		return "dictionary"
	case v[0] == '[':
		return "array"
	case v[0] == '"':
		return "string"
	case v == "true" || v == "false":
		return "bool"
	}
	if _, err := strconv.ParseInt(v, 10, 64); err == nil {
		return "long"
	}
	return "double"
}

// same tells whether two JSON texts are the same value: numbers by what they
// are worth, other texts letter by letter.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := parseNumber(a)
	y, okY := parseNumber(b)
	return okX && okY && x == y
}

func parseNumber(v string) (float64, bool) {
	if v == "" || v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return 0, false
	}
	f, err := strconv.ParseFloat(v, 64)
	return f, err == nil
}
