package export

import (
	"bytes"
	"testing"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/event"
	"nephoscope/internal/output/eventhub"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
)

// TestToOurHub exports a company's events to a hub that the first of them
// makes. What a reader finds there are the same rows with the same ids.
func TestToOurHub(t *testing.T) {
	for shape, envelope := range map[simulate.Shape]eventhub.Envelope{simulate.ShapeHub: eventhub.Hub, simulate.ShapeHubProfile: eventhub.HubProfile} {
		t.Run(string(shape), func(t *testing.T) {
			m := memory(t)
			rows := rowsOf(t, event.FormatHub, simulated(t, shape, 3000))
			if _, err := m.Commit(t.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
				t.Fatal(err)
			}
			ns := remotetest.Serve(t)
			cfg := eventhub.Default()
			cfg.Name, cfg.ConnectionString, cfg.Envelope, cfg.PartitionKey = "test", ns.Root(t).Text(), envelope, eventhub.SubscriptionKey
			out, err := eventhub.New(cfg, eventhub.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := run(t, m, out, nil)
			if err != nil || p.Sent != 3000 {
				t.Fatalf("got %+v, %v, want 3000 sent", p, err)
			}
			if err := out.Close(t.Context()); err != nil {
				t.Error(err)
			}
			want := map[schema.ID]bool{}
			for _, id := range rows.IDs {
				want[id] = true
			}
			name := map[eventhub.Envelope]string{eventhub.Hub: azure.DiagnosticHub, eventhub.HubProfile: azure.ProfileHub}[envelope]
			records := 0
			for _, e := range ns.Events(t, name) {
				for _, id := range rowsOf(t, event.FormatHub, string(e.Body)).IDs {
					records++
					if !want[id] {
						t.Fatalf("a row of the hub is none of those that were sent: %.300s", e.Body)
					}
					delete(want, id)
				}
			}
			if records != 3000 || len(want) != 0 {
				t.Errorf("the hub has %d records, %d rows are missing", records, len(want))
			}
		})
	}
}

// simulated returns events of a made-up company in one of Azure's shapes.
func simulated(t *testing.T, shape simulate.Shape, events int) string {
	t.Helper()
	company, err := simulate.New(simulate.Options{Seed: 11, End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := simulate.NewWriter(&out, shape)
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
	return out.String()
}
