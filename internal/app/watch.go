package app

import (
	"context"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// watchEvery is the time between two sweeps of Watch. It is well below the
// shortest frequency that a scheduled rule can have, five minutes.
const watchEvery = time.Minute

// Watch runs the rules over what arrives until ctx ends: each minute those
// runs whose time has come. A rule that fails is tried again with the next
// sweep; its error is in the log and in the metrics.
func (a *App) Watch(ctx context.Context, list []*rules.Rule) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if _, err := a.Sweep(ctx, list, detect.Range{Live: true}); err != nil {
			return err
		}
		a.wakeOutputs()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
