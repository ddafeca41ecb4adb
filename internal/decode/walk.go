package decode

import (
	"bytes"
	"strconv"

	"nephoscope/internal/event"
)

const (
	maxTexts = 3 // JSON text in JSON text
	utf8BOM  = "\xef\xbb\xbf"
)

// A state tells how a step ended.
type state uint8

const (
	stepped  state = iota
	needMore       // the next element goes beyond the window, and so may the data
	finished
)

// A walker goes through a container from element to element and calls yield or
// reject for each. It sees the data through a window, b; one step moves it past
// one element, bracket or run of separators. Whatever it decides it decides on
// bytes that it has seen: if more bytes could change a decision the step ends
// with needMore, nothing has happened, and it can be repeated with a longer
// window. So where the window ends never shows in the outcome.
//
// Elements are treated alike at the top level and in arrays, and a container
// that is never closed is no error. Hence any run of elements, with the lead
// of its frame put before it, decodes as it would in its place: this is what
// the Reader's blocks rest upon.
type walker struct {
	d      *Decoder
	format event.Format
	shape  event.Shape // that the format forces; see forcedShape
	watch  watch
	texts  int // depth of JSON text in JSON text

	b    []byte // the window
	i    int    // the next byte of b
	eof  bool   // b reaches to the end of the data
	base int64  // offset of b[0] in the data
	// index of the next element.
	index int64

	begun bool
	stack []frame
	sync  resync

	yield  func(*event.Record) error // nil to count only
	reject func(*Reject) error
	err    error // of a callback
}

func newWalker(d *Decoder, format event.Format) *walker {
	w := &walker{d: d, format: format, watch: allLists}
	w.shape = shapeIn(format)
	return w
}

// walk steps to the end of data that are all in the window.
func (w *walker) walk() error {
	for w.err == nil && w.step() == stepped {
	}
	return w.err
}

// step moves past the next thing.
func (w *walker) step() state {
	if !w.begun {
		return w.begin()
	}
	if w.sync.on {
		return w.resync()
	}
	top := w.top()
	if top == inCSV {
		return w.rowCSV()
	}
	w.i = skipSeparators(w.b, w.i, top != inTail)
	if w.i >= len(w.b) || w.cutBOM() {
		return w.atEnd()
	}
	if top == inTail {
		return w.tail()
	}
	return w.element(top)
}

func (w *walker) element(top frameKind) state {
	switch w.b[w.i] {
	case '{':
		return w.object()
	case '[':
		if top == inRows {
			return w.row()
		}
		return w.openArray()
	case ']':
		return w.closeArray()
	case '"':
		return w.text()
	}
	return w.scalar()
}

// advance moves the walker n bytes on.
func (w *walker) advance(n int) state {
	w.i += n
	return stepped
}

// atEnd answers a step that found nothing in the window.
func (w *walker) atEnd() state {
	if w.eof {
		return finished
	}
	return needMore
}

// view returns the window from w.i on, up to the size of the largest record,
// and whether more bytes could follow that are not in the window yet.
func (w *walker) view() (v []byte, partial bool) { return w.viewAt(w.i) }

func (w *walker) viewAt(i int) (v []byte, partial bool) {
	limit := w.d.opt.MaxRecord
	if len(w.b)-i > limit {
		return w.b[i : i+limit], false
	}
	return w.b[i:], !w.eof
}

// object decodes the object at w.i, or enters it if it is an envelope.
func (w *walker) object() state {
	v, partial := w.view()
	r := w.d.read(v, w.watch)
	switch {
	case r.out == complete:
		w.record(r.text, r.mended)
		return w.advance(r.end)
	case r.early(v) && partial:
		return needMore
	case r.out == envelope:
		return w.enter(v, r)
	}
	return w.lose('}')
}

// enter pushes the frame of the list that r found in v. A head that had to be
// mended leads as it was received: mended it might be larger than a record.
func (w *walker) enter(v []byte, r reading) state {
	f := frame{kind: inList, lead: arrayLead}
	if w.d.scan.found == rows {
		f = tableFrame(r.text, w.d.scan.nodes)
	}
	if f.kind == inRows && r.mended {
		f.lead = string(v[:r.end]) + "["
	}
	w.i += r.end
	return w.push(f)
}

// record yields the object text, whose tape the scanner holds.
func (w *walker) record(text []byte, repaired bool) {
	w.index++
	if w.yield == nil {
		return
	}
	r := &w.d.rec
	r.Text, r.Nodes = text, w.d.scan.nodes
	if r.Shape = shapeOf(text, r.Nodes, event.ShapeUnknown); r.Shape == event.ShapeUnknown && w.shape != event.ShapeUnknown {
		r.Shape = forcedShape(text, r.Nodes, w.shape)
	}
	r.Repaired = repaired || w.texts > 0
	r.Index, r.Offset = w.index-1, w.offset(w.i)
	w.err = w.yield(r)
}

// offset returns where byte i of the window is in the data. Inside a text
// that is where the text begins.
func (w *walker) offset(i int) int64 {
	if w.texts > 0 {
		return w.base
	}
	return w.base + int64(i)
}

// refuse rejects an element that begins at the given offset.
func (w *walker) refuse(raw []byte, offset int64, reason Reason, detail func() string) {
	w.index++
	if w.reject == nil {
		return
	}
	j := Reject{Raw: raw, Reason: reason, Detail: detail(), Index: w.index - 1, Offset: offset}
	if w.top() == inCSV {
		j.Header = []byte(w.stack[len(w.stack)-1].lead)
	}
	w.err = w.reject(&j)
}

func (d *Decoder) tooLarge() string {
	return "record is larger than " + strconv.Itoa(d.opt.MaxRecord) + " bytes"
}

// skipSeparators skips white space and what else may stand between elements
// without holding anything: NUL padding, record separators, byte order marks;
// commas and stray closing braces if punctuation says so.
func skipSeparators(b []byte, i int, punctuation bool) int {
	for i < len(b) {
		switch c := b[i]; {
		case isSpace(c), c == 0, c == 0x1e:
		case punctuation && (c == ',' || c == '}'):
		case c == utf8BOM[0] && bytes.HasPrefix(b[i:], []byte(utf8BOM)):
			i += len(utf8BOM) - 1
		default:
			return i
		}
		i++
	}
	return i
}
