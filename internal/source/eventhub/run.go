package eventhub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/eventhub/wire"
)

// releaseTimeout bounds what a run does after it was told to stop.
const releaseTimeout = 10 * time.Second

// A run is one call of Source.Run.
type run struct {
	*Source
	client  wire.Client
	owners  lease.Owners
	deliver source.Deliver
	first   wire.Start // of a partition without a position

	group  sync.WaitGroup
	failed chan error    // gets the first error that ends the run
	ended  chan struct{} // says that a partition has ended by itself
	owned  atomic.Int64  // how many partitions share the memory
	// names are the hub's partitions as it said last, at listed.
	names  []string
	listed time.Time

	mu     sync.Mutex // of the map, which the watchdog looks at
	active map[string]*partition
}

func newRun(s *Source, client wire.Client, deliver source.Deliver) *run {
	first, _ := startOf(s.cfg.StartAt) // New has validated it
	return &run{
		Source: s, client: client, owners: s.opt.Owners(s.name), deliver: deliver, first: first,
		failed: make(chan error, 1),    // the others need not be told
		ended:  make(chan struct{}, 1), // all that have ended are looked for at once
		active: map[string]*partition{},
	}
}

// run lets partitions come and go until ctx or the run ends, and tidies up.
func (r *run) run(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	r.group.Go(func() { r.watch(inner) })
	err := r.coordinate(inner)
	cancel()
	r.group.Wait()
	r.tidy(ctx)
	return err
}

// tidy gives the partitions up, so that others need not wait for them.
func (r *run) tidy(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := r.owners.Release(ctx); err != nil {
		r.opt.Logger.Warn("partitions not released, they are free when their term ends", "err", err)
	}
	if err := r.client.Close(); err != nil {
		r.opt.Logger.Debug("connection not closed in order", "err", err)
	}
}

// coordinate asks again and again which partitions there are and which are
// ours. Only the first time a failure is one of the run.
func (r *run) coordinate(ctx context.Context) error {
	if err := r.round(ctx); err != nil {
		return err
	}
	for {
		if r.opt.UntilCaughtUp && r.done() {
			return r.failure()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("read hub: %w", ctx.Err())
		case err := <-r.failed:
			return err
		case <-r.ended:
			continue
		case <-r.opt.Clock.After(lease.Period):
		}
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			r.opt.Logger.Warn("partitions not balanced", "err", err)
		}
	}
}

// round starts and stops partitions as the owners say.
func (r *run) round(ctx context.Context) error {
	if err := r.list(ctx); err != nil {
		return err
	}
	claims, err := r.owners.Balance(ctx, r.names)
	if err != nil {
		return fmt.Errorf("find out who reads which partition: %w", err)
	}
	r.owned.Store(int64(max(len(claims), 1)))
	for _, p := range r.reading() {
		if !slices.Contains(claims, p.claim) {
			r.stop(p)
		}
	}
	for _, claim := range claims {
		if r.active[claim.Partition] == nil {
			r.start(ctx, claim)
		}
	}
	return nil
}

// reading returns the partitions that are ours.
func (r *run) reading() []*partition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.active))
}

// set notes whether a partition is ours.
func (r *run) set(name string, p *partition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p == nil {
		delete(r.active, name)
		return
	}
	r.active[name] = p
}

// stop ends a partition that is not ours any more.
func (r *run) stop(p *partition) {
	p.cancel()
	<-p.ended
	r.set(p.name, nil)
	p.status.enter(source.Idle, "another reader has it", "", time.Time{})
}

// list asks for the hub's partitions: there may be more of them by now.
func (r *run) list(ctx context.Context) error {
	now := r.opt.Clock.Now()
	if r.names != nil && now.Sub(r.listed) < r.cfg.Watch {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	names, err := r.client.Partitions(ctx)
	switch {
	case err == nil:
		r.names, r.listed = names, now
	case r.names == nil:
		return remedied(err, opList)
	default:
		r.opt.Logger.Warn("hub does not answer", "err", err) // the partitions that are known are read on
		return nil
	}
	for _, name := range names {
		r.status(name)
	}
	return nil
}

// start reads a partition in a goroutine of its own.
func (r *run) start(ctx context.Context, claim lease.Claim) {
	ctx, cancel := context.WithCancel(ctx)
	p := newPartition(r, claim, cancel)
	r.set(claim.Partition, p)
	r.group.Go(func() {
		defer cancel()
		if err := p.run(ctx); err != nil {
			select {
			case r.failed <- err:
			default: // another was faster
			}
		}
		close(p.ended)
		select {
		case r.ended <- struct{}{}:
		default: // it is said already
		}
	})
}

// failure returns the error that ended a partition, if one did.
func (r *run) failure() error {
	select {
	case err := <-r.failed:
		return err
	default:
		return nil
	}
}

// done tells whether all partitions have ended by themselves.
func (r *run) done() bool {
	for _, p := range r.active {
		select {
		case <-p.ended:
		default:
			return false
		}
	}
	return true
}
