package wire

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math"
)

// The descriptors of the sections of a message (spec section 3.2).
const (
	SectionHeader                = 0x70
	SectionDeliveryAnnotations   = 0x71
	SectionMessageAnnotations    = 0x72
	SectionProperties            = 0x73
	SectionApplicationProperties = 0x74
	SectionData                  = 0x75
	SectionSequence              = 0x76
	SectionValue                 = 0x77
	SectionFooter                = 0x78
)

// FormatBatch is the message format of a batch: every data section is a whole
// encoded message.
const FormatBatch = 0x80013700

// Sections are the parts of an encoded message, each with its descriptor, as
// slices of the message; nil where a section is absent. All sections joined in
// the order of the fields are the message again.
type Sections struct {
	Header                []byte
	DeliveryAnnotations   []byte
	MessageAnnotations    []byte
	Properties            []byte
	ApplicationProperties []byte
	// Body is one value section, or all data sections, or all sequences.
	Body   []byte
	Footer []byte
}

// ParseSections splits a message. Every byte is checked: order and number of
// sections, the types that the protocol lays down, and all values within, so
// that what follows may walk them without looking for damage. A message may lack a body, but not be
// empty. Nothing is made but the error.
func ParseSections(message []byte) (Sections, error) {
	var s Sections
	if len(message) == 0 {
		return s, malformed("an empty message")
	}
	last, body := 0, 0
	for at := 0; at < len(message); {
		code, n, err := checkSection(message[at:])
		if err != nil {
			return Sections{}, fmt.Errorf("section at byte %d: %w", at, err)
		}
		if !mayFollow(code, last) {
			return Sections{}, malformed("section 0x%02x at byte %d follows section 0x%02x", code, at, last)
		}
		end := at + n
		switch {
		case !isBody(code):
			*s.place(code) = message[at:end:end]
		case !isBody(last):
			body = at
			fallthrough
		default:
			s.Body = message[body:end:end]
		}
		last, at = code, end
	}
	return s, nil
}

// mayFollow says whether a section may come after another, 0 being none. Only
// data and sequences may be more than one.
func mayFollow(code, last int) bool {
	if isBody(code) && isBody(last) {
		return code == last && code != SectionValue
	}
	return code > last
}

func isBody(code int) bool { return code >= SectionData && code <= SectionValue }

// place is where a section that is no body belongs.
func (s *Sections) place(code int) *[]byte {
	switch code {
	case SectionHeader:
		return &s.Header
	case SectionDeliveryAnnotations:
		return &s.DeliveryAnnotations
	case SectionMessageAnnotations:
		return &s.MessageAnnotations
	case SectionProperties:
		return &s.Properties
	case SectionApplicationProperties:
		return &s.ApplicationProperties
	}
	return &s.Footer
}

// sectionHead reads a section's descriptor and returns its length.
func sectionHead(b []byte) (code, n int, err error) {
	if len(b) < 1 || b[0] != codeDescribed {
		return 0, 0, malformed("no descriptor")
	}
	c, n, err := descriptor(b[1:])
	if err != nil {
		return 0, 0, err
	}
	if c < SectionHeader || c > SectionFooter {
		return 0, 0, malformed("descriptor 0x%x is no section's", c)
	}
	return int(c), 1 + n, nil
}

// Data yields the content of every data section of the body, as slices of the
// message; nothing if the body is a value or a sequence.
func (s Sections) Data() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for b := s.Body; len(b) > 0; {
			code, head, err := sectionHead(b)
			if err != nil || code != SectionData {
				return
			}
			content, n, err := sized(b[head], b[head+1:])
			if err != nil || !yield(content) {
				return
			}
			b = b[head+1+n:]
		}
	}
}

// Pairs yields the encoded keys and values of a section that is a map, or of
// an encoded map; nothing for anything else. The section must have been checked
// by ParseSections or Check.
func Pairs(section []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		count, b := mapItems(bare(section))
		for range count / 2 {
			k, err := extent(b)
			if err != nil {
				return
			}
			v, err := extent(b[k:])
			if err != nil || !yield(b[:k:k], b[k:k+v:k+v]) {
				return
			}
			b = b[k+v:]
		}
	}
}

// Lookup returns the encoded value of the pair of a map section whose key is
// the text key, be it a symbol or a string; nil if there is none. The section
// must have been checked.
func Lookup(section []byte, key string) []byte {
	for k, v := range Pairs(section) {
		if text, ok := Text(k); ok && string(text) == key && k[0] != codeBinary8 && k[0] != codeBinary32 {
			return v
		}
	}
	return nil
}

// Text returns the bytes of an encoded string, symbol or binary, and whether
// it is one.
func Text(encoded []byte) ([]byte, bool) {
	if len(encoded) == 0 {
		return nil, false
	}
	switch encoded[0] {
	case codeString8, codeString32, codeSymbol8, codeSymbol32, codeBinary8, codeBinary32:
		content, _, err := sized(encoded[0], encoded[1:])
		return content, err == nil
	}
	return nil, false
}

// bare is a value without its descriptors; nil if there is no value.
func bare(b []byte) []byte {
	for len(b) > 0 && b[0] == codeDescribed {
		n, err := extent(b[1:])
		if err != nil {
			return nil
		}
		b = b[1+n:]
	}
	return b
}

func mapItems(b []byte) (count int, items []byte) {
	if len(b) == 0 || b[0] != codeMap8 && b[0] != codeMap32 {
		return 0, nil
	}
	content, _, err := sized(b[0], b[1:])
	if err != nil {
		return 0, nil
	}
	count, items, err = counted(b[0], content)
	if err != nil {
		return 0, nil
	}
	return count, items
}

// DecodeMap returns the pairs of a section that is a map. Nil gives none.
func DecodeMap(section []byte) (Map, error) {
	v, err := DecodeSection(section)
	if err != nil || v == nil {
		return nil, err
	}
	m, ok := v.(Map)
	if !ok {
		return nil, malformed("a section of %T where a map is due", v)
	}
	return m, nil
}

// DecodeSection returns the value of any section, without its descriptor. Nil
// gives nil.
func DecodeSection(section []byte) (any, error) {
	if len(section) == 0 {
		return nil, nil
	}
	_, n, err := sectionHead(section)
	if err != nil {
		return nil, err
	}
	v, _, err := Decode(section[n:])
	return v, err
}

// AppendSection writes a section with the value v: a Map, a List, a binary,
// or anything in a value section.
func AppendSection(b []byte, code byte, v any) []byte {
	return AppendValue(append(b, codeDescribed, codeUlong8, code), v)
}

// AppendData writes a data section with the content data.
func AppendData(b, data []byte) []byte {
	return AppendBinary(append(b, codeDescribed, codeUlong8, SectionData), data)
}

// MapHeaderBytes is how many bytes AppendMapHeader writes.
const MapHeaderBytes = 3 + wideHead

// AppendMapHeader writes the head of a map section whose pairs follow: pairs
// of them, in size bytes. It takes MapHeaderBytes bytes, always, so that the
// place of what follows is known beforehand.
func AppendMapHeader(b []byte, code byte, pairs, size int) []byte {
	if pairs > math.MaxInt32/2 || size > math.MaxInt32-4 {
		panic("wire: a map beyond 2 GiB")
	}
	b = append(b, codeDescribed, codeUlong8, code, codeMap32)
	b = binary.BigEndian.AppendUint32(b, uint32(size+4))
	return binary.BigEndian.AppendUint32(b, uint32(2*pairs))
}
