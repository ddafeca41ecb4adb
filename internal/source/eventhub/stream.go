package eventhub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/source/eventhub/wire"
)

const (
	// underway is how many deliveries may wait for their commits: enough for
	// those of one partition to make a commit of the size that costs the least.
	// Their memory is not the stream's any more.
	underway = 64
	// burst is how long the first event after a while waits for those that were
	// sent together with it.
	burst = 5 * time.Millisecond
	// perEvent is what an event takes in memory beside its body, about.
	perEvent = 200
	// unreadables is how many events in a row may be unreadable before the
	// reader is held to be at fault.
	unreadables = 1000
)

// A stream is the life of one reader: what it receives is gathered and
// delivered in one goroutine, while another waits for the commits.
type stream struct {
	*partition
	start  wire.Start
	reader wire.Reader
	// token is the position reached by what was delivered, seen the last
	// sequence number that is accounted for, -1 for none.
	token string
	seen  int64
	goal  int64 // the sequence number to reach, below -1 for none
	first int64 // the first sequence number that the hub keeps
	batch event.Batch
	began bool // the reader has got something
	// before is when the batch before was whole.
	before time.Time

	commits  chan commit
	settled  chan struct{}
	progress bool
	lost     error
}

// A commit is a delivery that is not known to be durable yet.
type commit struct {
	wait event.Wait
	at   mark
	time time.Time // when the last event was enqueued, zero if that is not known
}

// settleLatest makes a position of the end, if that is where to begin, so that
// what comes while no reader is there is not passed over.
func (s *stream) settleLatest(ctx context.Context, hub wire.Properties) error {
	if s.token != "" || !s.r.first.Latest {
		return nil
	}
	at := mark{sequence: hub.Last}
	wait, err := s.r.deliver(ctx, &event.Batch{Position: event.Position{Source: s.r.name, Partition: s.name, To: at.String()}})
	if err == nil {
		_, err = wait()
	}
	if err != nil {
		return &deliveryError{fmt.Errorf("store where partition %s begins: %w", s.name, err)}
	}
	s.token, s.seen, s.start = at.String(), at.sequence, at.start()
	s.status.resume(at)
	return nil
}

// align compares the position with what the hub has. If it is beyond the end,
// the hub was made anew under its old name.
func (s *stream) align(hub wire.Properties) {
	if s.seen > hub.Last || s.rewind {
		s.log.Warn("hub does not know the position, reading from the earliest event", "sequence", s.seen, "last", hub.Last)
		s.seen, s.start = -1, wire.Start{}
	}
	if !s.r.opt.UntilCaughtUp {
		return
	}
	s.goal = hub.Last
	late := !s.start.At.IsZero() && !hub.Enqueued.IsZero() && hub.Enqueued.Before(s.start.At)
	if hub.Empty || late {
		s.goal = -1
	}
}

// caughtUp tells whether the goal is reached.
func (s *stream) caughtUp() bool { return s.goal >= -1 && s.seen >= s.goal }

// run receives and delivers until something fails or the goal is reached. Its
// error is that of the commits, if one failed.
func (s *stream) run(ctx context.Context) (progress bool, err error) {
	s.reader, err = s.r.client.Open(s.name, wire.Opening{Start: s.start, Epoch: s.claim.Epoch, Buffer: s.buffer()})
	if err != nil {
		return false, remedied(err, opRead)
	}
	receiving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s.stopper(stop)
	s.commits, s.settled = make(chan commit, underway), make(chan struct{})
	go s.settle(stop)
	err = s.receive(ctx, receiving)
	close(s.commits)
	<-s.settled
	if cause := context.Cause(receiving); errors.Is(cause, errStalled) {
		err = cause
	}
	if s.lost != nil {
		err = s.lost
	}
	if err := s.reader.Close(); err != nil {
		s.log.Debug("reader not closed in order", "err", err)
	}
	return s.progress, err
}

// settle waits for the commits, one after the other. After one that failed
// nothing is received any more.
func (s *stream) settle(stop context.CancelCauseFunc) {
	defer close(s.settled)
	for c := range s.commits {
		_, err := c.wait()
		switch {
		case s.lost != nil: // it starts from a position that was not reached
		case err != nil:
			s.lost = &deliveryError{fmt.Errorf("deliver events of partition %s: %w", s.name, err)}
			stop(err)
		default:
			s.progress = true
			s.status.durable(c.at, c.time)
		}
	}
}

// receive gathers and delivers. Receiving may end before ctx does.
func (s *stream) receive(ctx, receiving context.Context) error {
	for !s.caughtUp() {
		s.status.wait(true)
		events, err := s.gather(receiving)
		s.status.wait(false)
		switch {
		case err != nil:
			if err := s.over(ctx, err); err != nil {
				return err
			}
			continue
		}
		s.began, s.passed = true, 0
		if err := s.deliver(ctx, events); err != nil {
			return err
		}
	}
	return nil
}

// gather waits for an event, and then for more until there are enough or it is
// some time since the batch before. If something fails then, it fails again.
func (s *stream) gather(ctx context.Context) ([]wire.Event, error) {
	most, bytes := s.limits()
	events, err := s.reader.Receive(ctx, 1)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, max(burst, s.r.cfg.Batch.MaxWait-time.Since(s.before)))
	defer cancel()
	defer func() { s.before = time.Now() }()
	for size := sizeOf(events); size < bytes && len(events) < most && ctx.Err() == nil; {
		want := s.wanted(events, most-len(events))
		if want == 0 {
			break
		}
		more, err := s.reader.Receive(ctx, want)
		if err != nil {
			break
		}
		size += sizeOf(more)
		events = append(events, more...)
	}
	return events, nil
}

// wanted returns how many of most events there are to wait for after those
// that came: none beyond the goal.
func (s *stream) wanted(events []wire.Event, most int) int {
	if s.goal < -1 {
		return most
	}
	return int(min(int64(most), max(0, s.goal-events[len(events)-1].Sequence)))
}

// limits returns how many events and bytes make a batch. Of its share of the
// memory a partition may fill half with a batch, and a quarter twice with what
// is read ahead and with what is being taken from there.
func (s *stream) limits() (events, bytes int) {
	return s.r.cfg.Batch.Events, min(s.r.cfg.Batch.Bytes, s.share()/2)
}

func (s *stream) buffer() int { return min(wire.DefaultBuffer, s.share()/4) }

func (s *stream) share() int { return s.r.cfg.Memory / int(s.r.owned.Load()) }

// sizeOf is what events take in memory.
func sizeOf(events []wire.Event) int {
	size := perEvent * len(events)
	for i := range events {
		size += len(events[i].Body)
	}
	return size
}

// over gets over an error of the reader if it is about the next event only,
// and returns all others. The event is delivered as one without a body, so that
// it is in quarantine and the position behind it.
func (s *stream) over(ctx context.Context, err error) error {
	kind := wire.KindOf(err)
	if kind != wire.Unreadable && (kind != wire.Unbearable || s.began) || s.passed >= unreadables {
		return remedied(err, opRead)
	}
	s.passed++
	next, known := s.next()
	s.log.Warn("event passed over", "sequence", next, "known", known, "err", err)
	if !known {
		s.status.pass(1)
	} else if err := s.pass(ctx, next, err); err != nil {
		return err
	}
	if kind == wire.Unbearable {
		return remedied(err, opRead) // the reader is at its end
	}
	return nil
}

// next is the sequence number of the next event, if that is known.
func (s *stream) next() (sequence int64, known bool) {
	known = s.seen >= 0 || s.start == wire.Start{}
	return max(s.seen+1, s.first), known
}

// pass delivers that an event cannot be read.
func (s *stream) pass(ctx context.Context, sequence int64, why error) error {
	s.seen = sequence
	s.status.skip(sequence)
	s.batch.Messages = append(s.batch.Messages[:0], event.Message{Offset: sequence, Unreadable: why.Error()})
	return s.hand(ctx, mark{sequence: sequence}, time.Time{})
}

// deliver hands events on, with the position that is reached with them.
func (s *stream) deliver(ctx context.Context, events []wire.Event) error {
	s.status.receive(events)
	s.fill(events)
	if len(s.batch.Messages) == 0 {
		return nil
	}
	last := &events[len(events)-1]
	return s.hand(ctx, mark{last.Sequence, last.Offset}, last.Enqueued)
}

// hand hands the batch on, which reaches a mark.
func (s *stream) hand(ctx context.Context, at mark, enqueued time.Time) error {
	s.batch.Position = event.Position{Source: s.r.name, Partition: s.name, From: s.token, To: at.String()}
	wait, err := s.r.deliver(ctx, &s.batch)
	clear(s.batch.Messages) // the bodies are not needed any more
	if err != nil {
		return &deliveryError{fmt.Errorf("deliver events of partition %s: %w", s.name, err)}
	}
	s.commits <- commit{wait, at, enqueued}
	s.token, s.rewind = at.String(), false
	return nil
}

// fill makes messages of events, and notes which are missing. An event that
// was seen is left out.
func (s *stream) fill(events []wire.Event) {
	s.batch.Messages = s.batch.Messages[:0]
	for i := range events {
		e := &events[i]
		switch missing := e.Sequence - s.seen - 1; {
		case s.seen < 0, missing == 0:
		case missing < 0:
			continue
		default:
			s.status.pass(missing)
			s.log.Warn("events missing: the hub does not keep them any more, or they could not be read", "from", s.seen+1, "to", e.Sequence-1)
		}
		s.seen = e.Sequence
		s.batch.Messages = append(s.batch.Messages, event.Message{Body: e.Body, Format: s.r.cfg.Format, Offset: e.Sequence})
	}
}
