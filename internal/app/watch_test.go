package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nephoscope/internal/config"
	"nephoscope/internal/incident"
	"nephoscope/internal/simulate"
	"nephoscope/internal/source/file"
)

// TestRunRaisesIncidents lets a server find what a company did, up
// to the hour, and nothing that lies in its future.
func TestRunRaisesIncidents(t *testing.T) {
	end := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Data = filepath.Join(t.TempDir(), "data")
	a, err := Open(t.Context(), cfg, Options{Now: func() time.Time { return end.Add(time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	ingestCompany(t, a, simulate.Options{Seed: 1, Events: 4000, End: end})
	if err := a.OpenRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watched := make(chan error, 1)
	go func() { watched <- a.Run(ctx) }()
	deadline := time.Now().Add(2 * time.Minute)
	found := 0
	for ; found == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // between two looks at the store
		incidents, err := a.Incidents().List(t.Context(), incident.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		found = len(incidents)
	}
	cancel()
	if found == 0 {
		t.Error("no incident after two minutes")
	}
	if err := <-watched; err != nil {
		t.Errorf("told to stop: got %v, want nil", err)
	}
}

// ingestCompany reads what a company did into the store.
func ingestCompany(t *testing.T, a *App, opt simulate.Options) {
	t.Helper()
	company, err := simulate.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "events.json")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := simulate.NewWriter(out, simulate.ShapeHub)
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
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.IngestFiles(t.Context(), file.Options{Paths: []string{path}}); err != nil {
		t.Fatal(err)
	}
}
