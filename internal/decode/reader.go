package decode

import (
	"errors"
	"fmt"
	"io"

	"nephoscope/internal/event"
)

const minBuffer = 64 << 10

// A Reader cuts data of any size and format into messages of whole elements:
// lines, records of an envelope, rows. Each message decodes by itself, with
// the same records, rejects, indexes and offsets as the data in one piece.
//
// Memory is bounded whatever the data are: by a window that grows to one and a
// half times two blocks and two largest records (26 MiB unless Options.Block
// or MaxRecord are changed; 2 MiB as long as records are small), and by the
// messages that the caller holds, each at most two blocks and one record.
//
// A Reader finds the cuts with the decoder's own walker, so the two cannot
// disagree. It is not safe for concurrent use.
type Reader struct {
	src   io.Reader
	opt   Options
	w     *walker
	ready []*event.Message // cut, not yet returned
	done  bool
	err   error  // of src; returned after everything before it
	left  []byte // what follows compressed data, once src is at its end

	// The block that is being gathered is the window from start to end, where
	// its last element so far ends; -1 if there is none.
	start, end int
	depth      int    // of the walker where the block began
	lead       string // what the block needs before it
	index      int64  // of its first element
}

// NewReader returns a reader of r's data. Gzip and UTF-16 are recognised. The
// reader does not close r.
func NewReader(r io.Reader, opt Options) (*Reader, error) {
	d := New(opt)
	rd := &Reader{opt: d.opt, w: newWalker(d, d.opt.Format)}
	var err error
	if rd.src, err = Unpack(r, &rd.left); err != nil {
		return nil, err
	}
	if opt.Tap != nil {
		rd.src = io.TeeReader(rd.src, opt.Tap)
	}
	rd.w.reject = rd.oversize
	return rd, nil
}

// Next returns the next message, which belongs to the caller. The error is
// io.EOF at the end of the data; any other is the source's, after all that
// could be read before it.
func (r *Reader) Next() (*event.Message, error) {
	m, err := r.next()
	if len(r.left) == 0 || !errors.Is(err, io.EOF) {
		return m, err
	}
	m = &event.Message{Body: append([]byte(emptyGzip), r.left...), Format: r.opt.Format, Offset: r.size(), Index: r.w.index}
	r.w.index++
	r.left = nil
	return m, nil
}

// size returns how many bytes src had, once it is at its end.
func (r *Reader) size() int64 { return r.w.base + int64(len(r.w.b)) }

// next is Next but for what follows compressed data.
func (r *Reader) next() (*event.Message, error) {
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

// Index returns, after Next returned io.EOF, the number of all elements of the
// data, rejects included.
func (r *Reader) Index() int64 { return r.w.index }

// step moves the walker one step and cuts if a block is full or must end.
func (r *Reader) step() {
	w := r.w
	if r.start < 0 && w.top() != inTail && !w.sync.silent && !w.tooLarge() {
		r.open()
	}
	index := w.index
	switch w.step() {
	case needMore:
		r.fill()
	case finished:
		r.cut()
		r.done = true
	default:
		if r.start >= 0 && w.index > index {
			r.end = w.i
		}
		if r.full(len(w.stack) <= r.depth) || r.leftList() || r.aligned(index) {
			r.cut()
		}
	}
}

// aligned tells whether the step from index ended where blocks have to end.
func (r *Reader) aligned(index int64) bool {
	align := r.opt.Align
	return align > 0 && r.w.index > index && r.w.index/align > index/align
}

// full tells whether the block is to be cut. It may become twice as large to
// end where an envelope ends.
func (r *Reader) full(even bool) bool {
	size := r.w.i - r.start
	return r.start >= 0 && (size >= 2*r.opt.Block || even && size >= r.opt.Block)
}

// open begins a block at the walker's place.
func (r *Reader) open() {
	r.start, r.end, r.depth, r.index, r.lead = r.w.i, -1, len(r.w.stack), r.w.index, ""
	switch {
	case r.depth > 0:
		r.lead = r.w.stack[r.depth-1].lead
	case r.w.begun:
		r.lead = arrayLead
	}
}

// leftList tells whether the walker has left the list that the block began in.
// The rest of the envelope would mean nothing without its beginning.
func (r *Reader) leftList() bool {
	stack := r.w.stack
	return r.depth > 0 && (len(stack) < r.depth || stack[r.depth-1].kind == inTail)
}

// cut ends the block after its last element. Without one it is dropped.
func (r *Reader) cut() {
	if r.start >= 0 && r.end > r.start {
		r.ready = append(r.ready, r.message())
	}
	r.start = -1
}

func (r *Reader) message() *event.Message {
	body := r.w.b[r.start:r.end]
	inCSV := len(r.w.stack) > 0 && r.w.stack[0].kind == inCSV
	if r.lead == "" && !inCSV && !startsJSON(body) {
		r.lead = arrayLead
	}
	return &event.Message{
		Body:   append(append(make([]byte, 0, len(r.lead)+len(body)), r.lead...), body...),
		Format: r.opt.Format,
		Offset: r.w.base + int64(r.start-len(r.lead)),
		Index:  r.index,
	}
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
	r.cut()
	r.ready = append(r.ready, &event.Message{
		Body: clone(j.Raw), Format: r.opt.Format, Offset: j.Offset, Index: j.Index, Oversize: true,
	})
	return nil
}

// fill makes room in the window and reads more into it, at least a quarter of
// what is there so that a large element is not looked at too often.
func (r *Reader) fill() {
	w := r.w
	if w.tooLarge() || r.full(false) {
		r.cut()
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
	if w.eof && !errors.Is(r.err, io.EOF) {
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
		r.start, r.end = r.start-n, max(-1, r.end-n)
	}
}
