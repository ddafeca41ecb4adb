package journal

import (
	"sort"
	"strconv"
	"time"
)

// Stored is an event as it lies on disk.
type Stored struct {
	Sequence int64
	// Position is the event's offset as a number; Offset writes it.
	Position int64
	Enqueued time.Time
	// Wire is the whole message to send: the publisher's sections, with the
	// journal's annotations among its message annotations. It lies in the
	// page that was read.
	Wire []byte
}

// Offset is the event's offset as clients know it.
func (s Stored) Offset() string { return strconv.FormatInt(s.Position, 10) }

// A Page is what one Read gives, with the memory it lies in. The zero Page is
// ready; one that is used again keeps its memory, so that a reader that waits
// can leave its page to others.
type Page struct {
	// Events are in order, and good until the page is read into again.
	Events []Stored

	buf []byte
}

// A Reader reads events in order. It is not safe for concurrent use, and holds
// a file open between reads.
type Reader struct {
	j    *Journal
	next int64 // sequence number

	seg *segment // held; nil if it is not known which
	pos int64    // of the next record, which may be of an event before next
	// hole is a place without a good head before the next event, in holeIn if
	// there is one; which events are lost with it is known at the next good one.
	hole   step
	holeIn *segment
}

// Reader reads from a sequence number on, as Seek gives it. Close it.
func (j *Journal) Reader(from int64) *Reader { return &Reader{j: j, next: from} }

// Next is the sequence number that the next Read will begin with, if it is
// still kept.
func (r *Reader) Next() int64 { return r.next }

// Close lets go of the file.
func (r *Reader) Close() {
	r.j.mu.Lock()
	defer r.j.unlock()
	r.leave()
}

// Read fills the page with the next events, as many as fit into limit bytes
// and at least one if there is one; none means that the reader has seen all.
// It never waits for events, and never for writers. If retention has removed
// the next event, it goes on at the first one kept.
//
// A *DamageError tells of events that cannot be read any more; the page is
// empty then, and the next Read goes on behind them. Other errors are of the
// file system, or ErrClosed.
func (r *Reader) Read(p *Page, limit int) error {
	p.Events = p.Events[:0]
	for len(p.Events) == 0 {
		at, err := r.place()
		if err != nil || r.seg == nil {
			return err
		}
		if r.pos < at.end {
			if err := r.page(p, at.end, limit); err != nil {
				return err
			}
			continue
		}
		if r.next < at.until {
			return r.gap(at.until)
		}
		return nil
	}
	return nil
}

// place brings the reader into the segment in which the next event lies, and
// returns where that ends. Without an error and without a segment the reader
// is ahead of the journal.
func (r *Reader) place() (spot, error) {
	at, err := r.stay()
	if err != nil || r.seg != nil || r.ahead() {
		return at, err
	}
	if at, err = r.j.locate(func(p point) bool { return p.sequence < r.next }); err != nil {
		return spot{}, err
	}
	r.seg, r.pos, r.next = at.seg, at.from, max(r.next, at.begin)
	return at, nil
}

// stay keeps the reader in its segment, or moves it into the next one; it
// leaves a segment that is no more.
func (r *Reader) stay() (spot, error) {
	j := r.j
	j.mu.Lock()
	defer j.unlock()
	if j.closed || r.seg != nil && r.seg.dropped {
		r.leave()
	}
	switch {
	case j.closed:
		return spot{}, ErrClosed
	case r.seg == nil:
		return spot{}, nil
	case r.pos < r.seg.end || r.seg == j.active():
		return spot{end: r.seg.end, until: j.tip.next}, nil
	}
	next := j.segments[sort.Search(len(j.segments), func(i int) bool { return j.segments[i].head.base > r.seg.head.base })]
	r.leave()
	if err := j.hold(next); err != nil {
		return spot{}, err
	}
	r.seg, r.pos = next, next.head.base
	return spot{end: next.end, until: next.head.first}, nil
}

// ahead tells whether the reader waits for events that are not there yet.
func (r *Reader) ahead() bool {
	r.j.mu.Lock()
	defer r.j.mu.Unlock()
	return r.next >= r.j.tip.next
}

// leave lets go of the segment. Callers hold the journal's mutex.
func (r *Reader) leave() {
	if r.seg != nil {
		r.j.release(r.seg)
		r.seg = nil
	}
}

// page reads once, as much as the limit allows or one event takes, and puts
// into the page what events there are.
func (r *Reader) page(p *Page, end int64, limit int) error {
	w := r.seg.walk(r.seg.file, r.pos, end)
	w.want, w.buf = int64(limit), p.buf[:0]
	defer func() { p.buf, r.pos = w.buf, w.pos }()
	for w.pos < w.end {
		s, need := w.look()
		if need > 0 || s.damaged {
			if len(p.Events) > 0 {
				return nil // reading on would overwrite them
			}
			var err error
			if s, err = w.next(); err != nil {
				return err
			}
		}
		if s.rec.kind == kindEvent && s.rec.sequence > r.next {
			w.pos = s.from
			if len(p.Events) > 0 {
				return nil
			}
			return r.gap(s.rec.sequence)
		}
		w.pos = s.to
		if err := r.take(p, s); err != nil {
			return err
		}
	}
	return nil
}

// gap tells that the events from the next one up to a sequence number are not
// there.
func (r *Reader) gap(to int64) error {
	first := r.next
	r.next = to
	in, hole := r.holeIn, r.hole
	if in == nil { // a file is missing
		in, hole = r.seg, step{from: r.seg.head.base, to: r.seg.head.base}
	}
	r.holeIn = nil
	return r.tell(in, hole, first, to-1)
}

// take goes over a step, and puts it into the page if it is an event that is
// wanted.
func (r *Reader) take(p *Page, s step) error {
	switch {
	case s.rec.kind == 0:
		r.hole, r.holeIn = s, r.seg
	case s.rec.kind != kindEvent || s.rec.sequence < r.next:
	case s.damaged:
		r.next++
		return r.tell(r.seg, s, s.rec.sequence, s.rec.sequence)
	default:
		r.next++
		r.holeIn = nil
		p.Events = append(p.Events, Stored{
			Sequence: s.rec.sequence, Position: s.from, Enqueued: fromMillis(s.rec.enqueued), Wire: s.body,
		})
	}
	return nil
}

func (r *Reader) tell(in *segment, at step, first, last int64) error {
	r.j.mu.Lock()
	defer r.j.mu.Unlock()
	return r.j.lose(in, at, first, last)
}
