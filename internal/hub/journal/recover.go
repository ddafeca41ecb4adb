package journal

import (
	"errors"
	"io"
)

// A recovery goes through the records of the newest segment, of which the end
// may be anything.
//
// Behind a crash three things look alike at first: bytes that were never
// durable, a batch of which a part is there, and damage to events that were
// acknowledged long ago. They are told apart by what later records say was
// durable when they were written. Before that place it is damage: it is
// noted, readers will be told, and what follows is kept. Behind it nothing was
// acknowledged but, perhaps, the last group, and everything from the first bad
// record on is cut off, back to a whole batch.
type recovery struct {
	j   *Journal
	s   *segment
	end int64
	// tip is behind the last record gone over; the journal's own is behind the
	// last one that is kept.
	tip   tip
	batch []step // gone over and not yet kept
	hole  step   // without a good head, or of no length, before the next record

	durable  int64 // the most that a record has claimed
	searched bool  // all records have been asked
	marked   bool  // the journal was closed
}

func (r *recovery) run() error {
	w := r.s.walk(r.s.file, r.s.head.base, r.end)
	for !r.marked {
		s, err := w.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if torn, err := r.torn(s); torn || err != nil {
			return err
		}
		r.take(s)
	}
	return nil
}

// torn tells whether a step is where the torn end begins.
func (r *recovery) torn(s step) (bool, error) {
	if !s.damaged {
		return false, nil
	}
	if s.from >= r.durable && !r.searched {
		if err := r.search(s.from); err != nil {
			return false, err
		}
	}
	return s.from >= r.durable, nil
}

// search asks all records from a position on what was durable.
func (r *recovery) search(from int64) error {
	r.searched = true
	w := r.s.walk(r.s.file, from, r.end)
	for {
		s, err := w.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.claim(s)
	}
}

func (r *recovery) claim(s step) {
	if s.rec.kind != 0 {
		r.durable = max(r.durable, s.from-int64(s.rec.back))
	}
}

// take goes over a step that is good, or damaged before the durable end.
func (r *recovery) take(s step) {
	r.claim(s)
	if s.rec.kind == 0 {
		r.hole, r.tip.position = s, s.to
		r.keep() // the hole was durable, so what is before it was
		return
	}
	if s.rec.sequence > r.tip.next {
		r.lose(r.hole, r.tip.next, s.rec.sequence-1)
		r.tip.next = s.rec.sequence
		r.keep()
	}
	r.hole = step{from: s.to, to: s.to}
	switch s.rec.kind {
	case kindEnd:
		r.marked = true
		return
	case kindProducers:
		r.takeProducers(s)
	case kindEvent:
		r.takeEvent(s)
	}
	r.tip.position = s.to
	if s.rec.left == 0 || s.to <= r.durable {
		r.keep()
	}
}

func (r *recovery) takeProducers(s step) {
	if s.damaged {
		r.lose(s, 0, -1)
		return
	}
	r.j.producers.read(s.body)
}

// takeEvent goes over an event. One whose number is not the next has no
// business here; readers pass over it.
func (r *recovery) takeEvent(s step) {
	if s.rec.sequence != r.tip.next {
		r.lose(s, 0, -1)
		return
	}
	if s.damaged {
		r.lose(s, s.rec.sequence, s.rec.sequence)
	}
	s.body = nil
	r.batch = append(r.batch, s)
	r.tip.next++
	r.tip.lastPosition, r.tip.lastTime = s.from, max(r.tip.lastTime, s.rec.enqueued)
}

func (r *recovery) lose(s step, first, last int64) {
	_ = r.j.lose(r.s, s, first, last) // readers will be told
}

// keep counts what has been gone over: a whole batch, or durable.
func (r *recovery) keep() {
	for _, s := range r.batch {
		r.j.index = r.j.index.note(point{s.rec.sequence, s.from, s.rec.enqueued})
		if p := s.rec.producer; s.rec.idempotent {
			r.j.producers[p.ID] = seen{p.Epoch, p.Sequence, s.rec.sequence}
		}
	}
	r.batch = r.batch[:0]
	r.j.tip = r.tip
}
