package event

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A Shape tells which of the known layouts a record has, so that a table's
// mapping need not guess again.
type Shape uint8

// The shapes of the Activity Log specification, section 1, and Unknown for
// every other object.
const (
	ShapeUnknown  Shape = iota
	ShapeREST           // Azure Monitor REST event, 2015 or present names
	ShapeHub            // record of an Event Hubs message or of a storage blob
	ShapeTableRow       // row of an exported AzureActivity table
)

// String returns the shape's name as it stands in logs and in quarantine.
func (s Shape) String() string {
	return [...]string{"unknown", "rest", "hub", "table"}[s]
}

// A Record is one JSON object as a tape of nodes over its text. A decoder
// fills and reuses it: Text, Nodes and every slice a Value returned are valid
// only until the callback that received the record returns.
type Record struct {
	Text  []byte // the object, strict JSON
	Nodes []Node // in document order; Nodes[0] is the object itself
	Shape Shape
	// Repaired tells that Text differs from what was received by more than
	// white space.
	Repaired bool
	// Index counts the records of one unit (message or file) from 0; Offset
	// is where the record begins in that unit's bytes.
	Index, Offset int64
	// Source and Partition say where the record came from, as in Position.
	Source, Partition string
	// Mend writes lenient JSON that is text inside the record as strict JSON;
	// nil if the decoder lends no such reading.
	Mend func(text []byte) (strict []byte, ok bool)
}

// A Kind is the type of a JSON value.
type Kind uint8

// The kinds. Missing is the kind of a Value that is not there.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Object
	Array
)

// A Node is one JSON value of a Record. Offsets index Record.Text. For strings
// and keys they exclude the quotes.
type Node struct {
	KeyStart, KeyEnd int32 // both 0 for array elements and the root
	Start, End       int32
	Next             int32 // index of the node that follows this one's subtree
	Kind             Kind
	Flags            Flags
}

// Flags tell what a reader must undo.
type Flags uint8

const (
	// KeyEscaped says that the key holds backslash escapes.
	KeyEscaped Flags = 1 << iota
	// ValueEscaped says that the string holds backslash escapes.
	ValueEscaped
	// Spaced says that the object or array holds white space outside strings.
	Spaced
	// Escapes says that a key or string somewhere in the object or array
	// holds backslash escapes.
	Escapes
)

// A Value is one node of a record, or nothing (Kind Missing).
type Value struct {
	rec *Record
	idx int32
}

// Root returns the record's object.
func (r *Record) Root() Value { return Value{r, 0} }

// Get returns the first member of the record's object with that key.
func (r *Record) Get(key string) Value { return r.Root().Get(key) }

// At returns the value of the node with index i.
func (r *Record) At(i int32) Value { return Value{r, i} }

func (v Value) node() *Node { return &v.rec.Nodes[v.idx] }

// Mend is the Mend of v's record.
func (v Value) Mend(text []byte) (strict []byte, ok bool) {
	if v.rec == nil || v.rec.Mend == nil {
		return nil, false
	}
	return v.rec.Mend(text)
}

// Exists tells whether the value is there; null is there.
func (v Value) Exists() bool { return v.rec != nil }

// Kind returns the kind, Missing if the value is not there.
func (v Value) Kind() Kind {
	if v.rec == nil {
		return Missing
	}
	return v.node().Kind
}

// Get returns the first member with that key, case-sensitive. On anything but
// an object it returns a missing value.
func (v Value) Get(key string) Value {
	if v.Kind() != Object {
		return Value{}
	}
	nodes := v.rec.Nodes
	for i, end := v.idx+1, v.node().Next; i < end; i = nodes[i].Next {
		n := &nodes[i]
		if int(n.KeyEnd-n.KeyStart) == len(key) && n.Flags&KeyEscaped == 0 {
			if string(v.rec.Text[n.KeyStart:n.KeyEnd]) == key {
				return Value{v.rec, i}
			}
		} else if n.Flags&KeyEscaped != 0 && (Value{v.rec, i}).KeyIs(key) {
			return Value{v.rec, i}
		}
	}
	return Value{}
}

// GetFold is Get without regard to ASCII case; an exact match wins.
func (v Value) GetFold(key string) Value {
	if exact := v.Get(key); exact.Exists() {
		return exact
	}
	if v.Kind() != Object {
		return Value{}
	}
	for c := v.First(); c.Exists(); c = c.Next(v) {
		if len(c.RawKey()) == len(key) && bytes.EqualFold(c.RawKey(), []byte(key)) {
			return c
		}
	}
	return Value{}
}

// First returns the first member or element of an object or array.
func (v Value) First() Value {
	if k := v.Kind(); k != Object && k != Array {
		return Value{}
	}
	if v.idx+1 >= v.node().Next {
		return Value{}
	}
	return Value{v.rec, v.idx + 1}
}

// Next returns the sibling that follows v in parent.
func (v Value) Next(parent Value) Value {
	n := v.node().Next
	if n >= parent.node().Next {
		return Value{}
	}
	return Value{v.rec, n}
}

// RawKey returns the key's text between its quotes, escapes not undone.
func (v Value) RawKey() []byte {
	n := v.node()
	return v.rec.Text[n.KeyStart:n.KeyEnd]
}

// KeyEscaped tells whether the key holds backslash escapes.
func (v Value) KeyEscaped() bool { return v.node().Flags&KeyEscaped != 0 }

// Key returns the key with its escapes undone. It aliases Text if there are
// none, as is usual.
func (v Value) Key() []byte {
	if v.KeyEscaped() {
		return AppendUnescaped(nil, v.RawKey())
	}
	return v.RawKey()
}

// KeyIs compares the key, escapes undone.
func (v Value) KeyIs(key string) bool {
	n := v.node()
	if n.Flags&KeyEscaped == 0 {
		return string(v.rec.Text[n.KeyStart:n.KeyEnd]) == key
	}
	return string(AppendUnescaped(nil, v.RawKey())) == key
}

// Raw returns the value as JSON: for a string the quotes are included.
func (v Value) Raw() []byte {
	if v.rec == nil {
		return nil
	}
	n := v.node()
	if n.Kind == String {
		return v.rec.Text[n.Start-1 : n.End+1]
	}
	return v.rec.Text[n.Start:n.End]
}

// RawMember returns key and value of an object's member as they stand in Text,
// or nil if more than the colon stands between them.
func (v Value) RawMember() []byte {
	n := v.node()
	start, end := n.Start, n.End
	if n.Kind == String {
		start, end = start-1, end+1
	}
	if n.KeyStart == 0 || start != n.KeyEnd+int32(len(`":`)) {
		return nil
	}
	return v.rec.Text[n.KeyStart-1 : end]
}

// Inner returns a string's text between its quotes with its escapes still in,
// and whether there are any.
func (v Value) Inner() (text []byte, escaped bool) {
	if v.Kind() != String {
		return nil, false
	}
	n := v.node()
	return v.rec.Text[n.Start:n.End], n.Flags&ValueEscaped != 0
}

// Spaced tells whether an object or array holds white space outside strings.
func (v Value) Spaced() bool { return v.rec != nil && v.node().Flags&Spaced != 0 }

// Escaped tells whether backslash escapes stand anywhere in the value or in its
// key.
func (v Value) Escaped() bool {
	return v.rec != nil && v.node().Flags&(KeyEscaped|ValueEscaped|Escapes) != 0
}

// AppendText appends the value as plain text: a string without quotes and
// escapes, null and missing as nothing, everything else as its JSON.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind() {
	case Missing, Null:
		return dst
	case String:
		text, escaped := v.Inner()
		if !escaped {
			return append(dst, text...)
		}
		return AppendUnescaped(dst, text)
	default:
		return append(dst, v.Raw()...)
	}
}

// Text is AppendText into a new string.
func (v Value) Text() string { return string(v.AppendText(nil)) }

// AppendUnescaped appends the text of a JSON string whose inner text is raw.
// Lone surrogates become U+FFFD.
func AppendUnescaped(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 || i+1 >= len(raw) {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		dst, raw = appendEscape(dst, raw[i:])
	}
}

// appendEscape undoes the escape at the start of raw, which has two bytes or
// more, and returns what follows it.
func appendEscape(dst, raw []byte) (out, rest []byte) {
	if raw[1] != 'u' {
		return append(dst, simpleEscape(raw[1])), raw[2:]
	}
	r, ok := hex4(raw)
	if !ok {
		return append(dst, raw[:2]...), raw[2:]
	}
	raw = raw[6:]
	if utf16.IsSurrogate(r) {
		low, ok := hex4(raw)
		pair := utf16.DecodeRune(r, low)
		if ok && pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), raw[6:]
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r), raw
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(n), err == nil
}

func simpleEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c // quote, backslash, slash
	}
}
