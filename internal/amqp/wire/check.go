package wire

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// Check finds out whether b starts with a well-formed value, and returns what
// follows it. It makes nothing but the error.
func Check(b []byte) (rest []byte, err error) {
	n, err := check(b, 0)
	if err != nil {
		return nil, err
	}
	return b[n:], nil
}

// check returns how many bytes the value at the start of b takes.
func check(b []byte, depth int) (int, error) {
	if len(b) == 0 {
		return 0, ErrShort
	}
	if b[0] != codeDescribed {
		n, err := checkContent(b[0], b[1:], depth)
		return 1 + n, err
	}
	if depth >= MaxDepth {
		return 0, ErrLimit
	}
	d, err := check(b[1:], depth+1)
	if err != nil {
		return 0, err
	}
	v, err := check(b[1+d:], depth+1)
	return 1 + d + v, err
}

// checkContent checks what follows a constructor and returns its length.
func checkContent(code byte, b []byte, depth int) (int, error) {
	if !known(code) {
		return 0, malformed("unknown constructor 0x%02x", code)
	}
	if isFixed(code) {
		return checkFixed(code, b)
	}
	content, n, err := sized(code, b)
	if err != nil {
		return 0, err
	}
	switch code {
	case codeString8, codeString32:
		if !utf8.Valid(content) {
			err = malformed("a string is not UTF-8")
		}
	case codeList8, codeList32:
		err = checkItems(code, content, 1, depth+1)
	case codeMap8, codeMap32:
		err = checkItems(code, content, 2, depth+1)
	case codeArray8, codeArray32:
		err = checkArray(code, content, depth+1)
	}
	return n, err
}

func checkFixed(code byte, b []byte) (int, error) {
	w := fixedWidth(code)
	if len(b) < w {
		return 0, ErrShort
	}
	switch code {
	case codeBool:
		if b[0] > 1 {
			return 0, malformed("a boolean of 0x%02x", b[0])
		}
	case codeChar:
		if c := binary.BigEndian.Uint32(b); c > utf8.MaxRune {
			return 0, malformed("a character of 0x%x", c)
		}
	}
	return w, nil
}

// checkItems checks the items of a list or a map, the number of which must be
// a multiple of group.
func checkItems(code byte, content []byte, group, depth int) error {
	if depth > MaxDepth {
		return ErrLimit
	}
	count, items, err := counted(code, content)
	if err != nil {
		return err
	}
	if count%group != 0 {
		return malformed("a map of %d items", count)
	}
	for i := range count {
		n, err := check(items, depth)
		if err != nil {
			return within(err)
		}
		if group == 2 && i%2 == 0 && !isKey(items[0]) {
			return badKey(items[0])
		}
		items = items[n:]
	}
	if len(items) > 0 {
		return malformed("%d bytes behind the last item", len(items))
	}
	return nil
}

// isKey tells whether a value that begins so may be a key. One that is made of
// other values may not: nobody sends such, and the official client for Go looks
// it up in its own map, which ends the whole process if it is described.
func isKey(code byte) bool {
	switch code {
	case codeDescribed, codeList0, codeList8, codeList32, codeMap8, codeMap32, codeArray8, codeArray32:
		return false
	}
	return true
}

func badKey(code byte) error {
	return malformed("a key of a map with constructor 0x%02x: want a simple value", code)
}

func checkArray(code byte, content []byte, depth int) error {
	if depth > MaxDepth {
		return ErrLimit
	}
	count, b, err := counted(code, content)
	if err != nil {
		return err
	}
	item, n, err := itemConstructor(b, depth)
	if err != nil {
		return within(err)
	}
	b = b[n:]
	if w := fixedWidth(item); isFixed(item) && w == 0 {
		count = 0 // Any number of items fits into no bytes.
	}
	for range count {
		n, err := checkContent(item, b, depth)
		if err != nil {
			return within(err)
		}
		b = b[n:]
	}
	if len(b) > 0 {
		return malformed("%d bytes behind the last item of an array", len(b))
	}
	return nil
}

// itemConstructor reads the constructor of an array's items, past descriptors,
// and returns how long it is.
func itemConstructor(b []byte, depth int) (code byte, n int, err error) {
	for {
		if n >= len(b) {
			return 0, 0, ErrShort
		}
		if b[n] != codeDescribed {
			break
		}
		if depth++; depth > MaxDepth {
			return 0, 0, ErrLimit
		}
		d, err := check(b[n+1:], depth)
		if err != nil {
			return 0, 0, err
		}
		n += 1 + d
	}
	if !known(b[n]) {
		return 0, 0, malformed("unknown constructor 0x%02x", b[n])
	}
	return b[n], n + 1, nil
}

// within turns the shortage of an item into what it is in a whole of known
// size: more bytes will not help.
func within(err error) error {
	if errors.Is(err, ErrShort) {
		return malformed("an item is longer than what it stands in")
	}
	return err
}
