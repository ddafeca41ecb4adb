package activity

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// A member is one member of a JSON object as it stands in the text.
type member struct {
	name  []byte
	key   []byte // with its quotes
	value []byte
}

func (m *member) append(dst []byte) []byte {
	return append(append(append(append(dst, m.key...), ':'), m.value...), ',')
}

// is tells whether the value is that text as a JSON string.
func (m *member) is(text string) bool {
	v := m.value
	if len(v) < 2 || v[0] != '"' {
		return false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1:len(v)-1]) == text
	}
	own, err := jsontext.AppendUnquote(nil, v)
	return err == nil && string(own) == text
}

// A scanner reads the members of objects and keeps its memory.
type scanner struct {
	dec *jsontext.Decoder
	buf bytes.Buffer
}

// members appends the members of an object, which alias text; ok is false if
// text is no object.
func (s *scanner) members(list []member, text []byte) (_ []member, ok bool) {
	if len(text) == 0 || text[0] != '{' {
		return list, false
	}
	s.buf = *bytes.NewBuffer(text)
	if s.dec == nil {
		s.dec = jsontext.NewDecoder(&s.buf, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	} else {
		s.dec.Reset(&s.buf, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return list, false
	}
	n := len(list)
	for s.dec.PeekKind() != '}' {
		m, ok := s.member(text)
		if !ok {
			return list[:n], false
		}
		list = append(list, m)
	}
	if _, err := s.dec.ReadToken(); err != nil || s.dec.InputOffset() != int64(len(text)) {
		return list[:n], false
	}
	return list, true
}

func (s *scanner) member(text []byte) (m member, ok bool) {
	key, err := s.dec.ReadValue()
	if err != nil {
		return m, false
	}
	end := s.dec.InputOffset()
	m.key = text[end-int64(len(key)) : end]
	value, err := s.dec.ReadValue()
	if err != nil {
		return m, false
	}
	end = s.dec.InputOffset()
	m.value = text[end-int64(len(value)) : end]
	m.name = m.key[1 : len(m.key)-1]
	if bytes.IndexByte(m.name, '\\') >= 0 {
		m.name, err = jsontext.AppendUnquote(nil, m.key)
	}
	return m, err == nil
}

// named returns the first member of that name, nil if there is none.
func named(list []member, name string) *member {
	i := slices.IndexFunc(list, func(m member) bool { return string(m.name) == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// appendText appends "name":"text", and a comma, unless text is empty.
func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return append(quote(appendName(dst, name), text), ',')
}

// appendName appends "name": for a name that needs no escapes.
func appendName(dst []byte, name string) []byte {
	return append(append(append(dst, '"'), name...), '"', ':')
}

// quote appends text as a JSON string.
func quote(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text) // the error only tells of bytes that were replaced
	return dst
}

// closed puts the closing brace where the last comma is.
func closed(dst []byte) []byte {
	if n := len(dst); dst[n-1] == ',' {
		dst[n-1] = '}'
		return dst
	}
	return append(dst, '}')
}

// isJSON tells whether text is one JSON value.
func (r *record) isJSON(text string) bool {
	r.scratch = append(r.scratch[:0], text...)
	return jsontext.Value(r.scratch).IsValid(jsontext.AllowDuplicateNames(true))
}
