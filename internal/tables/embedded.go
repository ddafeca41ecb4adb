package tables

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/event"
)

// parseEmbedded reads JSON that stands inside a string: some emitters write
// identity, properties or claims as text. It returns a missing value if the
// text is no JSON object or array. This is a rare way and may allocate.
func parseEmbedded(text []byte) event.Value {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return event.Value{}
	}
	p := tapeWriter{
		rec: &event.Record{Text: text},
		dec: jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true)),
	}
	if !p.value(0, 0, 0) || p.dec.InputOffset() != int64(len(text)) {
		return event.Value{}
	}
	return p.rec.Root()
}

// embedded returns v, or what JSON text in v stands for. An object in it may be
// written leniently, in single quotes or with NaN, as a record may.
func embedded(v event.Value) event.Value {
	if v.Kind() != event.String {
		return v
	}
	text := plain(v).b
	if inner := parseEmbedded(text); inner.Exists() {
		return inner
	}
	if strict, ok := v.Mend(text); ok {
		return parseEmbedded(strict)
	}
	return v
}

// A tapeWriter writes the nodes of a text while it reads it.
type tapeWriter struct {
	rec *event.Record
	dec *jsontext.Decoder
}

// value reads the next value with its key's place and reports success.
func (p *tapeWriter) value(keyStart, keyEnd int32, flags event.Flags) bool {
	kind := p.dec.PeekKind()
	if kind == '{' || kind == '[' {
		return p.container(kind, keyStart, keyEnd, flags)
	}
	start, end, escaped, ok := p.leaf()
	if !ok {
		return false
	}
	if escaped {
		flags |= event.ValueEscaped
	}
	p.rec.Nodes = append(p.rec.Nodes, event.Node{
		KeyStart: keyStart, KeyEnd: keyEnd, Start: start, End: end,
		Next: int32(len(p.rec.Nodes) + 1), Kind: leafKind(kind), Flags: flags,
	})
	return true
}

func (p *tapeWriter) container(kind jsontext.Kind, keyStart, keyEnd int32, flags event.Flags) bool {
	if _, err := p.dec.ReadToken(); err != nil {
		return false
	}
	index := len(p.rec.Nodes)
	node := event.Node{KeyStart: keyStart, KeyEnd: keyEnd, Start: int32(p.dec.InputOffset()) - 1, Kind: event.Object, Flags: flags | event.Spaced | event.Escapes}
	if kind == '[' {
		node.Kind = event.Array
	}
	p.rec.Nodes = append(p.rec.Nodes, node)
	if !p.content(kind) {
		return false
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return false
	}
	p.rec.Nodes[index].End = int32(p.dec.InputOffset())
	p.rec.Nodes[index].Next = int32(len(p.rec.Nodes))
	return true
}

// content reads members or elements up to the closing bracket.
func (p *tapeWriter) content(kind jsontext.Kind) bool {
	for next := p.dec.PeekKind(); next != '}' && next != ']'; next = p.dec.PeekKind() {
		var start, end int32
		var flags event.Flags
		if kind == '{' {
			keyStart, keyEnd, escaped, ok := p.leaf()
			if !ok {
				return false
			}
			start, end = keyStart, keyEnd
			if escaped {
				flags = event.KeyEscaped
			}
		}
		if !p.value(start, end, flags) {
			return false
		}
	}
	return true
}

// leaf reads a scalar and returns its place; a string's without quotes.
func (p *tapeWriter) leaf() (start, end int32, escaped, ok bool) {
	raw, err := p.dec.ReadValue()
	if err != nil {
		return 0, 0, false, false
	}
	end = int32(p.dec.InputOffset())
	start = end - int32(len(raw))
	if raw[0] != '"' {
		return start, end, false, true
	}
	return start + 1, end - 1, bytes.IndexByte(raw, '\\') >= 0, true
}

func leafKind(kind jsontext.Kind) event.Kind {
	switch kind {
	case '"':
		return event.String
	case '0':
		return event.Number
	case 't':
		return event.True
	case 'f':
		return event.False
	default:
		return event.Null
	}
}
