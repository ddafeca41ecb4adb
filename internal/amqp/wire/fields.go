package wire

import (
	"encoding/binary"
	"time"
	"unicode/utf8"
)

// fields reads the list of a composite type, field by field. A field that is
// absent or null has the zero value, or the one the reader gives. The first
// fault stays, and all that follows is absent.
type fields struct {
	b    []byte
	left int
	at   int // the number of the field read last, from 1
	err  error
}

// composite opens the list at the start of b and returns how long it is.
func composite(b []byte) (fields, int, error) {
	if len(b) == 0 {
		return fields{}, 0, ErrShort
	}
	switch b[0] {
	case codeList0:
		return fields{}, 1, nil
	case codeList8, codeList32:
		content, n, err := sized(b[0], b[1:])
		if err != nil {
			return fields{}, 0, err
		}
		count, items, err := counted(b[0], content)
		return fields{b: items, left: count}, 1 + n, err
	}
	return fields{}, 0, malformed("encoding 0x%02x where a list is due", b[0])
}

// next returns the encoded bytes of the next field, nil if it is absent or
// null.
func (f *fields) next() []byte {
	f.at++
	if f.left == 0 || f.err != nil {
		return nil
	}
	f.left--
	n, err := extent(f.b)
	if err != nil {
		f.fault("%v", err)
		return nil
	}
	raw := f.b[:n:n]
	f.b = f.b[n:]
	if raw[0] == codeNull {
		return nil
	}
	return raw
}

func (f *fields) fault(format string, args ...any) {
	if f.err == nil {
		f.err = malformed("field %d: "+format, append([]any{f.at}, args...)...)
	}
}

func (f *fields) wrong(raw []byte, due string) {
	f.fault("encoding 0x%02x where %s is due", raw[0], due)
}

// end returns the fault, if any. Fields that a later version of the protocol
// may have added are passed over.
func (f *fields) end() error { return f.err }

func (f *fields) bool() bool {
	raw := f.next()
	switch {
	case raw == nil || raw[0] == codeFalse:
		return false
	case raw[0] == codeTrue:
		return true
	case raw[0] == codeBool && raw[1] <= 1:
		return raw[1] == 1
	}
	f.wrong(raw, "a boolean")
	return false
}

func (f *fields) ubyte(absent uint8) uint8 {
	raw := f.next()
	if raw == nil {
		return absent
	}
	if raw[0] != codeUbyte {
		f.wrong(raw, "a ubyte")
		return absent
	}
	return raw[1]
}

func (f *fields) ushort(absent uint16) uint16 {
	raw := f.next()
	if raw == nil {
		return absent
	}
	if raw[0] != codeUshort {
		f.wrong(raw, "a ushort")
		return absent
	}
	return binary.BigEndian.Uint16(raw[1:])
}

func (f *fields) uint(absent uint32) uint32 {
	v, ok := f.optionalUint()
	if !ok {
		return absent
	}
	return v
}

func (f *fields) optionalUint() (v uint32, ok bool) {
	raw := f.next()
	if raw == nil {
		return 0, false
	}
	switch raw[0] {
	case codeUint0:
		return 0, true
	case codeUint8:
		return uint32(raw[1]), true
	case codeUint:
		return binary.BigEndian.Uint32(raw[1:]), true
	}
	f.wrong(raw, "a uint")
	return 0, false
}

func (f *fields) ulong() uint64 {
	raw := f.next()
	if raw == nil {
		return 0
	}
	switch raw[0] {
	case codeUlong0:
		return 0
	case codeUlong8:
		return uint64(raw[1])
	case codeUlong:
		return binary.BigEndian.Uint64(raw[1:])
	}
	f.wrong(raw, "a ulong")
	return 0
}

func (f *fields) timestamp() time.Time {
	raw := f.next()
	if raw == nil {
		return time.Time{}
	}
	if raw[0] != codeTimestamp {
		f.wrong(raw, "a timestamp")
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(raw[1:]))).UTC()
}

// binary is a slice of what is read.
func (f *fields) binary() []byte {
	raw := f.next()
	if raw == nil {
		return nil
	}
	if raw[0] != codeBinary8 && raw[0] != codeBinary32 {
		f.wrong(raw, "a binary")
		return nil
	}
	text, _ := Text(raw)
	return text
}

func (f *fields) string() string {
	raw := f.next()
	if raw == nil {
		return ""
	}
	return f.text(raw)
}

// text reads a string. Symbols pass too: some clients write them.
func (f *fields) text(raw []byte) string {
	switch raw[0] {
	case codeString8, codeString32, codeSymbol8, codeSymbol32:
		text, _ := Text(raw)
		if utf8.Valid(text) {
			return string(text)
		}
		f.fault("a string that is not UTF-8")
		return ""
	}
	f.wrong(raw, "a string")
	return ""
}

func (f *fields) symbol() Symbol {
	raw := f.next()
	if raw == nil {
		return ""
	}
	return Symbol(f.text(raw))
}

// symbols reads a field that may be one symbol or an array of them.
func (f *fields) symbols() []Symbol {
	raw := f.next()
	if raw == nil {
		return nil
	}
	switch v := f.decode(raw).(type) {
	case Symbol:
		return []Symbol{v}
	case string:
		return []Symbol{Symbol(v)}
	case Array:
		return f.symbolArray(v)
	case nil:
		return nil
	}
	f.wrong(raw, "an array of symbols")
	return nil
}

func (f *fields) symbolArray(a Array) []Symbol {
	symbols := make([]Symbol, len(a))
	for i, v := range a {
		switch v := v.(type) {
		case Symbol:
			symbols[i] = v
		case string:
			symbols[i] = Symbol(v)
		default:
			f.fault("a %T in an array of symbols", v)
			return nil
		}
	}
	return symbols
}

func (f *fields) mapping() Map {
	raw := f.next()
	if raw == nil {
		return nil
	}
	v := f.decode(raw)
	m, ok := v.(Map)
	if !ok && f.err == nil {
		f.wrong(raw, "a map")
	}
	return m
}

// any reads a field of any type.
func (f *fields) any() any {
	raw := f.next()
	if raw == nil {
		return nil
	}
	return f.decode(raw)
}

func (f *fields) decode(raw []byte) any {
	v, _, err := Decode(raw)
	if err != nil {
		f.fault("%v", err)
	}
	return v
}

// described reads a field that is a composite type: its code and its fields.
// The code is 0 if the field is absent.
func (f *fields) described() (code uint64, inner fields) {
	raw := f.next()
	if raw == nil {
		return 0, fields{}
	}
	code, inner, _, err := describedList(raw)
	if err != nil {
		f.fault("%v", err)
		return 0, fields{}
	}
	return code, inner
}

// adopt keeps the fault of the composite in the field read last.
func (f *fields) adopt(inner *fields) {
	if inner.err != nil {
		f.fault("%v", inner.err)
	}
}

// describedList reads a composite at the start of b and returns how long it
// is.
func describedList(b []byte) (code uint64, f fields, n int, err error) {
	if len(b) == 0 || b[0] != codeDescribed {
		return 0, fields{}, 0, malformed("no descriptor")
	}
	code, d, err := descriptor(b[1:])
	if err != nil {
		return 0, fields{}, 0, err
	}
	f, n, err = composite(b[1+d:])
	return code, f, 1 + d + n, err
}
