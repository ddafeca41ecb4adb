package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"nephoscope/internal/config"
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
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	runUntilEnd(t, a)
	ingestCompany(t, a, simulate.Options{Seed: 1, Events: 4000, End: end})
	for _, s := range a.scheduler.States() {
		a.scheduler.Trigger(s.RuleID) // as its clock would, some time later
	}
	waitForIncident(t, a)
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
