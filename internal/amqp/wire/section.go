package wire

import (
	"fmt"
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
// sections, the types that the protocol lays down, and all values within, so
// that what follows may walk them without looking for damage. A message may lack a body, but not be
// empty. Nothing is made but the error.
func ParseSections(message []byte) (Sections, error) {
	var s Sections
	if len(message) == 0 {
		return s, malformed("an empty message")
	}
	last := 0
	for at := 0; at < len(message); {
		code, n, err := checkSection(message[at:])
		if err != nil {
			return Sections{}, fmt.Errorf("section at byte %d: %w", at, err)
		}
		if code < last || code == last && code != SectionData && code != SectionSequence ||
			isBody(code) && isBody(last) && code != last {
			return Sections{}, malformed("section 0x%02x at byte %d follows section 0x%02x", code, at, last)
		}
		s.add(code, message[at:at+n])
		last, at = code, at+n
	}
	return s, nil
}

func isBody(code int) bool { return code >= SectionData && code <= SectionValue }

// add puts a section into its place. Bodies of several sections lie side by
// side in the message.
func (s *Sections) add(code int, b []byte) {
	switch code {
	case SectionHeader:
		s.Header = b
	case SectionDeliveryAnnotations:
		s.DeliveryAnnotations = b
	case SectionMessageAnnotations:
		s.MessageAnnotations = b
	case SectionProperties:
		s.Properties = b
	case SectionApplicationProperties:
		s.ApplicationProperties = b
	case SectionFooter:
		s.Footer = b
	default:
		s.Body = joined(s.Body, b)
	}
}

// joined is a and the b that follows it in memory.
func joined(a, b []byte) []byte {
	if a == nil {
		return b
	}
	return a[:len(a)+len(b)]
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
