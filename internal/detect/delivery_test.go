package detect_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/decode"
	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// A parcel is a record that happens and arrives.
type parcel struct {
	record      []byte
	at, arrives time.Time
}

// lastDay is when the fortnight of the company ends.
func lastDay() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// parcels are a company's events in order.
func parcels(t *testing.T, events int) []parcel {
	t.Helper()
	company, err := simulate.New(simulate.Options{End: lastDay(), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	w, err := simulate.NewWriter(&text, simulate.ShapeStorage)
	if err != nil {
		t.Fatal(err)
	}
	var list []parcel
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
		list = append(list, parcel{at: e.Time, arrives: e.Time})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(text.Bytes()), []byte("\n")) {
		list[i].record = line
	}
	return list
}

// A delivery is one way of the same events into a store, with sweeps in between.
type delivery struct {
	t        *testing.T
	catalog  *tables.Catalog
	store    store.Store
	rules    []*rules.Rule
	now      time.Time
	detector *detect.Detector
	messages int
	restarts int
	reports  map[string]int // what all sweeps did
}

func newDelivery(t *testing.T, list []*rules.Rule) *delivery {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	d := &delivery{t: t, catalog: catalog, rules: list, now: lastDay(), reports: map[string]int{}}
	db, err := duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: catalog, Now: d.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d.store = db
	d.restart()
	return d
}

func (d *delivery) clock() time.Time { return d.now }

// restart forgets what a process remembers. Every other process reads many runs
// in one statement.
func (d *delivery) restart() {
	d.t.Helper()
	var err error
	opt := detect.Options{Now: d.clock}
	if d.restarts++; d.restarts%2 == 0 {
		opt.AskMany = d.askMany
	}
	if d.detector, err = detect.New(d.catalog, d.store, d.ask, opt); err != nil {
		d.t.Fatal(err)
	}
}

func (d *delivery) askMany(ctx context.Context, text string, runs kql.Runs) (store.Cursor, error) {
	q, err := kql.Compile(text, d.catalog, kql.Options{Now: runs.Last, Runs: &runs})
	if err != nil {
		return nil, err
	}
	return q.Run(ctx, d.store)
}

func (d *delivery) ask(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
	q, err := kql.Compile(text, d.catalog, kql.Options{Now: w.Now, Window: &kql.Window{From: w.From, To: w.To}})
	if err != nil {
		return nil, err
	}
	return q.Run(ctx, d.store)
}

// ingest commits events as one batch.
func (d *delivery) ingest(list []parcel) {
	d.t.Helper()
	records := make([][]byte, len(list))
	for i, p := range list {
		records[i] = p.record
	}
	d.commit(event.FormatStorage, records)
}

func (d *delivery) commit(format event.Format, records [][]byte) {
	d.t.Helper()
	table, _ := d.catalog.Table("AzureActivity")
	rows := schema.NewRows(table)
	d.messages++
	message := &event.Message{Body: bytes.Join(records, []byte("\n")), Format: format}
	err := decode.New(decode.Options{}).Decode(message, "test", strconv.Itoa(d.messages),
		func(rec *event.Record) error { return table.Map(rec, rows) },
		func(r *decode.Reject) error { return fmt.Errorf("rejected: %s", r.Detail) })
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.store.Commit(d.t.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *delivery) sweep(span detect.Range) {
	d.t.Helper()
	for _, r := range d.detector.SweepAll(d.t.Context(), d.rules, span) {
		if r.Err != nil {
			d.t.Fatal(r.Err)
		}
		d.reports["runs"] += r.Runs
		d.reports["raised"] += r.Alerts
		d.reports["revised"] += r.Revised
		d.reports["withdrawn"] += r.Withdrawn
	}
}

// standing lists the alerts that stand, by rule and fingerprint.
func (d *delivery) standing() []string {
	d.t.Helper()
	cursor, err := d.ask(d.t.Context(), "SecurityAlert | summarize arg_max(TimeGenerated, *) by SystemAlertId", detect.Window{To: schema.MaxDatetime, Now: 1})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	list := []string{}
	for {
		values, err := cursor.Next()
		if err != nil {
			d.t.Fatal(err)
		}
		if values == nil {
			slices.Sort(list)
			return list
		}
		if a := detect.ReadAlert(cursor.Columns(), values); a.Withdrawn == "" {
			list = append(list, a.RuleName+" "+a.Fingerprint+" "+a.Name)
		}
	}
}

// inOrder delivers everything as it happens.
func (d *delivery) inOrder(list []parcel) {
	for part := range slices.Chunk(list, len(list)/3+1) {
		d.ingest(part)
		d.sweep(detect.Range{})
	}
}

// shuffled delivers in an order that has nothing to do with time.
func (d *delivery) shuffled(list []parcel, chance *rand.Rand) {
	list = slices.Clone(list)
	chance.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for part := range slices.Chunk(list, len(list)/4+1) {
		d.ingest(part)
		d.sweep(detect.Range{})
		d.restart()
	}
}

// delayed delivers each event up to 40 hours late, half of them at once, by a
// clock that live sweeps follow.
func (d *delivery) delayed(list []parcel, chance *rand.Rand) {
	list = slices.Clone(list)
	d.now = list[0].at.Add(-time.Hour)
	span := detect.Range{Live: true, MaxLateness: 48 * time.Hour}
	d.sweep(span)
	for i := range list {
		if chance.IntN(2) == 0 {
			list[i].arrives = list[i].at.Add(time.Duration(chance.Float64() * float64(40*time.Hour)))
		}
	}
	slices.SortStableFunc(list, func(a, b parcel) int { return a.arrives.Compare(b.arrives) })
	for len(list) > 0 {
		d.now = d.now.Add(time.Duration((0.2 + 2.5*chance.Float64()) * float64(24*time.Hour)))
		n, _ := slices.BinarySearchFunc(list, d.now, func(p parcel, t time.Time) int { return p.arrives.Compare(t) })
		if n == 0 {
			continue
		}
		d.arriveAll(list[:n])
		list = list[n:]
		d.sweep(span)
		if chance.IntN(2) == 0 {
			d.restart()
		}
	}
}

// arriveAll ingests events that arrive one after the other, four hours at a time, so
// that the store writes down when each came.
func (d *delivery) arriveAll(list []parcel) {
	end := d.now
	for len(list) > 0 {
		n := 0
		for n < len(list) && list[n].arrives.Before(list[0].arrives.Add(4*time.Hour)) {
			n++
		}
		d.now = list[n-1].arrives
		d.ingest(list[:n])
		list = list[n:]
	}
	d.now = end
}

// TestAnyDelivery runs built-in rules over a company's events that come in
// order, shuffled, and up to 40 hours late, and expects the same alerts. It
// takes every fourth rule; with NEPHOSCOPE_ORDER_EVENTS, which sets the number
// of events, it takes all.
func TestAnyDelivery(t *testing.T) {
	set, err := rules.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	events, every := 3000, 4
	if text := os.Getenv("NEPHOSCOPE_ORDER_EVENTS"); text != "" {
		if events, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		every = 1
	} else if testing.Short() {
		t.Skip("three deliveries take 20 s of processor time: they are made without -short, and by 'make order'")
	}
	var chosen []*rules.Rule
	for i, rule := range set.Queries() {
		if i%every == 0 {
			chosen = append(chosen, rule)
		}
	}
	list := parcels(t, events)
	calm := newDelivery(t, chosen)
	calm.inOrder(list)
	want := calm.standing()
	if len(want) < 4 {
		t.Fatalf("got %d alerts in order, want some to compare", len(want))
	}
	t.Logf("%d rules, %d events in order: %d alerts stand, %v", len(chosen), events, len(want), calm.reports)
	for name, deliver := range map[string]func(*delivery, *rand.Rand){
		"shuffled": func(d *delivery, chance *rand.Rand) { d.shuffled(list, chance) },
		"delayed":  func(d *delivery, chance *rand.Rand) { d.delayed(list, chance) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDelivery(t, chosen)
			began := time.Now()
			deliver(d, rand.New(rand.NewPCG(7, uint64(events))))
			t.Logf("%s: %v in %s", name, d.reports, time.Since(began).Round(time.Second))
			if diff := cmp.Diff(want, d.standing()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
