package detect_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/kql"
	"nephoscope/internal/pipeline"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// A fortnight is a store with what happened in a simulated company in the
// fourteen days before end.
type fortnight struct {
	catalog *tables.Catalog
	store   *duck.Store
}

func end() time.Time   { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
func begin() time.Time { return end().AddDate(0, 0, -simulate.DefaultDays) }

// openFortnight opens the store below dir and fills it if it has no events yet.
func openFortnight(t testing.TB, dir string, events int) *fortnight {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	db, err := duck.Open(t.Context(), dir, duck.Options{Catalog: catalog})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &fortnight{catalog, db}
	if f.number(t, "AzureActivity | count") == 0 {
		f.fill(t, events)
	}
	return f
}

// fill carries the company's events through decoder and tables into the store.
func (f *fortnight) fill(t testing.TB, events int) {
	t.Helper()
	company, err := simulate.New(simulate.Options{End: end(), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	conveyor, err := pipeline.New(f.store, f.catalog, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &belt{ctx: t.Context(), conveyor: conveyor}
	w, err := simulate.NewWriter(b, simulate.ShapeHub)
	if err != nil {
		t.Fatal(err)
	}
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.wait(); err != nil {
		t.Fatal(err)
	}
	conveyor.Close()
}

// A belt delivers the whole lines of what is written, and waits for one batch
// while the next is decoded.
type belt struct {
	ctx      context.Context //nolint:containedctx // an io.Writer has no other way to it
	conveyor *pipeline.Conveyor
	rest     []byte
	pending  event.Wait
}

// Write implements io.Writer.
func (b *belt) Write(p []byte) (int, error) {
	b.rest = append(b.rest, p...)
	whole := bytes.LastIndexByte(b.rest, '\n') + 1
	text := bytes.Clone(b.rest[:whole])
	b.rest = append(b.rest[:0], b.rest[whole:]...)
	batch := &event.Batch{}
	for line := range bytes.Lines(text) {
		batch.Messages = append(batch.Messages, event.Message{Body: line, Format: event.FormatHub})
	}
	next, err := b.conveyor.Deliver(b.ctx, batch)
	if err != nil {
		return 0, err
	}
	_, err = b.wait()
	b.pending = next
	return len(p), err
}

func (b *belt) wait() (event.Counts, error) {
	if b.pending == nil {
		return event.Counts{}, nil
	}
	return b.pending()
}

// ask is a detect.Ask.
func (f *fortnight) ask(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
	return f.query(ctx, text, kql.Options{Now: w.Now, Window: &kql.Window{From: w.From, To: w.To}})
}

// askMany is a detect.AskMany.
func (f *fortnight) askMany(ctx context.Context, text string, runs kql.Runs) (store.Cursor, error) {
	return f.query(ctx, text, kql.Options{Runs: &runs})
}

func (f *fortnight) query(ctx context.Context, text string, opt kql.Options) (store.Cursor, error) {
	q, err := kql.Compile(text, f.catalog, opt)
	if err != nil {
		return nil, err
	}
	return q.Run(ctx, f.store)
}

// detector returns one that evaluates many runs at once, or none.
func (f *fortnight) detector(t testing.TB, many bool) *detect.Detector {
	t.Helper()
	opt := detect.Options{}
	if many {
		opt.AskMany = f.askMany
	}
	return f.detectorWith(t, opt)
}

func (f *fortnight) detectorWith(t testing.TB, opt detect.Options) *detect.Detector {
	t.Helper()
	opt.Now, opt.Parallel = end, 1
	d, err := detect.New(f.catalog, f.store, f.ask, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func builtin(t testing.TB) []*rules.Rule {
	t.Helper()
	set, err := rules.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return set.Queries()
}

// nowOfTests is the end of the fortnight.
func nowOfTests() schema.DatetimeValue { return schema.DatetimeOf(end()) }
