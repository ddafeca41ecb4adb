package wire

import (
	"encoding/binary"
	"math"
	"time"
)

// AppendNull writes null.
func AppendNull(b []byte) []byte { return append(b, codeNull) }

// AppendBool writes a boolean.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, codeTrue)
	}
	return append(b, codeFalse)
}

// AppendUint writes a uint.
func AppendUint(b []byte, v uint32) []byte {
	switch {
	case v == 0:
		return append(b, codeUint0)
	case v <= math.MaxUint8:
		return append(b, codeUint8, byte(v))
	}
	return binary.BigEndian.AppendUint32(append(b, codeUint), v)
}

// AppendUlong writes a ulong.
func AppendUlong(b []byte, v uint64) []byte {
	switch {
	case v == 0:
		return append(b, codeUlong0)
	case v <= math.MaxUint8:
		return append(b, codeUlong8, byte(v))
	}
	return binary.BigEndian.AppendUint64(append(b, codeUlong), v)
}

// AppendInt writes an int.
func AppendInt(b []byte, v int32) []byte {
	if v == int32(int8(v)) {
		return append(b, codeInt8, byte(v))
	}
	return binary.BigEndian.AppendUint32(append(b, codeInt), uint32(v))
}

// AppendLong writes a long.
func AppendLong(b []byte, v int64) []byte {
	if v == int64(int8(v)) {
		return append(b, codeLong8, byte(v))
	}
	return AppendLongFixed(b, v)
}

// AppendLongFixed writes a long in nine bytes, whatever its value.
func AppendLongFixed(b []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, codeLong), uint64(v))
}

// AppendTimestamp writes a timestamp in nine bytes, cut to milliseconds.
func AppendTimestamp(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(append(b, codeTimestamp), uint64(t.UnixMilli()))
}

// AppendBinary writes a binary.
func AppendBinary(b, v []byte) []byte {
	return append(appendSize(b, codeBinary8, len(v)), v...)
}

// AppendString writes a string.
func AppendString(b []byte, s string) []byte {
	return append(appendSize(b, codeString8, len(s)), s...)
}

// AppendSymbol writes a symbol.
func AppendSymbol(b []byte, s Symbol) []byte {
	return append(appendSize(b, codeSymbol8, len(s)), s...)
}

// appendSize writes the constructor of a variable type, given its narrow code,
// and the size of what follows.
func appendSize(b []byte, code byte, size int) []byte {
	if size <= math.MaxUint8 {
		return append(b, code, byte(size))
	}
	return binary.BigEndian.AppendUint32(append(b, code|0x10), uint32(size))
}

// AppendMap writes a map.
func AppendMap(b []byte, m Map) []byte {
	b, at := openCompound(b)
	for i := range m {
		b = AppendValue(AppendValue(b, m[i].Key), m[i].Value)
	}
	return closeCompound(b, at, codeMap8, 2*len(m))
}

func appendList(b []byte, list List) []byte {
	if len(list) == 0 {
		return append(b, codeList0)
	}
	b, at := openCompound(b)
	for _, v := range list {
		b = AppendValue(b, v)
	}
	return closeCompound(b, at, codeList8, len(list))
}

// wideHead is the length of a wide compound's constructor, size and count.
const wideHead = 9

// openCompound leaves room for the wide head of a list, a map or an array.
func openCompound(b []byte) (_ []byte, at int) {
	return append(b, make([]byte, wideHead)...), len(b)
}

// closeCompound fills in the head at at. Content that a narrow head can hold
// moves up to one.
func closeCompound(b []byte, at int, narrow byte, count int) []byte {
	content := len(b) - at - wideHead
	if content+1 <= math.MaxUint8 && count <= math.MaxUint8 {
		b[at], b[at+1], b[at+2] = narrow, byte(content+1), byte(count)
		copy(b[at+3:], b[at+wideHead:])
		return b[:at+3+content]
	}
	b[at] = narrow | 0x10
	binary.BigEndian.PutUint32(b[at+1:], uint32(content+4))
	binary.BigEndian.PutUint32(b[at+5:], uint32(count))
	return b
}
