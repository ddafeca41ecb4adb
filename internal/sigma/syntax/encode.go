package syntax

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// plain returns the bytes of a value that is to be encoded.
func (it *item) plain(v *operand, name string) ([]byte, error) {
	if v.bytes != nil {
		return v.bytes, nil
	}
	text, ok := v.test.(Like).Pattern.Text()
	if !ok || it.start || it.end {
		return nil, errorAt(v.place, "modifier %s of %s cannot encode wildcards", name, it.name()).hint(`put it before contains, startswith and endswith, and write \* for a star`)
	}
	return []byte(text), nil
}

func (it *item) base64(name string) error {
	return it.each(name, func(v *operand) error {
		data, err := it.plain(v, name)
		if err == nil {
			v.test, v.bytes = Like{Pattern: Plain(base64.StdEncoding.EncodeToString(data))}, nil
		}
		return err
	})
}

// base64offset makes three values of each: what stands in the middle of an
// encoded text does not depend on what surrounds it but on where in a group of
// three bytes it begins.
func (it *item) base64offset(name string) error {
	var values []operand
	err := it.each(name, func(v *operand) error {
		data, err := it.plain(v, name)
		if err != nil {
			return err
		}
		for offset := range 3 {
			shifted := *v
			shifted.test, shifted.bytes = Like{Pattern: Plain(middle(data, offset))}, nil
			values = append(values, shifted)
		}
		return nil
	})
	it.values = values
	return err
}

// middle encodes data behind so many other bytes and leaves out the characters
// in which others have a share.
func middle(data []byte, offset int) string {
	code := base64.StdEncoding.EncodeToString(append(make([]byte, offset), data...))
	first := []int{0, 2, 3}[offset]
	last := len(code) - []int{0, 3, 2}[(offset+len(data))%3]
	return code[min(first, last):last]
}

func (it *item) utf16(name string) error {
	return it.each(name, func(v *operand) error {
		data, err := it.plain(v, name)
		if err != nil {
			return err
		}
		var order binary.AppendByteOrder = binary.LittleEndian
		if name == "utf16be" {
			order = binary.BigEndian
		}
		v.bytes = []byte{}
		if name == "utf16" {
			v.bytes = order.AppendUint16(v.bytes, 0xfeff)
		}
		for _, unit := range utf16.Encode([]rune(string(data))) {
			v.bytes = order.AppendUint16(v.bytes, unit)
		}
		return nil
	})
}

// dashes are the characters that programs take for the beginning of an option.
const dashes = "-/–—―"

// windash makes a value for each way to write the options in each.
func (it *item) windash(name string) error {
	const most = 1000
	var values []operand
	err := it.each(name, func(v *operand) error {
		for _, text := range dashed(v.written, most-len(values)) {
			with := *v
			with.written = text
			with.test = Like{parsePattern(text), v.test.(Like).Cased}
			values = append(values, with)
		}
		if len(values) >= most {
			return errorAt(v.place, "modifier %s makes more than %d values", name, most)
		}
		return nil
	})
	it.values = values
	return err
}

// dashed returns a text with each dash that begins a word written in each way,
// as it stands first; at most so many.
func dashed(text string, most int) []string {
	made := []string{""}
	previous := rune(0)
	runes := []rune(text)
	for i, c := range runes {
		ways := string(c)
		if strings.ContainsRune("-/", c) && !isWord(previous) && i+1 < len(runes) && isWord(runes[i+1]) {
			ways = string(c) + strings.Replace(dashes, string(c), "", 1)
		}
		var next []string
		for _, way := range ways {
			for _, begin := range made {
				if len(next) < most {
					next = append(next, begin+string(way))
				}
			}
		}
		made, previous = next, c
	}
	return made
}

func isWord(c rune) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 127 && !strings.ContainsRune(dashes, c)
}
