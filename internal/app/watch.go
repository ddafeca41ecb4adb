package app

import (
	"context"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/detect"
	"nephoscope/internal/schedule"
)

// runRules runs the rules that are on, over what arrives, until ctx ends.
func (a *App) runRules(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.book.Run(ctx) })
	group.Go(func() error { return a.scheduler.Run(ctx) })
	return group.Wait()
}

// newScheduler returns what says when rules run.
func (a *App) newScheduler() *schedule.Scheduler {
	return schedule.New(a.Detector(), schedule.Options{
		Rules: a.book.Queries, Changed: a.book.Changed(), SwitchOff: a.book.SwitchOff,
		Arrived: a.arrivals.listen(), Newest: a.Store.Newest,
		MaxLateness: a.config.Rules.MaxLateness, Parallel: a.config.Rules.Parallel,
		Now: a.now, Logger: a.log,
		Ran: func(r detect.Report) {
			a.rules.count(r)
			if r.Alerts > 0 {
				a.arrivals.ring()
			}
		},
	})
}

// A bell tells that rows were committed.
type bell struct{ ears []func() }

// tell adds whom each ring is told. It must not be called any more once rings
// begin.
func (b *bell) tell(ear func()) { b.ears = append(b.ears, ear) }

// listen returns a channel that is poked with each ring; several rings may be
// one poke.
func (b *bell) listen() <-chan struct{} {
	ear := make(chan struct{}, 1)
	b.tell(func() {
		select {
		case ear <- struct{}{}:
		default: // whoever listens will look anyway
		}
	})
	return ear
}

func (b *bell) ring() {
	for _, tell := range b.ears {
		tell()
	}
}
