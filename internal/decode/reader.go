package decode

import (
	"fmt"
	"io"

	"nephoscope/internal/event"
)

const minBuffer = 64 << 10

// A Reader cuts data of any size and format into messages of whole elements:
// lines, records of an envelope, rows. Each message decodes by itself, with
// the same records, rejects, indexes and offsets as the data in one piece.
//
// Memory is bounded whatever the data are: a window of at most two blocks and
// twice the largest record (Options.Block, Options.MaxRecord: 17 MiB unless
// changed; 1 MiB as long as records are small), and the messages that the
// caller holds, each at most two blocks or one record.
//
// A Reader finds the cuts with the decoder's own walker, so the two cannot
// disagree. It is not safe for concurrent use.
type Reader struct {
	src   io.Reader
	opt   Options
	w     *walker
	ready []*event.Message // cut, not yet returned
	done  bool
	err   error // of src; returned after everything before it

	// The block that is being gathered is the window from start on; start is
	// -1 if there is none.
	start int
	depth int    // of the walker where the block began
	lead  string // what the block needs before it
	index int64  // of its first element
}

// NewReader returns a reader of r's data. Gzip and UTF-16 are recognised. The
// reader does not close r.
func NewReader(r io.Reader, opt Options) (*Reader, error) {
	src, err := unpack(r)
	if err != nil {
		return nil, err
	}
	d := New(opt)
	rd := &Reader{src: src, opt: d.opt, w: newWalker(d, d.opt.Format)}
	rd.w.reject = rd.oversize
	return rd, nil
}

// Next returns the next message, which belongs to the caller. The error is
// io.EOF at the end of the data; any other is the source's, after all that
// could be read before it.
func (r *Reader) Next() (*event.Message, error) {
	for len(r.ready) == 0 {
		if r.done {
			return nil, r.err
		}
		r.step()
	}
	m := r.ready[0]
	r.ready = r.ready[1:]
	return m, nil
}

// step moves the walker one step and cuts if a block is full or must end.
func (r *Reader) step() {
	w := r.w
	if r.start < 0 && w.top() != inTail && !w.sync.silent && !w.tooLarge() {
		r.open()
	}
	before := w.i
	switch w.step() {
	case needMore:
		r.fill()
	case finished:
		r.cut(w.i)
		r.done = true
	default:
		switch size := w.i - r.start; {
		case r.start < 0:
		case r.left():
			r.cut(before)
		case size >= 2*r.opt.Block, size >= r.opt.Block && len(w.stack) <= r.depth:
			r.cut(w.i)
		}
	}
}

// open begins a block at the walker's place.
func (r *Reader) open() {
	r.start, r.depth, r.index, r.lead = r.w.i, len(r.w.stack), r.w.index, ""
	switch {
	case r.depth > 0:
		r.lead = r.w.stack[r.depth-1].lead
	case r.w.begun:
		r.lead = arrayLead
	}
}

// left tells whether the walker has left the list that the block began in. The
// rest of the envelope would mean nothing without its beginning.
func (r *Reader) left() bool {
	stack := r.w.stack
	return r.depth > 0 && (len(stack) < r.depth || stack[r.depth-1].kind == inTail)
}

// cut ends the block at w.b[end]. A block without elements is dropped.
func (r *Reader) cut(end int) {
	if r.start < 0 {
		return
	}
	w := r.w
	body, csv := w.b[r.start:end], len(w.stack) > 0 && w.stack[0].kind == inCSV
	if r.lead == "" && !csv && !startsJSON(body) {
		r.lead = arrayLead
	}
	if w.index > r.index {
		m := &event.Message{
			Body:   append(append(make([]byte, 0, len(r.lead)+len(body)), r.lead...), body...),
			Format: r.opt.Format,
			Offset: w.base + int64(r.start-len(r.lead)),
			Index:  r.index,
		}
		r.ready = append(r.ready, m)
	}
	r.start = -1
}

func startsJSON(b []byte) bool {
	i := skipSeparators(b, 0, false)
	return i == len(b) || b[i] == '{' || b[i] == '['
}

// oversize is the walker's callback for rejects. Those that are too large for
// a block become messages of their own; the others stay in their block.
func (r *Reader) oversize(j *Reject) error {
	if j.Reason != ReasonTooLarge {
		return nil
	}
	r.w.index--
	r.cut(int(j.Offset - r.w.base))
	r.w.index++
	r.ready = append(r.ready, &event.Message{
		Body: clone(j.Raw), Format: r.opt.Format, Offset: j.Offset, Index: j.Index, Oversize: true,
	})
	return nil
}

// fill makes room in the window and reads more into it.
func (r *Reader) fill() {
	w := r.w
	if w.tooLarge() || len(w.b) == cap(w.b) && cap(w.b) >= 2*r.opt.Block && w.i > r.start {
		r.cut(w.i)
	}
	r.shift()
	if want := max(minBuffer, len(w.b)+len(w.b)/2); cap(w.b) < want {
		w.b = append(make([]byte, 0, want), w.b...)
	}
	for target := len(w.b) + max(1, len(w.b)/4); len(w.b) < target && !w.eof; {
		n, err := r.src.Read(w.b[len(w.b):cap(w.b)])
		w.b = w.b[:len(w.b)+n]
		if err != nil {
			w.eof, r.err = true, err
		}
	}
	if w.eof && r.err != io.EOF {
		r.err = fmt.Errorf("read: %w", r.err)
	}
}

// shift drops what nobody needs from the front of the window.
func (r *Reader) shift() {
	w := r.w
	n := w.i
	switch {
	case w.tooLarge():
		n = w.keepHead()
	case r.start >= 0:
		n = r.start
	}
	w.b = w.b[:copy(w.b, w.b[n:])]
	w.base += int64(n)
	w.i = max(0, w.i-n)
	w.sync.pos -= n
	if r.start >= 0 {
		r.start -= n
	}
}
