// Package app builds the parts and wires them: it opens the store with the
// tables there are, runs sources through the conveyor into it, runs rules over
// it and answers over HTTP. It starts in order and stops in reverse.
//
// Invariant: whoever opened an App closes it, and after Close nothing of it
// runs any more.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/config"
	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/pipeline"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/schedule"
	"nephoscope/internal/schema"
	"nephoscope/internal/source"
	"nephoscope/internal/source/file"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// Options of an App.
type Options struct {
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Logger gets state changes; nothing is logged if nil.
	Logger *slog.Logger
	// Existing refuses to make a new store.
	Existing bool
	// MemoryLimit bounds the store's buffers, in bytes; 0 is the store's own.
	MemoryLimit int64
}

// An App is the opened program.
type App struct {
	Store    *duck.Store
	Catalog  *tables.Catalog
	Registry *prometheus.Registry

	config    config.Config
	now       func() time.Time
	log       *slog.Logger
	rules     *ruleMetrics
	moved     *pipeline.Metrics
	detection detection
	made      made
	arrivals  bell
	// alertsArrived is poked by arrivals for who looks at alerts.
	alertsArrived <-chan struct{}
	book          *rulebook.Book      // nil before OpenRules
	scheduler     *schedule.Scheduler // nil before OpenRules
	sources       *source.Supervisor  // nil before Supervise
	outputs       *output.Runner      // nil before OpenOutputs
	closing       []output.Output
}

// ErrNoStore tells that the data directory holds no store.
var ErrNoStore = errors.New("there is no store yet")

// Open opens the store of the configuration.
func Open(ctx context.Context, cfg config.Config, opt Options) (*App, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	catalog, err := NewCatalog(cfg)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Data); opt.Existing && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open data directory %s: %w: run 'nephoscope ingest' or 'nephoscope demo' first, or name another with --data", cfg.Data, ErrNoStore)
	}
	if cfg.Query.GeoIP != "" {
		if err := duck.LookUpPlaces(cfg.Query.GeoIP); err != nil {
			return nil, fmt.Errorf("query.geoip: %w", err)
		}
	}
	st, err := duck.Open(ctx, cfg.Data, duck.Options{Catalog: catalog, Now: opt.Now, Logger: opt.Logger, Retention: cfg.Retention, MemoryLimit: opt.MemoryLimit})
	if err != nil {
		return nil, fmt.Errorf("open data directory %s: %w", cfg.Data, err)
	}
	registry := prometheus.NewRegistry()
	moved, err := pipeline.NewMetrics(registry)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	a := &App{
		Store: st, Catalog: catalog, Registry: registry,
		config: cfg, now: opt.Now, log: opt.Logger, rules: newRuleMetrics(registry), moved: moved,
	}
	if err := a.openDetection(ctx); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if err := a.openMade(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

// NewCatalog returns the built-in tables and the configured ones.
func NewCatalog(cfg config.Config) (*tables.Catalog, error) {
	var custom []*schema.Table
	for _, path := range cfg.Tables {
		declared, err := tables.LoadCustom(path)
		if err != nil {
			return nil, fmt.Errorf("load tables of %s: %w", path, err)
		}
		custom = append(custom, declared...)
	}
	catalog, err := tables.NewCatalog(custom...)
	if err != nil {
		return nil, err
	}
	for name := range cfg.Retention {
		if _, ok := catalog.Table(name); !ok {
			return nil, fmt.Errorf("retention.%s: no such table: there are %s", name, tableNames(catalog))
		}
	}
	return catalog, nil
}

func tableNames(c *tables.Catalog) string {
	var names []string
	for _, t := range c.Tables() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Close closes the outputs and the store.
func (a *App) Close() error {
	if err := a.closeOutputs(); err != nil {
		a.log.Warn("output not closed in order", "err", err)
	}
	if err := a.Store.Close(); err != nil {
		return fmt.Errorf("close data directory %s: %w", a.config.Data, err)
	}
	return nil
}

// IngestFiles reads files into the store, but never the store's own.
func (a *App) IngestFiles(ctx context.Context, opt file.Options) error {
	opt.Exclude = a.config.Data
	return a.run(ctx, file.New(a.Store, opt), opt.Decode)
}

// run carries everything a source has into the store.
func (a *App) run(ctx context.Context, src source.Source, opt decode.Options) error {
	conveyor, err := pipeline.New(a.Store, a.Catalog, pipeline.Options{
		Decode: opt, Now: a.now, Metrics: a.moved,
	})
	if err != nil {
		return err
	}
	defer conveyor.Close()
	return src.Run(ctx, func(ctx context.Context, b *event.Batch) (event.Wait, error) {
		wait, err := conveyor.Deliver(ctx, b)
		if err != nil {
			return nil, err
		}
		return func() (event.Counts, error) {
			defer a.arrivals.ring()
			return wait()
		}, nil
	})
}
