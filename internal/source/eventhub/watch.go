package eventhub

import (
	"context"
	"time"

	"nephoscope/internal/source"
)

// watch asks again and again how far the hub is. That gives the lag, and shows
// a reader that gets nothing although there is something: it is ended, and
// another one begins where it stood.
func (r *run) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.opt.Clock.After(r.cfg.Watch):
		}
		for _, p := range r.reading() {
			p.watch(ctx)
		}
	}
}

// watch looks after one partition.
func (p *partition) watch(ctx context.Context) {
	asked, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	hub, err := p.r.client.Properties(asked, p.name)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		err = remedied(err, opList)
		p.status.unanswered(source.Reason(err), source.HintOf(err))
		return
	}
	if behind := p.status.observe(hub); behind >= p.r.cfg.Stall {
		p.log.Warn("partition stalled", "since", behind.Round(time.Second), "last", hub.Last)
		p.interrupt(errStalled)
	}
}
