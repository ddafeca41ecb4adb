package decode

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	gzipMagic = "\x1f\x8b\x08"
	littleBOM = "\xff\xfe" // UTF-16, as PowerShell writes it
	bigBOM    = "\xfe\xff"

	maxPacked = 2 // gzip in gzip
)

// packed tells whether b is compressed or in UTF-16.
func packed(b []byte) bool {
	return bytes.HasPrefix(b, []byte(gzipMagic)) || bytes.HasPrefix(b, []byte(littleBOM)) || bytes.HasPrefix(b, []byte(bigBOM))
}

// Unpack returns a reader of r's data as a Reader sees them: in plain UTF-8,
// without gzip around them. At their end left gets the beginning of what
// follows compressed data without belonging to them.
func Unpack(r io.Reader, left *[]byte) (io.Reader, error) {
	for range maxPacked {
		b := bufio.NewReader(r)
		r = b
		head, err := b.Peek(len(gzipMagic))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read the beginning: %w", err)
		}
		switch {
		case bytes.HasPrefix(head, []byte(gzipMagic)):
			if r, err = newGunzip(b, left); err != nil {
				return nil, fmt.Errorf("open gzip: %w", err)
			}
		case bytes.HasPrefix(head, []byte(littleBOM)), bytes.HasPrefix(head, []byte(bigBOM)):
			return &utf16Reader{src: b, big: head[0] == bigBOM[0]}, nil
		default:
			return r, nil
		}
	}
	return r, nil
}

// A utf16Reader reads UTF-16 as UTF-8. What is no character becomes U+FFFD.
type utf16Reader struct {
	src  *bufio.Reader
	big  bool
	out  []byte // read from src and not returned yet
	unit rune   // read from src and not used yet, 0 if none
}

// Read reads at least one character.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 || len(u.out) < len(p) && u.src.Buffered() > 4 {
		c, err := u.next()
		if err != nil && len(u.out) == 0 {
			return 0, err
		}
		if err != nil {
			break
		}
		u.out = utf8.AppendRune(u.out, c)
	}
	n := copy(p, u.out)
	u.out = u.out[:copy(u.out, u.out[n:])]
	return n, nil
}

// next reads one character.
func (u *utf16Reader) next() (rune, error) {
	c := u.unit
	u.unit = 0
	if c == 0 {
		var err error
		if c, err = u.read(); err != nil {
			return 0, err
		}
	}
	if !utf16.IsSurrogate(c) {
		return c, nil
	}
	low, err := u.read()
	if err != nil {
		return utf8.RuneError, nil
	}
	pair := utf16.DecodeRune(c, low)
	if pair == utf8.RuneError {
		u.unit = low
	}
	return pair, nil
}

// read reads one 16-bit unit; an odd byte at the end is dropped.
func (u *utf16Reader) read() (rune, error) {
	a, err := u.src.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.src.ReadByte()
	if err != nil {
		return 0, err
	}
	if u.big {
		a, b = b, a
	}
	return rune(a) | rune(b)<<8, nil
}
