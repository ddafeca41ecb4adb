package wire

import (
	"errors"
	"time"
)

// Properties are the standard properties of a message (spec section 3.2.4).
// Zero values are absent ones.
type Properties struct {
	MessageID          any // uint64, UUID, []byte or string
	UserID             []byte
	To                 string
	Subject            string
	ReplyTo            string
	CorrelationID      any // uint64, UUID, []byte or string
	ContentType        Symbol
	ContentEncoding    Symbol
	AbsoluteExpiryTime time.Time
	CreationTime       time.Time
	GroupID            string
	GroupSequence      uint32
	ReplyToGroupID     string
}

// DecodeProperties reads a properties section. Nil gives none.
func DecodeProperties(section []byte) (Properties, error) {
	return Properties{}, errors.New("not yet")
}

// AppendProperties writes a properties section with all its fields.
func AppendProperties(b []byte, p *Properties) []byte { return b }
