package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The constructors of AMQP's encodings (spec section 1.6).
const (
	codeDescribed  = 0x00
	codeNull       = 0x40
	codeTrue       = 0x41
	codeFalse      = 0x42
	codeUint0      = 0x43
	codeUlong0     = 0x44
	codeList0      = 0x45
	codeUbyte      = 0x50
	codeByte       = 0x51
	codeUint8      = 0x52
	codeUlong8     = 0x53
	codeInt8       = 0x54
	codeLong8      = 0x55
	codeBool       = 0x56
	codeUshort     = 0x60
	codeShort      = 0x61
	codeUint       = 0x70
	codeInt        = 0x71
	codeFloat      = 0x72
	codeChar       = 0x73
	codeDecimal32  = 0x74
	codeUlong      = 0x80
	codeLong       = 0x81
	codeDouble     = 0x82
	codeTimestamp  = 0x83
	codeDecimal64  = 0x84
	codeDecimal128 = 0x94
	codeUUID       = 0x98
	codeBinary8    = 0xa0
	codeString8    = 0xa1
	codeSymbol8    = 0xa3
	codeBinary32   = 0xb0
	codeString32   = 0xb1
	codeSymbol32   = 0xb3
	codeList8      = 0xc0
	codeMap8       = 0xc1
	codeList32     = 0xd0
	codeMap32      = 0xd1
	codeArray8     = 0xe0
	codeArray32    = 0xf0
)

// The faults of encoded values. Errors of this package wrap one of them, or
// are of the kind that only ErrMalformed stands for.
var (
	// ErrShort means that the bytes end before the value does.
	ErrShort = errors.New("the bytes end within a value")
	// ErrMalformed means that the bytes are no AMQP.
	ErrMalformed = errors.New("malformed value")
	// ErrLimit means that the value is well formed and too deep or too large.
	ErrLimit = errors.New("value beyond the limits")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// fixedWidth is how many bytes follow a constructor of the fixed classes, 0x4_
// to 0x9_. The high digit of a constructor is its class.
func fixedWidth(code byte) int {
	switch code >> 4 {
	case 0x4:
		return 0
	case 0x5:
		return 1
	case 0x6:
		return 2
	case 0x7:
		return 4
	case 0x8:
		return 8
	}
	return 16
}

func isFixed(code byte) bool { return code >= 0x40 && code < 0xa0 }

// isWide says whether sizes and counts after a constructor of the variable
// classes take four bytes instead of one.
func isWide(code byte) bool { return code&0x10 != 0 }

// known says whether code is a constructor of a primitive type.
func known(code byte) bool {
	switch code {
	case codeNull, codeTrue, codeFalse, codeUint0, codeUlong0, codeList0,
		codeUbyte, codeByte, codeUint8, codeUlong8, codeInt8, codeLong8, codeBool,
		codeUshort, codeShort, codeUint, codeInt, codeFloat, codeChar, codeDecimal32,
		codeUlong, codeLong, codeDouble, codeTimestamp, codeDecimal64, codeDecimal128, codeUUID,
		codeBinary8, codeString8, codeSymbol8, codeBinary32, codeString32, codeSymbol32,
		codeList8, codeMap8, codeList32, codeMap32, codeArray8, codeArray32:
		return true
	}
	return false
}

// sized takes apart what follows a constructor of the variable classes: the
// content that its size announces, and how long size and content are together.
func sized(code byte, b []byte) (content []byte, n int, err error) {
	var size uint64
	if isWide(code) {
		if len(b) < 4 {
			return nil, 0, ErrShort
		}
		size, n = uint64(binary.BigEndian.Uint32(b)), 4
	} else {
		if len(b) < 1 {
			return nil, 0, ErrShort
		}
		size, n = uint64(b[0]), 1
	}
	if size > uint64(len(b)-n) {
		return nil, 0, ErrShort
	}
	end := n + int(size)
	return b[n:end:end], end, nil
}

// counted takes the count from the content of a list, a map or an array.
func counted(code byte, content []byte) (count int, items []byte, err error) {
	if isWide(code) {
		if len(content) < 4 {
			return 0, nil, malformed("no room for a count")
		}
		return int(binary.BigEndian.Uint32(content)), content[4:], nil
	}
	if len(content) < 1 {
		return 0, nil, malformed("no room for a count")
	}
	return int(content[0]), content[1:], nil
}

// extent is how many bytes the value at the start of b takes, by its size
// alone: what is within is not looked at, except for descriptors, which are
// short.
func extent(b []byte) (int, error) {
	n := 0
	for depth := 0; ; depth++ {
		if n >= len(b) {
			return 0, ErrShort
		}
		if b[n] != codeDescribed {
			break
		}
		if depth == MaxDepth {
			return 0, ErrLimit
		}
		m, err := check(b[n+1:], depth+1)
		if err != nil {
			return 0, fmt.Errorf("descriptor: %w", err)
		}
		n += 1 + m
	}
	m, err := primitiveExtent(b[n:])
	return n + m, err
}

func primitiveExtent(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, ErrShort
	}
	code := b[0]
	if !known(code) {
		return 0, malformed("unknown constructor 0x%02x", code)
	}
	if !isFixed(code) {
		_, n, err := sized(code, b[1:])
		return 1 + n, err
	}
	if w := fixedWidth(code); w <= len(b)-1 {
		return 1 + w, nil
	}
	return 0, ErrShort
}
