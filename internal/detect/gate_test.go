package detect_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
)

// lookFor is a rule over one hour with a query.
func lookFor(id int, query string) *rules.Rule {
	return &rules.Rule{
		ID: fmt.Sprintf("0d9b1b7e-1f0e-4a57-8f52-%012d", id), Name: query, Kind: rules.Scheduled, Severity: rules.Low,
		Frequency: time.Hour, Period: time.Hour, Operator: rules.GreaterThan, Query: query, PerResult: true,
	}
}

func arrivals(t testing.TB, d *detect.Detector, list []*rules.Rule, after int64) ([]string, int64) {
	t.Helper()
	due, newest, err := d.Arrivals(t.Context(), list, after)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range due {
		names = append(names, r.Name)
	}
	return names, newest
}

func TestArrivals(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 3_000)
	d := f.detector(t, false)
	rare := "AzureActivity | where OperationNameValue =~ 'Microsoft.Authorization/locks/delete'"
	last := f.number(t, rare+" | summarize max(_Sequence)")
	newest := f.number(t, "AzureActivity | summarize max(_Sequence)")
	quiet := lookFor(3, "AzureActivity | where Level == 'never'")
	silence := lookFor(4, "AzureActivity | where Level == 'never'\n| summarize n = count()")
	list := []*rules.Rule{
		lookFor(1, rare), lookFor(2, "AzureActivity | summarize count() by Caller"), quiet, silence,
		lookFor(5, "NoSuchTable | take 1"),
		{ID: "6", Name: "incidents", Kind: rules.IncidentCreation},
		lookFor(7, "SecurityAlert | where AlertName == 'x'"), lookFor(8, "AzureActivity | where NoSuchColumn == 1"),
	}
	always := []string{silence.Name, list[4].Name, list[7].Name}
	for _, c := range []struct {
		after int64
		want  []string
	}{
		{-1, []string{list[0].Name, list[1].Name}},
		{last - 1, []string{list[0].Name, list[1].Name}},
		{last, []string{list[1].Name}},
		{newest, nil},
	} {
		got, n := arrivals(t, d, list, c.after)
		want := append(c.want, always...)
		if diff := cmp.Diff(want, got); diff != "" || n != newest {
			t.Errorf("after %d: newest %d, want %d: %s", c.after, n, newest, diff)
		}
	}
}

// TestArrivalsMissNothing compares the rules that are due with those whose own
// sieve lets rows through.
func TestArrivalsMissNothing(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 3_000)
	d := f.detector(t, false)
	list := builtin(t)
	for after := int64(-1); after < 3_000; after += 251 {
		got, _ := arrivals(t, d, list, after)
		for _, r := range list {
			alone, _ := arrivals(t, d, []*rules.Rule{r}, after)
			if slices.Contains(got, r.Name) != (len(alone) > 0) {
				t.Errorf("after %d: %s is due alone: %t, among the others: %t", after, r.Name, len(alone) > 0, slices.Contains(got, r.Name))
			}
		}
	}
}

func TestAdvance(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 3_000)
	d := f.detector(t, false)
	swept, fresh := lookFor(1, "AzureActivity | where Level == 'never'"), lookFor(2, "AzureActivity")
	if _, err := d.Sweep(t.Context(), swept, detect.Range{}); err != nil {
		t.Fatal(err)
	}
	newest := f.number(t, "AzureActivity | summarize max(_Sequence)")
	position := func(r *rules.Rule) string {
		token, err := f.store.Position(t.Context(), "rule", r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	before := position(swept)
	for _, c := range []struct {
		to    int64
		moves bool
	}{{newest - 5, false}, {newest, false}, {newest + 7, true}} {
		if err := d.Advance(t.Context(), []*rules.Rule{fresh, swept}, c.to); err != nil {
			t.Fatal(err)
		}
		if moved := position(swept) != before; moved != c.moves || position(fresh) != "" {
			t.Errorf("advance to %d: moved %t, want %t; the rule that never ran is at %q", c.to, moved, c.moves, position(fresh))
		}
	}
	report, err := d.Sweep(t.Context(), swept, detect.Range{})
	if err != nil || report.Runs != 0 {
		t.Errorf("got %d runs and %v after the advance, want none", report.Runs, err)
	}
}

// number asks for one number.
func (f *fortnight) number(t testing.TB, query string) int64 {
	t.Helper()
	cursor, err := f.query(t.Context(), query, kql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }() // only read
	row, err := cursor.Next()
	if err != nil {
		t.Fatal(err)
	}
	n, _ := row[0].(int64)
	return n
}

// BenchmarkArrivals asks for 100 rules what 20,000 new rows among 100,000
// concern, and what nothing new does.
func BenchmarkArrivals(b *testing.B) {
	f := openFortnight(b, b.TempDir(), 100_000)
	d := f.detector(b, false)
	var list []*rules.Rule
	for i, own := 0, builtin(b); i < 100; i++ {
		rule := *own[i%len(own)]
		rule.ID = fmt.Sprintf("%s-%d", rule.ID, i)
		list = append(list, &rule)
	}
	newest := f.number(b, "AzureActivity | summarize max(_Sequence)")
	for name, after := range map[string]int64{"20000": newest - 20_000, "nothing": newest} {
		b.Run(name, func(b *testing.B) {
			arrivals(b, d, list, after) // the rules are known now
			for b.Loop() {
				arrivals(b, d, list, after)
			}
		})
	}
}
