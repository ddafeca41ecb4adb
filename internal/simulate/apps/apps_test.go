package apps

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"nephoscope/internal/simulate"
)

func estate(t testing.TB, opt simulate.Options) *Estate {
	t.Helper()
	opt.End = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC) // a Friday
	c, err := simulate.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func everything(e *Estate) []byte {
	return bytes.Join(slices.Concat(slices.Collect(e.Activities()), e.Discovery(), e.Alerts()), []byte("\n"))
}

func TestSameSeedSameBytes(t *testing.T) {
	opt := simulate.Options{Seed: 3, Events: 4_000}
	first := everything(estate(t, opt))
	if !bytes.Equal(first, everything(estate(t, opt))) {
		t.Error("two estates of one seed differ")
	}
	opt.Seed++
	if bytes.Equal(first, everything(estate(t, opt))) {
		t.Error("two seeds give the same bytes")
	}
}

func TestActivitiesAreInOrderInsideTheWindow(t *testing.T) {
	e := estate(t, simulate.Options{Seed: 3, Events: 4_000, Quiet: true})
	end := e.company.Options().End.UnixMilli()
	var last int64
	n := 0
	for text := range e.Activities() {
		var a struct {
			ID        string `json:"_id"`
			Timestamp int64  `json:"timestamp"`
			User      struct {
				Name string `json:"userName"`
			} `json:"user"`
		}
		if err := json.Unmarshal(text, &a); err != nil {
			t.Fatal(err)
		}
		if a.ID == "" || a.User.Name == "" || a.Timestamp < last || a.Timestamp >= end+int64(15*time.Minute/time.Millisecond) {
			t.Fatalf("activity %d: %s", n, text)
		}
		last, n = a.Timestamp, n+1
	}
	if n < 5_000 || n > 40_000 {
		t.Errorf("got %d activities", n)
	}
}

func TestNightsAndWeekendsAreQuiet(t *testing.T) {
	e := estate(t, simulate.Options{Seed: 1, Quiet: true})
	weekend, all := 0, 0
	for i := range e.deeds {
		if e.deeds[i].category == "FAILED_LOGIN" || e.deeds[i].who == "svc-archive@"+e.company.Domain {
			continue
		}
		all++
		if d := e.deeds[i].at.Weekday(); d == time.Saturday || d == time.Sunday {
			weekend++
		}
	}
	if weekend*20 > all {
		t.Errorf("%d of %d activities at weekends", weekend, all)
	}
}

func TestRowsAreWhole(t *testing.T) {
	e := estate(t, simulate.Options{Seed: 2})
	for name, rows := range map[string][][]byte{"discovery": e.Discovery(), "alerts": e.Alerts()} {
		if len(rows) < 6 {
			t.Errorf("%s: %d rows", name, len(rows))
		}
		for _, text := range rows {
			var row map[string]any
			if err := json.Unmarshal(text, &row); err != nil || row["TimeGenerated"] == "" {
				t.Fatalf("%s: %v: %s", name, err, text)
			}
		}
	}
}

func TestDrillsOnlyWhereAskedFor(t *testing.T) {
	if got := len(estate(t, simulate.Options{Seed: 2}).Stories()); got != 0 {
		t.Errorf("got %d drills, want none", got)
	}
	e := estate(t, simulate.Options{Seed: 2, Events: 12_000, Drills: true})
	if got, want := len(e.Stories()), len(drills())+3; got != want || len(e.Leavers()) == 0 {
		t.Errorf("got %d drills and the leavers %v, want %d and one", got, e.Leavers(), want)
	}
}

// TestAzureIsNotChanged: applications beside it leave the company's events as
// they are.
func TestAzureIsNotChanged(t *testing.T) {
	e := estate(t, simulate.Options{Seed: 4, Events: 3_000})
	other, err := simulate.New(e.company.Options())
	if err != nil {
		t.Fatal(err)
	}
	next := slices.Collect(ids(other))
	if !slices.Equal(slices.Collect(ids(e.company)), next) || len(next) != 3_000 {
		t.Error("the events of the company changed")
	}
}

func ids(c *simulate.Company) func(func(simulate.GUID) bool) {
	return func(yield func(simulate.GUID) bool) {
		for event := range c.Events() {
			if !yield(event.ID) {
				return
			}
		}
	}
}

func BenchmarkActivities(b *testing.B) {
	e := estate(b, simulate.Options{Seed: 1})
	b.ReportAllocs()
	for b.Loop() {
		size := 0
		for text := range e.Activities() {
			size += len(text)
		}
		b.SetBytes(int64(size))
	}
}
