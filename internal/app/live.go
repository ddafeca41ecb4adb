package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/builtin"
	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/retry"
	"nephoscope/internal/source"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
)

// OpenSources makes the configured sources, which Run lets run.
func (a *App) OpenSources() error {
	needs := builtin.Needs{Ledger: ledger{a.Store}, Owner: owner(a.config.Data), Logger: a.log}
	var entries []source.Entry
	for i := range a.config.Sources {
		part := &a.config.Sources[i]
		src, err := builtin.OpenSource(part, needs)
		if err != nil {
			return err
		}
		entries = append(entries, source.Entry{Name: part.Name, Source: src})
	}
	return a.Supervise(retry.Backoff{}, entries...)
}

// Supervise puts sources in the place of the configured ones. The backoff is
// between the runs of one that fails.
func (a *App) Supervise(between retry.Backoff, entries ...source.Entry) error {
	a.sources = source.NewSupervisor(source.SupervisorOptions{Logger: a.log, Backoff: between}, entries...)
	if err := a.Registry.Register(newSourceCollector(a.sources.States)); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// SourceStates tells how the sources stand.
func (a *App) SourceStates() []source.State {
	if a.sources == nil {
		return nil
	}
	return a.sources.States()
}

// Run carries everything the sources have into the store, runs the rules over
// it, passes it on to the outputs and drops what is too old, until ctx ends. A
// source that fails for good stops alone: its state tells why.
func (a *App) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.runRules(ctx) })
	group.Go(func() error { return a.RunSources(ctx) })
	group.Go(func() error { return a.runOutputs(ctx) })
	group.Go(func() error { a.retain(ctx); return nil })
	return group.Wait()
}

// RunSources carries what the sources have into the store until each has come
// to its end, or ctx ends.
func (a *App) RunSources(ctx context.Context) error {
	if a.sources == nil {
		return nil
	}
	if err := a.run(ctx, a.sources, decode.Options{}); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "a source ended for good", "err", err)
	}
	return nil
}

// owner names the process that has a data directory open: the same after a
// restart.
func owner(data string) string {
	if whole, err := filepath.Abs(data); err == nil {
		data = whole
	}
	host, _ := os.Hostname() // the directory alone still tells processes of one machine apart
	sum := sha256.Sum256([]byte(host + "\x00" + data))
	return hex.EncodeToString(sum[:8])
}

// A ledger moves positions without rows.
type ledger struct{ *duck.Store }

// Step moves all positions or none.
func (l ledger) Step(ctx context.Context, steps ...event.Position) error {
	_, err := l.Commit(ctx, &store.Batch{Positions: steps})
	return err
}
