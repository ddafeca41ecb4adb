package detect

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
)

// TestSavedFunctions sweeps a rule whose query names no table: what it reads is
// in a function that is kept outside of it.
func TestSavedFunctions(t *testing.T) {
	w := newWorld(t)
	w.happen("alice", "2026-03-02T10:30:00Z")
	r := rule(func(r *rules.Rule) { r.Query = "Doors | where true" })
	d := w.detector(Options{Unfolded: func(_ context.Context, query string) ([]string, error) {
		if query != r.Query {
			t.Errorf("asked for what %q reads", query)
		}
		return []string{"AzureActivity"}, nil
	}})
	if _, err := d.Sweep(t.Context(), r, Range{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Door opened by alice"}, w.names()); diff != "" {
		t.Error(diff)
	}
}

// TestSavedFunctionsChange asks anew what a query reads that calls functions.
func TestSavedFunctionsChange(t *testing.T) {
	w := newWorld(t)
	tables := []string{"AzureActivity"}
	d := w.detector(Options{Unfolded: func(context.Context, string) ([]string, error) { return tables, nil }})
	r := rule(func(r *rules.Rule) { r.Query = "Doors | where true" })
	read := func() []string {
		var names []string
		for _, s := range d.gate.look(t.Context(), d, r).sieves {
			names = append(names, s.Table)
		}
		return names
	}
	before := read()
	tables = []string{"SecurityAlert"}
	if after := read(); !slices.Equal(before, []string{"AzureActivity"}) || !slices.Equal(after, tables) {
		t.Errorf("the rule reads %v and then %v", before, after)
	}
}

// TestCannotRead tells what is wrong with a query from what could not be read
// just now: the first can turn a rule off, the second passes.
func TestCannotRead(t *testing.T) {
	wrong := &kql.Error{Line: 1, Column: 1, Message: "there is no column"}
	unread := &kql.Error{Line: 1, Column: 1, Message: "the watchlist cannot be read", Cause: errors.New("the disk is busy")}
	for _, c := range []struct {
		err  error
		want bool
	}{{kql.Errors{wrong}, true}, {kql.Errors{unread}, false}, {kql.Errors{wrong, unread}, false}} {
		w := newWorld(t)
		d := w.detector(Options{Unfolded: func(context.Context, string) ([]string, error) { return nil, c.err }})
		_, err := d.Sweep(t.Context(), rule(nil), Range{})
		if run := (*RunError)(nil); !errors.As(err, &run) || run.Permanent != c.want {
			t.Errorf("%v: got %#v, want permanent %t", c.err, err, c.want)
		}
		if n := len(w.stored[healthTable]); n != 1 {
			t.Errorf("%v: %d records of runs, want that of the failed one", c.err, n)
		}
	}
}

// TestSilenceIsAskedAgain fills what a rule compares events with, so that it
// alerts on silence from then on.
func TestSilenceIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2026, 3, 2, 10, 30, 0, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	missing := []any{}
	w.query = func(Window, []happening) []any { return missing }
	swept(t, d, rule(nil), Range{Live: true})
	missing = []any{[]any{ticks(t, "2026-03-02T09:00:00Z"), "ada"}}
	for range 3 {
		now = now.Add(time.Hour)
		swept(t, d, rule(nil), Range{Live: true})
	}
	if len(w.names()) == 0 {
		t.Error("no alert though nothing happened for hours")
	}
	if due, _, err := d.Arrivals(t.Context(), []*rules.Rule{rule(nil)}, 0); err != nil || len(due) != 1 {
		t.Errorf("got %v and %v, want that the rule is due whatever arrives", due, err)
	}
}
