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
