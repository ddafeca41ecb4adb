package eventhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/eventhub/wire"
)

// askTimeout bounds a question to the hub.
const askTimeout = 30 * time.Second

// errStalled ends a reader that gets nothing although there is something.
var errStalled = errors.New("nothing was received although the hub had events")

// A deliveryError tells that a batch did not become durable, or that it is not
// known where to begin.
type deliveryError struct{ err error }

func (e *deliveryError) Error() string { return e.err.Error() }
func (e *deliveryError) Unwrap() error { return e.err }

// A partition is one that is ours, with the goroutine that reads it.
type partition struct {
	r      *run
	name   string
	claim  lease.Claim
	status *status
	log    *slog.Logger
	cancel context.CancelFunc // stops the goroutine
	ended  chan struct{}
	// rewind tells that the hub does not know the position any more, so that
	// reading begins with the earliest event.
	rewind bool
	// passed counts events in a row that could not be read and were passed over.
	passed int

	mu     sync.Mutex
	reader context.CancelCauseFunc // stops the reader that there is
}

func newPartition(r *run, claim lease.Claim, cancel context.CancelFunc) *partition {
	return &partition{
		r: r, name: claim.Partition, claim: claim, status: r.status(claim.Partition),
		log:    r.opt.Logger.With("partition", claim.Partition),
		cancel: cancel, ended: make(chan struct{}), reader: func(error) {},
	}
}

// run reads the partition until it is told to stop, is caught up if that is
// wanted, or a delivery fails. Whatever the hub does, it tries again.
func (p *partition) run(ctx context.Context) error {
	for failures := 0; ; {
		p.status.enter(source.Starting, "", "", time.Time{})
		progress, err := p.read(ctx)
		var lost *deliveryError
		switch {
		case ctx.Err() != nil:
			p.status.enter(source.Stopped, "", "", time.Time{})
			return nil
		case err == nil:
			p.status.enter(source.Stopped, "caught up", "", time.Time{})
			return nil
		case errors.As(err, &lost) && !errors.Is(err, event.ErrMoved), source.IsPermanent(err):
			p.status.enter(source.Failed, err.Error(), source.HintOf(err), time.Time{})
			return err
		}
		if progress {
			failures = 0
		}
		failures++
		p.pause(ctx, err, failures)
	}
}

// pause waits after the reader has ended with err, that many times in a row.
// What another reader has moved, what the watchdog ended, and what ended over
// a single event is read on at once the first time.
func (p *partition) pause(ctx context.Context, err error, failures int) {
	moved, stalled := errors.Is(err, event.ErrMoved), errors.Is(err, errStalled)
	stuck := wire.KindOf(err) == wire.Unbearable
	p.rewind = wire.KindOf(err) == wire.BadOffset
	if stalled {
		p.status.stall()
	}
	if (moved || stalled || stuck) && failures == 1 {
		p.log.Warn("partition restarted", "err", err)
		return
	}
	retry := p.r.opt.Clock.Now().Add(p.r.opt.Backoff.Delay(failures, 0))
	p.status.enter(source.Waiting, source.Reason(err), source.HintOf(err), retry)
	p.log.Warn("partition lost, will be opened again", "err", source.Reason(err), "hint", source.HintOf(err), "retry", retry)
	select {
	case <-p.r.opt.Clock.After(retry.Sub(p.r.opt.Clock.Now())):
	case <-ctx.Done():
	}
}

// read reads from where the partition stands, until something fails or it is
// caught up. It tells whether anything became durable.
func (p *partition) read(ctx context.Context) (progress bool, err error) {
	token, err := p.r.positions.Position(ctx, p.r.name, p.name)
	if err != nil {
		return false, &deliveryError{fmt.Errorf("find out where partition %s stands: %w", p.name, err)}
	}
	at, err := parseMark(token)
	if err != nil {
		return false, source.Permanent(fmt.Errorf("find out where partition %s stands: %w", p.name, err), "use the newer nephoscope that wrote it")
	}
	p.status.resume(at)
	hub, err := p.properties(ctx)
	if err != nil {
		return false, remedied(err, opList)
	}
	s := &stream{partition: p, token: token, seen: at.sequence, goal: -2, first: hub.First, start: p.r.first}
	if token != "" {
		s.start = at.start()
	}
	if err := s.settleLatest(ctx, hub); err != nil {
		return false, err
	}
	s.align(hub)
	if s.caughtUp() {
		return false, nil
	}
	return s.run(ctx)
}

// properties asks how far the hub is.
func (p *partition) properties(ctx context.Context) (wire.Properties, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	hub, err := p.r.client.Properties(ctx, p.name)
	if err == nil {
		p.status.observe(hub)
	}
	return hub, err
}

// stopper lets the watchdog end the reader that there is from now on.
func (p *partition) stopper(stop context.CancelCauseFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reader = stop
}

// interrupt ends the reader that there is, because of err.
func (p *partition) interrupt(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reader(err)
}
