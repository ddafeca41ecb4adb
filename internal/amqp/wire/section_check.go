package wire

import "strings"

// A kind is the constructors that a field of a header or of properties may
// have, besides null.
type kind string

const (
	kindBool      kind = "\x41\x42\x56"
	kindUbyte     kind = "\x50"
	kindUint      kind = "\x43\x52\x70"
	kindInteger   kind = "\x43\x52\x70\x44\x53\x80\x54\x71\x55\x81"
	kindTimestamp kind = "\x83"
	kindBinary    kind = "\xa0\xb0"
	kindText      kind = "\xa1\xb1\xa3\xb3"
	kindMessageID kind = "\x44\x53\x80\x98\xa0\xb0\xa1\xb1"
	kindList      kind = "\x45\xc0\xd0"
	kindMap       kind = "\xc1\xd1"
)

func (k kind) has(code byte) bool { return strings.IndexByte(string(k), code) >= 0 }

// checkSection checks the section at the start of b and returns its code and
// its length.
func checkSection(b []byte) (code, n int, err error) {
	code, head, err := sectionHead(b)
	if err != nil {
		return 0, 0, err
	}
	n, err = check(b[head:], 0)
	if err != nil {
		return 0, 0, err
	}
	value := b[head : head+n]
	switch code {
	case SectionHeader:
		err = checkTyped(value, kindBool, kindUbyte, kindUint, kindBool, kindUint)
	case SectionProperties:
		err = checkTyped(value, kindMessageID, kindBinary, kindText, kindText, kindText, kindMessageID,
			kindText, kindText, kindTimestamp, kindTimestamp, kindText, kindUint, kindText)
	case SectionData:
		err = checkKind(value, kindBinary)
	case SectionSequence:
		err = checkKind(value, kindList)
	case SectionApplicationProperties:
		err = checkKeys(value, kindText)
	case SectionDeliveryAnnotations, SectionMessageAnnotations, SectionFooter:
		err = checkKeys(value, kindText+kindInteger)
	}
	return code, head + n, err
}

func checkKind(value []byte, k kind) error {
	if !k.has(value[0]) {
		return malformed("encoding 0x%02x where 0x%x are due", value[0], string(k))
	}
	return nil
}

// checkTyped checks the fields of a list that is well formed.
func checkTyped(value []byte, kinds ...kind) error {
	if err := checkKind(value, kindList); err != nil {
		return err
	}
	f, _, err := composite(value)
	if err != nil {
		return err
	}
	if f.left > len(kinds) {
		return malformed("%d fields where %d are known", f.left, len(kinds))
	}
	for i := range kinds {
		if raw := f.next(); raw != nil && !kinds[i].has(raw[0]) {
			return malformed("field %d of encoding 0x%02x", i+1, raw[0])
		}
	}
	return f.end()
}

// checkKeys checks the keys of a map that is well formed. Programs that make
// hash maps of it must not meet keys that no hash map takes.
func checkKeys(value []byte, keys kind) error {
	if err := checkKind(value, kindMap); err != nil {
		return err
	}
	for key := range Pairs(value) {
		if !keys.has(key[0]) {
			return malformed("a key of encoding 0x%02x", key[0])
		}
	}
	return nil
}
