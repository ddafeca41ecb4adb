package incident_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// many fills a site with incidents of a rule, each of an alert of its own, and
// changes each some times.
func (s *site) many(rule *rules.Rule, incidents, changes int) {
	s.t.Helper()
	numbers := make([]int, 0, incidents)
	for first := 0; first < incidents; first += 1000 {
		var list []*detect.Alert
		for i := first; i < min(first+1000, incidents); i++ {
			list = append(list, raised(i, fmt.Sprintf("user%d", i)))
			numbers = append(numbers, i+1)
		}
		if _, err := s.keeper.File(s.t.Context(), rule, detect.Changes{New: list}, &store.Batch{}); err != nil {
			s.t.Fatal(err)
		}
	}
	for i := range changes {
		change := incident.Change{By: "ada@tidewater.example", Comment: fmt.Sprintf("Looked at it for the time %d and found nothing yet.", i)}
		if _, err := s.keeper.UpdateMany(s.t.Context(), numbers, change); err != nil {
			s.t.Fatal(err)
		}
	}
}

// raised makes an alert about an account, n minutes into a year.
func raised(n int, account string) *detect.Alert {
	t := time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	return &detect.Alert{
		ID: fmt.Sprintf("%08x-0000-4000-8000-000000000000", n), Name: "Door opened by " + account, Description: "Somebody opened a door that is shut at night.",
		Severity: rules.Medium, Status: "New", Tactics: []string{"Impact"}, Techniques: []string{"T1485"}, Product: "Azure Sentinel",
		Time: t, Start: t.Add(-time.Minute), End: t,
		Entities: []detect.Entity{{Type: "account", Properties: []detect.Property{{Name: "Name", Value: account}}}},
	}
}

func doorRule(g rules.Grouping) *rules.Rule {
	return &rules.Rule{ID: "0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa", Name: "Door opened", Incident: rules.IncidentConfig{Create: true, Grouping: g}}
}

// BenchmarkList lists the newest 100 of 20,000 incidents with ten states each;
// BenchmarkLoad is what the first list of a process takes more.
func BenchmarkList(b *testing.B) {
	s := newSite(b)
	s.many(doorRule(rules.Grouping{}), 20_000, 9)
	s.incidents(incident.Filter{Limit: 1}) // takes up the last change
	b.Run("newest 100", func(b *testing.B) {
		for b.Loop() {
			if got := len(s.incidents(incident.Filter{Limit: 100})); got != 100 {
				b.Fatalf("got %d incidents", got)
			}
		}
	})
	b.Run("first of a process", func(b *testing.B) {
		s.wire()
		before := heap()
		s.incidents(incident.Filter{Limit: 100})
		kept := heap() - before
		for b.Loop() {
			s.wire()
			if got := len(s.incidents(incident.Filter{Limit: 100})); got != 100 {
				b.Fatalf("got %d incidents", got)
			}
		}
		b.ReportMetric(float64(kept)/(1<<20), "MB")
	})
}

// BenchmarkFile adds 150 alerts to 150 of 20,000 incidents.
func BenchmarkFile(b *testing.B) {
	s := newSite(b)
	rule := byAccount()
	s.many(rule, 20_000, 0)
	s.incidents(incident.Filter{Limit: 1}) // takes up what is there
	n := 20_000
	for b.Loop() {
		var list []*detect.Alert
		for i := range 150 {
			list = append(list, raised(n, fmt.Sprintf("user%d", 20_000-1-i)))
			n++
		}
		if n > 27_000 {
			b.Fatal("the grouping window is over: want fewer rounds")
		}
		s.file(rule, detect.Changes{New: list})
	}
	if got := len(s.incidents(incident.Filter{})); got != 20_000 {
		b.Fatalf("got %d incidents, want the alerts in those there are", got)
	}
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
