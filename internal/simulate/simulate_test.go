package simulate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var end = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC) // a Friday

func company(t testing.TB, opt Options) *Company {
	t.Helper()
	opt.End = end
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func render(t testing.TB, c *Company, shape Shape) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, shape)
	if err != nil {
		t.Fatal(err)
	}
	for e := range c.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestExactNumberInOrderInsideTheWindow(t *testing.T) {
	for _, n := range []int{1, 99, 3_000, 30_000} {
		c := company(t, Options{Seed: 7, Events: n})
		got, last := 0, c.opt.start()
		for e := range c.Events() {
			if e.Time.Before(last) || !e.Time.Before(end) {
				t.Fatalf("n=%d: event %d at %v, want in [%v, %v)", n, got, e.Time, last, end)
			}
			got, last = got+1, e.Time
		}
		if got != n {
			t.Errorf("got %d events, want %d", got, n)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	opt := Options{Seed: 3, Events: 5_000}
	a, b := render(t, company(t, opt), ShapeHub), render(t, company(t, opt), ShapeHub)
	if !bytes.Equal(a, b) {
		t.Error("two runs of one seed differ")
	}
	opt.Seed++
	if bytes.Equal(a, render(t, company(t, opt), ShapeHub)) {
		t.Error("two seeds give the same bytes")
	}
}

func TestRecordsHaveTheSizeOfRealOnes(t *testing.T) {
	const n = 10_000
	size := len(render(t, company(t, Options{Seed: 1, Events: n}), ShapeHub)) / n
	if size < 2_800 || size > 3_300 {
		t.Errorf("a hub record has %d bytes, want 2800 to 3300", size)
	}
}

func TestWeekendsAndNightsAreQuiet(t *testing.T) {
	var weekday, weekend, night, day int
	for e := range company(t, Options{Seed: 1}).Events() {
		if e.Caller == nil || e.Caller.UPN == "" {
			continue
		}
		switch {
		case e.Time.Weekday() == time.Saturday || e.Time.Weekday() == time.Sunday:
			weekend++
		default:
			weekday++
		}
		if h := e.Time.Add(e.Caller.habits.offset).Hour(); h >= 8 && h < 18 {
			day++
		} else {
			night++
		}
	}
	if weekend*20 > weekday || night*3 > day {
		t.Errorf("weekday %d, weekend %d; day %d, night %d: want quiet weekends and nights", weekday, weekend, day, night)
	}
}

func TestJSONShapesAreValid(t *testing.T) {
	const n = 2_500
	for shape, count := range map[Shape]func(any) int{
		ShapeHub: inEnvelope("records"), ShapeHubProfile: inEnvelope("records"), ShapeREST: inEnvelope("value"),
		ShapeStorage: func(any) int { return 1 }, ShapeTableJSON: func(any) int { return 1 },
	} {
		dec := json.NewDecoder(bytes.NewReader(render(t, company(t, Options{Seed: 5, Events: n}), shape)))
		got := 0
		for {
			var doc any
			if err := dec.Decode(&doc); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", shape, err)
			}
			got += count(doc)
		}
		if got != n {
			t.Errorf("%s: got %d events, want %d", shape, got, n)
		}
	}
}

func inEnvelope(key string) func(any) int {
	return func(doc any) int { return len(doc.(map[string]any)[key].([]any)) }
}

func TestCSVHasARowPerEvent(t *testing.T) {
	const n = 500
	rows, err := csv.NewReader(bytes.NewReader(render(t, company(t, Options{Seed: 5, Events: n}), ShapeTable))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != n+1 {
		t.Errorf("got %d lines, want %d and a header", len(rows), n)
	}
}

func TestEveryKindIsInAStoryAndInTheEvents(t *testing.T) {
	c := company(t, Options{Seed: 11})
	var kinds []Kind
	for _, story := range c.Stories() {
		if story.Name == "" || story.Summary == "" || len(story.Signals) == 0 {
			t.Errorf("story %+v is incomplete", story)
		}
		for _, signal := range story.Signals {
			kinds = append(kinds, signal.Kind)
			if got := eventsOf(c, signal); got < signal.Events {
				t.Errorf("%s: %d events in the stream, want %d", signal.Kind, got, signal.Events)
			}
		}
	}
	for _, want := range []Kind{
		KeysListed, DiagnosticsRemoved, RoleGranted, CommandRun, LockRemoved,
		MassDeletion, VaultPurged, PolicyExempted, ExpensiveCompute, OpenedToWorld,
	} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no story has %q", want)
		}
	}
}

// eventsOf counts the stream's events that match a signal's actor, address,
// time and resources.
func eventsOf(c *Company, signal Signal) int {
	n := 0
	for e := range c.Events() {
		if e.Time.Before(signal.First) || e.Time.After(signal.Last) || e.CallerName() != signal.Actor || e.address() != signal.IP {
			continue
		}
		if slices.Contains(signal.Resources, strings.ToLower(e.Resource.ID)) {
			n++
		}
	}
	return n
}

func TestFewEventsHideNothing(t *testing.T) {
	for _, opt := range []Options{{Events: LeastForStories - 1}, {Days: LeastDaysForStories - 1}} {
		if got := company(t, opt).Stories(); len(got) != 0 {
			t.Errorf("%+v: got %d stories, want none", opt, len(got))
		}
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	for _, opt := range []Options{{}, {End: end, Days: -1}, {End: end, Events: -5}, {End: end, Days: 1000}} {
		if _, err := New(opt); err == nil {
			t.Errorf("New(%+v) is accepted, want an error", opt)
		}
	}
	if _, err := NewWriter(io.Discard, "xml"); err == nil || !strings.Contains(err.Error(), "hub-profile") {
		t.Errorf("NewWriter(xml) gives %v, want an error that lists the shapes", err)
	}
}

func BenchmarkWriteHub(b *testing.B) {
	const n = 20_000
	c := company(b, Options{Seed: 1, Events: n})
	b.SetBytes(int64(len(render(b, c, ShapeHub))))
	b.ReportAllocs()
	for b.Loop() {
		w, err := NewWriter(io.Discard, ShapeHub)
		if err != nil {
			b.Fatal(err)
		}
		for e := range c.Events() {
			if err := w.Write(e); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
