// Package outputtest is the suite that every output passes, and a store in
// memory to feed outputs from. The suite runs the real Runner over rows of a
// small table and looks at what the output's receiver got.
package outputtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/retry"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A Case is an output under test.
type Case struct {
	// Open returns a new output and the receiver that it delivers to. What
	// they need ends with the test.
	Open func(t *testing.T) Rig
	// Real says that output and receiver wait for real things, such as a
	// socket, so that time cannot be made up.
	Real bool
}

// A Rig is an output with its receiver.
type Rig struct {
	Output output.Output
	// Received returns the rows that the receiver has, in the order in which
	// it took them; of rows with different keys the order does not matter. A
	// row is told by the text in its column Name, which is unique, and its
	// key by the column Key.
	Received func() []string
	// Busy makes the receiver refuse the next n deliveries or parts of one
	// as one does that has too much to do.
	Busy func(n int)
	// Reject makes the receiver refuse the row with that Name whenever it
	// comes, also inside of a batch. It is nil for receivers that take every
	// row that can be written.
	Reject func(name string)
	// TooLarge is the size in bytes of a Name that the receiver can never
	// take; 0 if there is no such size.
	TooLarge int
}

// Table returns the catalogue's table of the suite, for the settings of the
// output under test.
func Table() *schema.Table {
	return &schema.Table{
		Name: "Deliveries", Version: 1, Retention: 30,
		Columns: []schema.Column{
			{Name: "TimeGenerated", Type: schema.Datetime},
			{Name: "Name", Type: schema.String},
			{Name: "Key", Type: schema.String},
			{Name: "Number", Type: schema.Long},
		},
	}
}

// Run runs the suite.
func Run(t *testing.T, c Case) {
	for _, one := range []struct {
		name string
		test func(*world)
	}{
		{"everything arrives in order", everything},
		{"what arrives later arrives, too", later},
		{"a failing delivery is repeated", failing},
		{"a row that is refused becomes a dead letter", rejecting},
		{"a row that is too large becomes a dead letter", oversize},
		{"told to stop it stops and goes on later", stopping},
	} {
		t.Run(one.name, func(t *testing.T) {
			if c.Real {
				one.test(newWorld(t, c))
				return
			}
			synctest.Test(t, func(t *testing.T) { one.test(newWorld(t, c)) })
		})
	}
}

// A world is a store with rows, and the rig under test.
type world struct {
	*testing.T
	Rig
	store   *Memory
	catalog schema.Catalog
	made    []string // names of the rows in the store
}

func newWorld(t *testing.T, c Case) *world {
	catalog, err := tables.NewCatalog(Table())
	if err != nil {
		t.Fatal(err)
	}
	return &world{T: t, Rig: c.Open(t), catalog: catalog, store: NewMemory(catalog, schema.DatetimeOf(time.Unix(1_800_000_000, 0)))}
}

// add commits n rows with three keys, and returns their names.
func (w *world) add(n int) []string {
	w.Helper()
	var names []string
	for range n {
		names = append(names, fmt.Sprintf("row %d", len(w.made)+len(names)))
	}
	w.addNamed(names...)
	return names
}

func (w *world) addNamed(names ...string) {
	w.Helper()
	rows := schema.NewRows(Table())
	for _, name := range names {
		n := len(w.made)
		rows.SetInt(0, int64(schema.DatetimeOf(time.Unix(1_700_000_000+int64(n), 0))))
		rows.SetString(1, name)
		rows.SetString(2, key(name))
		rows.SetInt(3, int64(n))
		rows.End(schema.ID{14: byte(n >> 8), 15: byte(n)})
		w.made = append(w.made, name)
	}
	if _, err := w.store.Commit(w.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		w.Fatal(err)
	}
}

// key spreads names over three keys.
func key(name string) string {
	sum := 0
	for _, c := range []byte(name) {
		sum += int(c)
	}
	return fmt.Sprintf("key %d", sum%3)
}

// runner returns a Runner with small batches and short waits.
func (w *world) runner() *output.Runner {
	w.Helper()
	r, err := output.New(w.store, w.store, w.catalog, output.Options{
		Backoff: retry.Backoff{First: 5 * time.Millisecond, Most: 20 * time.Millisecond}, Poll: 5 * time.Millisecond,
	}, output.Feed{
		Name: "under-test", Output: w.Output, Start: output.Earliest, Rows: 7,
		Follow: []output.Selection{{Table: Table().Name}},
	})
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// drain delivers everything that is stored.
func (w *world) drain() output.State {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	r := w.runner()
	if err := r.Drain(ctx); err != nil {
		w.Fatalf("drain: %v; the output stands as %+v", err, r.States())
	}
	return r.States()[0]
}

// expect compares what was received with the names: each is there, in order
// by key. Repeats are only allowed where the suite has made something fail.
func (w *world) expect(names []string, repeats bool) {
	w.Helper()
	got := map[string][]string{}
	seen := map[string]bool{}
	for _, name := range w.Received() {
		if seen[name] && !repeats {
			w.Errorf("%s arrived twice", short(name))
		}
		if !seen[name] {
			got[key(name)] = append(got[key(name)], name)
		}
		seen[name] = true
	}
	want := map[string][]string{}
	for _, name := range names {
		want[key(name)] = append(want[key(name)], name)
	}
	for k := range 3 {
		k := fmt.Sprintf("key %d", k)
		if !slices.Equal(got[k], want[k]) {
			w.Errorf("rows of %s: got %s, want %s", k, shorts(got[k]), shorts(want[k]))
		}
	}
}

func short(name string) string { return name[:min(len(name), 20)] }

func shorts(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = short(name)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func everything(w *world) {
	names := w.add(30)
	state := w.drain()
	w.expect(names, false)
	if state.Delivered != 30 || state.Refused != 0 || state.LagRows != 0 || state.Failures != 0 {
		w.Errorf("got state %+v, want 30 delivered and nothing else", state)
	}
	if again := w.drain(); again.Delivered != 0 {
		w.Errorf("a second run delivered %d rows, want none", again.Delivered)
	}
	w.expect(names, false)
}

func later(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	r := w.runner()
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var names []string
	for range 3 {
		names = append(names, w.add(5)...)
		w.store.Skip(1000)
		r.Wake()
		w.until(func() bool { return len(w.Received()) >= len(names) })
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		w.Errorf("Run returned %v, want the end of the context", err)
	}
	w.expect(names, false)
}

// until waits for a condition that will become true.
func (w *world) until(ready func() bool) {
	w.Helper()
	for range 10_000 {
		if ready() {
			return
		}
		time.Sleep(time.Millisecond) // between two looks at a receiver, which may be a network away
	}
	w.Fatal("it did not happen within ten seconds")
}

func failing(w *world) {
	names := w.add(30)
	w.Busy(3)
	state := w.drain()
	w.expect(names, true)
	if state.Failures == 0 || state.LastError == "" || state.Delivered != 30 || state.Refused != 0 {
		w.Errorf("got state %+v, want failures and all 30 delivered", state)
	}
}

func rejecting(w *world) {
	if w.Reject == nil {
		w.Skip("this receiver takes every row")
	}
	names := w.add(20)
	w.Reject(names[3])
	w.Reject(names[4])
	w.Reject(names[19])
	w.buries(names, 3, 4, 19)
}

func oversize(w *world) {
	if w.TooLarge == 0 {
		w.Skip("this receiver takes rows of any size")
	}
	names := w.add(4)
	names = append(names, strings.Repeat("x", w.TooLarge))
	w.addNamed(names[4])
	names = append(names, w.add(4)...)
	w.buries(names, 4)
	for _, row := range w.store.Rows("DeadLetter").Rows {
		if reason := row.Values[5]; reason != string(output.TooLarge) {
			w.Errorf("the reason is %v, want %s", reason, output.TooLarge)
		}
	}
}

// buries drains and expects dead letters of the rows with these indexes, and
// all others to arrive.
func (w *world) buries(names []string, dead ...int) {
	w.Helper()
	state := w.drain()
	var alive []string
	stored := w.store.Rows(Table().Name)
	var want []string
	for i, name := range names {
		if slices.Contains(dead, i) {
			want = append(want, stored.Rows[i].ID)
		} else {
			alive = append(alive, name)
		}
	}
	w.expect(alive, true)
	var got []string
	for _, row := range w.store.Rows("DeadLetter").Rows {
		got = append(got, row.Values[3].(string))
	}
	if !slices.Equal(got, want) {
		w.Errorf("dead letters of %v, want %v", got, want)
	}
	if state.Refused != int64(len(dead)) || state.Delivered != int64(len(alive)) {
		w.Errorf("got state %+v, want %d delivered and %d refused", state, len(alive), len(dead))
	}
	if again := w.drain(); again.Delivered+again.Refused != 0 {
		w.Errorf("a second run tried %d rows, want none", again.Delivered+again.Refused)
	}
}

func stopping(w *world) {
	names := w.add(30)
	for len(w.Received()) < 30 {
		ctx, cancel := context.WithCancel(w.Context())
		had := len(w.Received())
		r := w.runner()
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		w.until(func() bool { return len(w.Received()) > had })
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			w.Fatalf("Run returned %v, want the end of the context", err)
		}
	}
	w.drain()
	w.expect(names, true)
}
