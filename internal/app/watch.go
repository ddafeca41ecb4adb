package app

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/schedule"
)

// runRules runs the rules that are on, over what arrives, until ctx ends.
func (a *App) runRules(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.book.Run(ctx) })
	group.Go(func() error { return a.scheduler.Run(ctx) })
	group.Go(func() error { a.createIncidents(ctx); return nil })
	return group.Wait()
}

// lookAgain is the wait after alerts of other products could not be looked at.
const lookAgain = 10 * time.Second

// createIncidents makes incidents of other products' alerts as they arrive,
// until ctx ends.
func (a *App) createIncidents(ctx context.Context) {
	creator := incident.NewCreator(a.Incidents())
	for {
		var again <-chan time.Time
		made, err := creator.Step(ctx, a.book.Creations())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.log.WarnContext(ctx, "alerts of other products not looked at", "err", err)
			again = time.After(lookAgain)
		case made > 0:
			a.arrivals.ring()
		}
		select {
		case <-a.alertsArrived:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
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
			if r.Alerts+r.Revised+r.Withdrawn > 0 {
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
