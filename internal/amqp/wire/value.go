package wire

import (
	"fmt"
	"strings"
)

// The types of AMQP that Go has no type of its own for. The full table, in
// both directions (Decode makes these, AppendValue takes these):
//
//	null        nil               timestamp   time.Time (milliseconds, UTC)
//	boolean     bool              uuid        UUID
//	ubyte       uint8             binary      []byte
//	ushort      uint16            string      string
//	uint        uint32            symbol      Symbol
//	ulong       uint64            list        List
//	byte        int8              map         Map
//	short       int16             array       Array
//	int         int32             described   Described
//	long        int64             decimal32   Decimal32
//	float       float32           decimal64   Decimal64
//	double      float64           decimal128  Decimal128
//	char        Char
//
// AppendValue also takes []string and []Symbol as arrays, and *Error.
type (
	// Symbol is a name from a closed world, in ASCII.
	Symbol string
	// Char is one character of Unicode.
	Char rune
	// UUID is an identifier in the order of its bytes on the wire.
	UUID [16]byte
	// Decimal32 is a decimal number as it stands on the wire.
	Decimal32 [4]byte
	// Decimal64 is a decimal number as it stands on the wire.
	Decimal64 [8]byte
	// Decimal128 is a decimal number as it stands on the wire.
	Decimal128 [16]byte
	// List holds values of any types.
	List []any
	// Array holds values of one and the same type.
	Array []any
)

// A Map keeps its pairs in the order of the wire.
type Map []Entry

// Entry is one pair of a Map.
type Entry struct {
	Key, Value any
}

// Value returns the value whose key is the text key, be it a symbol or a
// string; nil if there is none. Null values and absent ones look the same.
func (m Map) Value(key string) any {
	for i := range m {
		if textIs(m[i].Key, key) {
			return m[i].Value
		}
	}
	return nil
}

func textIs(v any, text string) bool {
	switch v := v.(type) {
	case Symbol:
		return string(v) == text
	case string:
		return v == text
	}
	return false
}

// Described is a value that carries the name of its meaning: a ulong or a
// symbol.
type Described struct {
	Descriptor, Value any
}

// Error is the error of AMQP: a condition that programs look at, a
// description for people, and details.
type Error struct {
	Condition   Symbol
	Description string
	Info        Map
}

// Errorf makes an Error with a formatted description.
func Errorf(condition Symbol, format string, args ...any) *Error {
	return &Error{Condition: condition, Description: fmt.Sprintf(format, args...)}
}

// maxDescription is how much of a description is written, in bytes. One that
// quotes what peers have said could outgrow a frame.
const maxDescription = 1 << 10

// Brief is a text as a description is written: cut where it is long.
func Brief(text string) string {
	if len(text) <= maxDescription {
		return text
	}
	return strings.ToValidUTF8(text[:maxDescription], "")
}

// Error says condition and description.
func (e *Error) Error() string {
	if e.Description == "" {
		return string(e.Condition)
	}
	return string(e.Condition) + ": " + e.Description
}
