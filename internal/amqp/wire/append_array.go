package wire

import (
	"encoding/binary"
	"fmt"
)

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
