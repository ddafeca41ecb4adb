package journal

import (
	"errors"
	"fmt"
)

// groupBytes bounds what is written and synced at a time, but for a batch that
// is larger by itself.
const groupBytes = 4 << 20

// keepBytes is the memory that a journal keeps between groups while nothing
// waits.
const keepBytes = 256 << 10

// A tip is where the journal ends.
type tip struct {
	next         int64 // sequence number of the next event
	position     int64 // of the next record
	lastPosition int64 // of the last event, -1 for none
	lastTime     int64 // of the last event, milliseconds, 0 for none
}

// A group is the batches that are written together: laid out one after the
// other in memory, they become durable by one sync. Nothing that it knows
// counts before that.
type group struct {
	stamp   stamp
	durable int64 // position
	now     int64
	tip     tip
	buf     []byte
	points  index
	seen    producers // changes only
	known   func(id int64) (seen, bool)
}

// add lays out a batch, or says why it cannot be taken.
func (g *group) add(b *Batch) (Placed, error) {
	if p := b.Producer; p != nil {
		if s, ok := g.lastSeen(p.ID); ok {
			duplicate, err := s.check(p, len(b.Events))
			if duplicate || err != nil {
				return Placed{Duplicate: duplicate}, err
			}
		}
	}
	first := g.tip.next
	g.tip.lastTime = max(g.tip.lastTime, g.now)
	for i := range b.Events {
		g.addEvent(b, i)
	}
	return Placed{First: first, Last: g.tip.next - 1, Enqueued: fromMillis(g.tip.lastTime)}, nil
}

func (g *group) lastSeen(id int64) (seen, bool) {
	if s, ok := g.seen[id]; ok {
		return s, true
	}
	return g.known(id)
}

func (g *group) addEvent(b *Batch, i int) {
	t := &g.tip
	rec := record{
		kind: kindEvent, sequence: t.next, enqueued: t.lastTime,
		left: uint32(len(b.Events) - 1 - i), back: uint32(t.position - g.durable),
	}
	if b.Producer != nil {
		rec.idempotent, rec.producer = true, *b.Producer
		rec.producer.Sequence = later(rec.producer.Sequence, i)
		if g.seen == nil {
			g.seen = producers{}
		}
		g.seen[rec.producer.ID] = seen{rec.producer.Epoch, rec.producer.Sequence, t.next}
	}
	start := len(g.buf)
	g.buf = append(g.buf, make([]byte, recordHead)...)
	g.buf = appendWire(g.buf, &b.Events[i], t.next, t.position, t.lastTime)
	g.stamp.put(g.buf[start:], t.position, rec)
	g.points = g.points.note(point{t.next, t.position, t.lastTime})

	t.lastPosition = t.position
	t.position += int64(len(g.buf) - start)
	t.next++
}

// run writes groups until the queue is closed and empty. It is the journal's
// only goroutine.
func (j *Journal) run() {
	defer close(j.finished)
	var batches []pending
	for {
		batches = j.queue.take(batches[:0], groupBytes)
		if len(batches) == 0 {
			return
		}
		j.commit(batches)
		j.queue.answered(batches)
		for i := range batches {
			batches[i].done(batches[i].placed, batches[i].err)
		}
		clear(batches)
	}
}

// commit makes batches durable together and notes the answer in each. Either
// all that could be taken are, or none.
func (j *Journal) commit(batches []pending) {
	j.writing.Lock()
	defer j.writing.Unlock()
	defer j.keepLittle()
	err := j.roll(j.mustRoll())
	if err == nil {
		g := j.layOut(batches)
		if err = j.write(g); err == nil {
			j.publish(g)
			return
		}
	}
	j.noteFailure(err)
	for i := range batches {
		batches[i].placed, batches[i].err = Placed{}, fmt.Errorf("%w: %w", ErrFull, err)
	}
}

// keepLittle lets go of the memory of a large group, unless the next one will
// need it.
func (j *Journal) keepLittle() {
	if cap(j.buf) > keepBytes && j.queue.idle() {
		j.buf = nil
	}
}

// layOut lays out batches one after the other, behind the journal's end.
func (j *Journal) layOut(batches []pending) *group {
	bytes := int64(0)
	for i := range batches {
		bytes += batches[i].bytes
	}
	if int64(cap(j.buf)) < bytes {
		j.buf = make([]byte, 0, bytes)
	}
	active := j.active()
	g := &group{
		stamp: active.stamp, durable: active.end, now: j.opt.Now().UnixMilli(),
		tip: j.tip, buf: j.buf[:0], points: j.points[:0],
		known: func(id int64) (seen, bool) { s, ok := j.producers[id]; return s, ok },
	}
	for i := range batches {
		batches[i].placed, batches[i].err = g.add(&batches[i].batch)
	}
	j.buf, j.points = g.buf, g.points
	return g
}

// write makes a group durable, or the file what it was.
func (j *Journal) write(g *group) error {
	if len(g.buf) == 0 {
		return nil
	}
	s := j.active()
	offset := s.offset(s.end)
	j.reserve(s, offset+int64(len(g.buf)))
	if _, err := s.file.WriteAt(g.buf, offset); err != nil {
		return errors.Join(err, j.takeBack(s, offset))
	}
	if err := s.file.sync(); err != nil {
		// The kernel may now believe that these bytes are on disk, and a later
		// sync would say so: nothing is written behind them any more.
		j.spoilt = true
		return errors.Join(err, s.file.settle(offset))
	}
	return nil
}

// takeBack cuts off what a failed write left. If that cannot be made durable,
// nothing more is written into the file.
func (j *Journal) takeBack(s *segment, offset int64) error {
	err := s.file.settle(offset)
	j.reserved = 0
	if err == nil {
		err = s.file.sync()
	}
	j.spoilt = err != nil
	return err
}

// reserve asks for space ahead, the more the larger the segment is.
func (j *Journal) reserve(s *segment, upTo int64) {
	if upTo <= j.reserved {
		return
	}
	ahead := min(max(upTo/2, 64<<10), 8<<20)
	from := s.offset(s.end)
	s.file.reserve(from, upTo+ahead-from)
	j.reserved = upTo + ahead
}

// publish lets everyone see a group that is durable.
func (j *Journal) publish(g *group) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(g.buf) == 0 {
		return
	}
	if j.failing != nil {
		j.failing = nil
		j.opt.Logger.Info("partition takes events again", "dir", j.dir)
	}
	s := j.active()
	j.tip = g.tip
	s.end = g.tip.position
	s.bytes = s.offset(s.end)
	for _, p := range g.points {
		j.index = j.index.note(p)
	}
	for id, p := range g.seen {
		j.producers[id] = p
	}
	j.producers.forget(j.opt.MaxProducers)
	j.wake()
}

func (j *Journal) noteFailure(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failing == nil {
		j.opt.Logger.Error("partition does not take events", "dir", j.dir, "err", err)
	}
	j.failing = err
}
