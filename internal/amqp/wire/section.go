package wire

import (
	"errors"
	"iter"
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
// sections, their types, and all values within, so that what follows may walk
// them without looking for damage. A message without a body is refused only if
// it is empty. It allocates nothing but the error.
func ParseSections(message []byte) (Sections, error) {
	return Sections{}, errors.New("not yet")
}

// Data yields the content of every data section of the body, as slices of the
// message; nothing if the body is a value or a sequence.
func (s Sections) Data() iter.Seq[[]byte] {
	return func(func([]byte) bool) {}
}

// Pairs yields the encoded keys and values of a section that is a map, or of
// an encoded map; nothing for anything else. The section must have been checked
// by ParseSections or Check.
func Pairs(section []byte) iter.Seq2[[]byte, []byte] {
	return func(func(key, value []byte) bool) {}
}

// Lookup returns the encoded value of the pair of a map section whose key is
// the text key, be it a symbol or a string; nil if there is none. The section
// must have been checked.
func Lookup(section []byte, key string) []byte { return nil }

// Text returns the bytes of an encoded string, symbol or binary, and whether
// it is one.
func Text(encoded []byte) ([]byte, bool) { return nil, false }

// Check finds out whether b starts with a well-formed value, and returns what
// follows it. It allocates nothing but the error.
func Check(b []byte) (rest []byte, err error) { return nil, errors.New("not yet") }

// DecodeMap returns the pairs of a section that is a map. Nil gives none.
func DecodeMap(section []byte) (Map, error) { return nil, errors.New("not yet") }

// DecodeSection returns the value of any section, without its descriptor.
func DecodeSection(section []byte) (any, error) { return nil, errors.New("not yet") }

// AppendSection writes a section: a Map, a List, a Properties' list or the
// value of a value section.
func AppendSection(b []byte, code byte, v any) []byte { return b }

// AppendData writes a data section with the content data.
func AppendData(b, data []byte) []byte { return b }

// AppendMapHeader writes the head of a map section whose pairs follow: count
// pairs in size bytes. It takes MapHeaderBytes bytes, always, so that the
// place of what follows is known beforehand.
func AppendMapHeader(b []byte, code byte, count, size int) []byte { return b }

// MapHeaderBytes is how many bytes AppendMapHeader writes.
const MapHeaderBytes = 12
