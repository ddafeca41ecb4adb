package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

const (
	maxOpen   = 4096     // brackets remembered; of more the outermost are forgotten
	maxProbes = 32 << 20 // bytes that are read to try where a record begins
)

// A resync looks for the end of an element that could not be decoded. It goes
// byte by byte and keeps its place when the window ends, so it needs no more
// memory for an element of any size.
//
// An element ends where its own brackets say so. But brackets and quotes may be
// just what is broken; so it ends as well before a brace that cannot belong to
// it, and before a whole record of known shape or at the start of a line. (The
// first of these was tried alone: one missing quote cost the rest of a file.)
type resync struct {
	on      bool
	garbage bool   // not JSON at all: ends at a line feed or bracket
	silent  bool   // not an element: passed without a reject
	csv     bool   // a row of a CSV
	pos     int    // the next byte of the window to look at
	end     int64  // offset beyond which a CSV row does not reach, -1 if unknown
	start   int64  // offset of the element in the data
	head    []byte // the element's beginning, once that has left the window

	open    []byte // closing brackets that are awaited
	quoted  bool   // in a string
	escaped bool   // after a backslash in a string
	last    byte   // the last byte that is not white space
	newline bool   // only a line feed since then
	probes  int    // bytes left to read on trial
}

// lose gives the element at w.i up and passes it. Its last bracket is closer.
func (w *walker) lose(closer byte) state {
	w.sync = resync{
		on: true, start: w.base + int64(w.i), pos: w.i + 1,
		open: append(w.sync.open[:0], closer), probes: maxProbes,
	}
	return w.resync()
}

// garbage prepares to pass bytes that are not JSON.
func (w *walker) garbage() state {
	w.sync = resync{
		on: true, garbage: true, start: w.base + int64(w.i), pos: w.i + 1, open: w.sync.open,
	}
	return stepped
}

func (w *walker) resync() state {
	s := &w.sync
	if s.csv {
		return w.resyncCSV()
	}
	for ; s.pos < len(w.b); s.pos++ {
		c := w.b[s.pos]
		if s.garbage {
			if endsGarbage(c) {
				return w.found(s.pos)
			}
			continue
		}
		if c == '{' && (s.newline || follows(s.last)) {
			begins, sure := w.probe()
			switch {
			case !sure:
				return needMore
			case begins:
				return w.found(s.pos)
			}
		}
		switch s.take(c) {
		case endsAfter:
			return w.found(s.pos + 1)
		case endsBefore:
			return w.found(s.pos)
		}
	}
	if !w.eof {
		return needMore
	}
	return w.found(len(w.b))
}

// found rejects the element, which ends at w.b[end].
func (w *walker) found(end int) state {
	s := &w.sync
	s.on = false
	size := w.base + int64(end) - s.start
	raw := s.head
	if raw == nil {
		raw = w.b[w.i:end]
	}
	w.i = end
	if s.silent {
		s.silent = false
		return stepped
	}
	offset := s.start
	if w.texts > 0 {
		offset = w.base
	}
	if size > int64(w.d.opt.MaxRecord) {
		w.refuse(excerpt(raw, w.d.opt.MaxRecord), offset, ReasonTooLarge, w.d.tooLarge)
		return stepped
	}
	f := w.why(raw)
	w.refuse(bytes.TrimRight(raw, " \t\r\n,\x00"), offset, f.reason, f.detail)
	return stepped
}

// why tells what is wrong with the element raw. It looks at nothing but raw, so
// that the answer does not depend on what follows.
func (w *walker) why(raw []byte) fault {
	switch {
	case w.sync.garbage:
		return fault{0, ReasonSyntax, "an object"}
	case w.sync.csv:
		return w.whyCSV(raw)
	}
	return w.d.read(raw, 0).fault
}

// tooLarge tells whether the element that is being passed is already known to
// be too large.
func (w *walker) tooLarge() bool {
	return w.sync.on && w.base+int64(w.sync.pos)-w.sync.start > int64(w.d.opt.MaxRecord)
}

// keepHead saves the beginning of the element that is being passed, so that
// the window need not hold what has been looked at, and returns how much that
// is.
func (w *walker) keepHead() int {
	if w.sync.head == nil {
		w.sync.head = clone(excerpt(w.b[w.i:], w.d.opt.MaxRecord))
	}
	return w.sync.pos
}

func excerpt(raw []byte, maxRecord int) []byte {
	return raw[:min(len(raw), maxRecord, maxExcerpt)]
}

// follows tells whether a record can come after c.
func follows(c byte) bool { return c == ',' || c == '}' || c == ']' }

// probe tells whether another element begins at the brace at s.pos, and
// whether that is sure.
func (w *walker) probe() (begins, sure bool) {
	s := &w.sync
	v, partial := w.viewAt(s.pos)
	next := skipSpace(v, 1)
	if next >= len(v) {
		return false, !partial
	}
	c := v[next]
	if c != '"' && c != '\'' && c != '}' {
		return false, true
	}
	if !s.quoted && s.open[len(s.open)-1] == '}' && follows(s.last) {
		return true, true // an object cannot hold an object without a key
	}
	if s.probes <= 0 {
		return false, true
	}
	return w.try(v, partial)
}

// try tells whether v begins with a record.
func (w *walker) try(v []byte, partial bool) (begins, sure bool) {
	r := w.d.read(v, w.watch)
	if r.early(v) && partial {
		return false, false
	}
	if r.out == faulted {
		w.sync.probes -= r.fault.at
		return false, true
	}
	w.sync.probes -= r.end
	known := r.out == envelope || shapeOf(r.text, w.d.scan.nodes, event.ShapeUnknown) != event.ShapeUnknown
	return known || w.sync.newline, true
}

type ending uint8

const (
	goesOn ending = iota
	endsAfter
	endsBefore
)

// take moves the state past c.
func (s *resync) take(c byte) ending {
	s.note(c)
	switch {
	case s.escaped:
		s.escaped = false
	case s.quoted && c == '\\':
		s.escaped = true
	case c == '"':
		s.quoted = !s.quoted
	case s.quoted:
	case c == '{' || c == '[':
		if len(s.open) == maxOpen {
			s.open = append(s.open[:0], s.open[maxOpen/2:]...)
		}
		s.open = append(s.open, c+2)
	case c == '}' || c == ']':
		return s.close(c)
	}
	return goesOn
}

func (s *resync) note(c byte) {
	switch {
	case c == '\n':
		s.newline = true
	case !isSpace(c):
		s.newline, s.last = false, c
	case c != '\r':
		s.newline = false
	}
}

// close handles a closing bracket. One that is not awaited closes what is open
// within the container it fits, or belongs to what is around the element.
func (s *resync) close(c byte) ending {
	at := bytes.LastIndexByte(s.open, c)
	if at < 0 {
		return endsBefore
	}
	s.open = s.open[:at]
	if at == 0 {
		return endsAfter
	}
	return goesOn
}
