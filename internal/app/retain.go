package app

import (
	"context"
	"time"
)

// retainEvery is the time between two looks for rows that have outlived their
// retention. They go by whole days.
const retainEvery = time.Hour

// retain drops what has outlived its table's retention, now and from time to
// time, until ctx ends.
func (a *App) retain(ctx context.Context) {
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		dropped, err := a.Store.Retain(ctx, a.now())
		for _, d := range dropped {
			a.log.InfoContext(ctx, "retention dropped a day", "table", d.Table, "day", d.Day, "rows", d.Rows)
		}
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "retention did not finish", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
