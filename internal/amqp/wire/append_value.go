package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// AppendValue writes v in its most compact encoding. It takes the types of the
// table at Symbol, and int (as long); any other type is a mistake in our own
// code, and panics.
func AppendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return AppendNull(b)
	case bool:
		return AppendBool(b, v)
	case string:
		return AppendString(b, v)
	case Symbol:
		return AppendSymbol(b, v)
	case []byte:
		return AppendBinary(b, v)
	case List:
		return appendList(b, v)
	case Map:
		return AppendMap(b, v)
	case Array:
		return appendArray(b, v)
	case []string:
		return appendArray(b, anys(v))
	case []Symbol:
		return appendArray(b, anys(v))
	case Described:
		b = append(b, codeDescribed)
		return AppendValue(AppendValue(b, v.Descriptor), v.Value)
	case *Error:
		return appendError(b, v)
	}
	return appendNumber(b, v)
}

func anys[T any](s []T) Array {
	a := make(Array, len(s))
	for i, v := range s {
		a[i] = v
	}
	return a
}

// appendNumber writes what has a narrow encoding of its own besides the fixed
// one, and leaves the rest to that.
func appendNumber(b []byte, v any) []byte {
	switch v := v.(type) {
	case uint32:
		return AppendUint(b, v)
	case uint64:
		return AppendUlong(b, v)
	case int32:
		return AppendInt(b, v)
	case int64:
		return AppendLong(b, v)
	case int:
		return AppendLong(b, int64(v))
	}
	code := fixedCode(v)
	if code == 0 {
		panic(fmt.Sprintf("wire: a %T has no type in AMQP", v))
	}
	return appendFixed(append(b, code), v)
}

// fixedCode is the constructor of the encoding of fixed width of v's type, 0
// if there is none.
func fixedCode(v any) byte {
	switch v.(type) {
	case uint8:
		return codeUbyte
	case uint16:
		return codeUshort
	case uint32:
		return codeUint
	case uint64:
		return codeUlong
	case int8:
		return codeByte
	case int16:
		return codeShort
	case int32:
		return codeInt
	case int64, int:
		return codeLong
	case float32:
		return codeFloat
	case float64:
		return codeDouble
	case bool:
		return codeBool
	case Char:
		return codeChar
	case time.Time:
		return codeTimestamp
	case UUID:
		return codeUUID
	}
	return decimalCode(v)
}

func decimalCode(v any) byte {
	switch v.(type) {
	case Decimal32:
		return codeDecimal32
	case Decimal64:
		return codeDecimal64
	case Decimal128:
		return codeDecimal128
	}
	return 0
}

// appendFixed writes v, whose type has a fixedCode, in all its bytes.
func appendFixed(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, 1)
		}
		return append(b, 0)
	case uint8:
		return append(b, v)
	case int8:
		return append(b, byte(v))
	case uint16:
		return binary.BigEndian.AppendUint16(b, v)
	case int16:
		return binary.BigEndian.AppendUint16(b, uint16(v))
	case UUID:
		return append(b, v[:]...)
	case Decimal32:
		return append(b, v[:]...)
	case Decimal64:
		return append(b, v[:]...)
	case Decimal128:
		return append(b, v[:]...)
	}
	if w, ok := word32(v); ok {
		return binary.BigEndian.AppendUint32(b, w)
	}
	return binary.BigEndian.AppendUint64(b, word64(v))
}

func word32(v any) (uint32, bool) {
	switch v := v.(type) {
	case uint32:
		return v, true
	case int32:
		return uint32(v), true
	case float32:
		return math.Float32bits(v), true
	case Char:
		return uint32(v), true
	}
	return 0, false
}

func word64(v any) uint64 {
	switch v := v.(type) {
	case uint64:
		return v
	case int64:
		return uint64(v)
	case int:
		return uint64(v)
	case float64:
		return math.Float64bits(v)
	case time.Time:
		return uint64(v.UnixMilli())
	}
	panic(fmt.Sprintf("wire: a %T is no word", v))
}

// appendArray writes an array. The type of the first item is that of all; the
// items of an empty one are called symbols, which is what the arrays of the
// protocol itself hold.
func appendArray(b []byte, a Array) []byte {
	b, at := openCompound(b)
	return closeCompound(appendArrayItems(b, a), at, codeArray8, len(a))
}

func appendArrayItems(b []byte, a Array) []byte {
	var first any = Symbol("")
	if len(a) > 0 {
		first = a[0]
	}
	b = appendItemHead(b, first)
	for _, v := range a {
		b = appendItem(b, v, first)
	}
	return b
}

// appendItemHead writes the constructor that all items of an array share.
func appendItemHead(b []byte, first any) []byte {
	if d, ok := first.(Described); ok {
		b = AppendValue(append(b, codeDescribed), d.Descriptor)
		return appendItemHead(b, d.Value)
	}
	return append(b, itemCode(first))
}

// itemCode is the constructor of items of v's type: the widest one, so that
// any item fits.
func itemCode(v any) byte {
	switch v.(type) {
	case nil:
		return codeNull
	case string:
		return codeString32
	case Symbol:
		return codeSymbol32
	case []byte:
		return codeBinary32
	case List:
		return codeList32
	case Map:
		return codeMap32
	case Array:
		return codeArray32
	}
	code := fixedCode(v)
	if code == 0 {
		panic(fmt.Sprintf("wire: a %T cannot stand in an array", v))
	}
	return code
}

// appendItem writes one item without its constructor.
func appendItem(b []byte, v, first any) []byte {
	if f, ok := first.(Described); ok {
		return appendItem(b, v.(Described).Value, f.Value)
	}
	if itemCode(v) != itemCode(first) {
		panic(fmt.Sprintf("wire: a %T among the %Ts of an array", v, first))
	}
	switch v := v.(type) {
	case nil:
		return b
	case string:
		return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
	case Symbol:
		return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
	case []byte:
		return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
	case List, Map, Array:
		return appendItemCompound(b, v)
	}
	return appendFixed(b, v)
}

// appendItemCompound writes a list, a map or an array with a wide head, and
// without its constructor.
func appendItemCompound(b []byte, v any) []byte {
	at := len(b)
	b = append(b, make([]byte, wideHead-1)...)
	count := 0
	switch v := v.(type) {
	case List:
		count = len(v)
		for _, item := range v {
			b = AppendValue(b, item)
		}
	case Map:
		count = 2 * len(v)
		for i := range v {
			b = AppendValue(AppendValue(b, v[i].Key), v[i].Value)
		}
	case Array:
		count = len(v)
		b = appendArrayItems(b, v)
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	binary.BigEndian.PutUint32(b[at+4:], uint32(count))
	return b
}
