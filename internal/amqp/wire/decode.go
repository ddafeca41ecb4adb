package wire

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"
)

// The limits of Decode. Check and ParseSections have the same limit of depth
// and, as they make nothing, no limit of values.
const (
	// MaxDepth is how deep values may stand in one another.
	MaxDepth = 32
	// MaxValues is how many values one call of Decode makes.
	MaxValues = 1 << 16
)

// Decode reads the value at the start of b and returns what follows it.
// Binaries are slices of b; all else is copied. It never makes more memory
// than the limits allow, whatever b claims.
func Decode(b []byte) (v any, rest []byte, err error) {
	d := decoder{left: MaxValues}
	v, n, err := d.value(b, 0)
	if err != nil {
		return nil, nil, err
	}
	return v, b[n:], nil
}

// decoder makes values until it may make no more.
type decoder struct {
	left int
}

// take claims n values.
func (d *decoder) take(n int) error {
	if n > d.left {
		return ErrLimit
	}
	d.left -= n
	return nil
}

// value reads one value and says how long it is.
func (d *decoder) value(b []byte, depth int) (any, int, error) {
	if len(b) == 0 {
		return nil, 0, ErrShort
	}
	if b[0] != codeDescribed {
		v, n, err := d.content(b[0], b[1:], depth)
		return v, 1 + n, err
	}
	if depth >= MaxDepth {
		return nil, 0, ErrLimit
	}
	if err := d.take(1); err != nil {
		return nil, 0, err
	}
	descriptor, n, err := d.value(b[1:], depth+1)
	if err != nil {
		return nil, 0, err
	}
	v, m, err := d.value(b[1+n:], depth+1)
	return Described{descriptor, v}, 1 + n + m, err
}

// content reads what follows a constructor.
func (d *decoder) content(code byte, b []byte, depth int) (any, int, error) {
	if !known(code) {
		return nil, 0, malformed("unknown constructor 0x%02x", code)
	}
	if isFixed(code) {
		n, err := checkFixed(code, b)
		if err != nil {
			return nil, 0, err
		}
		return fixedValue(code, b[:n]), n, nil
	}
	content, n, err := sized(code, b)
	if err != nil {
		return nil, 0, err
	}
	v, err := d.variable(code, content, depth+1)
	return v, n, err
}

// variable makes a value of the variable classes from its content.
func (d *decoder) variable(code byte, content []byte, depth int) (any, error) {
	switch code {
	case codeBinary8, codeBinary32:
		return content, nil
	case codeSymbol8, codeSymbol32:
		return Symbol(content), nil
	case codeString8, codeString32:
		if !utf8.Valid(content) {
			return nil, malformed("a string is not UTF-8")
		}
		return string(content), nil
	}
	if depth > MaxDepth {
		return nil, ErrLimit
	}
	count, items, err := counted(code, content)
	if err != nil {
		return nil, err
	}
	if err := d.take(count); err != nil {
		return nil, err
	}
	switch code {
	case codeList8, codeList32:
		return d.list(count, items, depth)
	case codeMap8, codeMap32:
		return d.pairs(count, items, depth)
	}
	return d.array(count, items, depth)
}

func (d *decoder) list(count int, b []byte, depth int) (List, error) {
	if count > len(b) {
		return nil, malformed("a list of %d items in %d bytes", count, len(b))
	}
	list := make(List, count)
	for i := range list {
		v, n, err := d.value(b, depth)
		if err != nil {
			return nil, within(err)
		}
		list[i], b = v, b[n:]
	}
	return list, nothingLeft(b)
}

func (d *decoder) pairs(count int, b []byte, depth int) (Map, error) {
	if count%2 != 0 || count > len(b) {
		return nil, malformed("a map of %d items in %d bytes", count, len(b))
	}
	m := make(Map, count/2)
	for i := range m {
		k, n, err := d.value(b, depth)
		if err != nil {
			return nil, within(err)
		}
		if !isKey(b[0]) {
			return nil, badKey(b[0])
		}
		v, w, err := d.value(b[n:], depth)
		if err != nil {
			return nil, within(err)
		}
		m[i], b = Entry{k, v}, b[n+w:]
	}
	return m, nothingLeft(b)
}

// array reads the items of an array. Descriptors before their constructor
// hold for every item; they are read once.
func (d *decoder) array(count int, b []byte, depth int) (Array, error) {
	descriptors, code, b, err := d.itemHead(b, depth)
	if err != nil {
		return nil, within(err)
	}
	if !isFixed(code) && count > len(b) {
		return nil, malformed("an array of %d items in %d bytes", count, len(b))
	}
	if err := d.take(count * len(descriptors)); err != nil {
		return nil, err
	}
	array := make(Array, count)
	for i := range array {
		v, n, err := d.content(code, b, depth)
		if err != nil {
			return nil, within(err)
		}
		for j := len(descriptors) - 1; j >= 0; j-- {
			v = Described{descriptors[j], v}
		}
		array[i], b = v, b[n:]
	}
	return array, nothingLeft(b)
}

// itemHead reads what stands before the items of an array: descriptors, the
// outermost first, and the constructor.
func (d *decoder) itemHead(b []byte, depth int) (descriptors []any, code byte, rest []byte, err error) {
	code, end, err := itemConstructor(b, depth)
	if err != nil {
		return nil, 0, nil, err
	}
	for head := b[:end-1]; len(head) > 0; {
		if err := d.take(1); err != nil {
			return nil, 0, nil, err
		}
		v, n, err := d.value(head[1:], depth+len(descriptors)+1)
		if err != nil {
			return nil, 0, nil, err
		}
		descriptors, head = append(descriptors, v), head[1+n:]
	}
	return descriptors, code, b[end:], nil
}

func nothingLeft(b []byte) error {
	if len(b) > 0 {
		return malformed("%d bytes behind the last item", len(b))
	}
	return nil
}

// fixedValue makes a value of the fixed classes from all its bytes.
func fixedValue(code byte, b []byte) any {
	switch code {
	case codeTrue:
		return true
	case codeFalse:
		return false
	case codeBool:
		return b[0] == 1
	case codeList0:
		return List{}
	case codeFloat:
		return math.Float32frombits(binary.BigEndian.Uint32(b))
	case codeDouble:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case codeChar:
		return Char(binary.BigEndian.Uint32(b))
	case codeTimestamp:
		return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC()
	case codeUUID:
		return UUID(b)
	case codeDecimal32:
		return Decimal32(b)
	case codeDecimal64:
		return Decimal64(b)
	case codeDecimal128:
		return Decimal128(b)
	}
	return integerValue(code, b)
}

// integerValue makes a whole number, or nil for the code of null.
func integerValue(code byte, b []byte) any {
	switch code {
	case codeUbyte:
		return b[0]
	case codeUshort:
		return binary.BigEndian.Uint16(b)
	case codeUint0:
		return uint32(0)
	case codeUint8:
		return uint32(b[0])
	case codeUint:
		return binary.BigEndian.Uint32(b)
	case codeUlong0:
		return uint64(0)
	case codeUlong8:
		return uint64(b[0])
	case codeUlong:
		return binary.BigEndian.Uint64(b)
	case codeByte:
		return int8(b[0])
	case codeShort:
		return int16(binary.BigEndian.Uint16(b))
	case codeInt8:
		return int32(int8(b[0]))
	case codeInt:
		return int32(binary.BigEndian.Uint32(b))
	case codeLong8:
		return int64(int8(b[0]))
	case codeLong:
		return int64(binary.BigEndian.Uint64(b))
	}
	return nil
}
