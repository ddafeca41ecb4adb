package sigma_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/sigma"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
)

// publicFiles reads the Sigma files of the folder that NEPHOSCOPE_SIGMA names.
func publicFiles(t *testing.T) []sigma.File {
	t.Helper()
	dir := os.Getenv("NEPHOSCOPE_SIGMA")
	if dir == "" {
		t.Skip("NEPHOSCOPE_SIGMA is not set: it names a folder of Sigma rules, such as rules/cloud/azure of the public set")
	}
	var files []sigma.File
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yml" && filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if sigma.IsSigma(data) {
			files = append(files, sigma.File{Path: path, Data: data})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestPublicRules converts a folder of rules, tells which are refused and why,
// and holds each of the others against an event made of its own condition and
// against a normal company.
func TestPublicRules(t *testing.T) {
	files := publicFiles(t)
	list, err := sigma.ConvertAll(files, sigma.Options{})
	if err != nil {
		t.Fatal(err)
	}
	company := newStand(t)
	company.live(t)
	s := newStand(t)
	counts := map[string]int{}
	for _, r := range list {
		folder := filepath.Base(filepath.Dir(r.Path))
		counts[folder+": documents"]++
		if r.Refusal != nil {
			counts[folder+": refused"]++
			t.Logf("refused: %v", r.Refusal)
			continue
		}
		if r.Rule == nil {
			continue
		}
		counts[folder+": converted"]++
		valid(t, s.catalog, r.Rule)
		if got := s.fires(t, r, files); got != 1 {
			t.Errorf("%s: %d alerts for an event of its own condition\n%s", r.Path, got, r.Rule.Query)
		}
		if n := company.noise(t, r.Rule); n > 0 {
			counts[folder+": fire on a normal company"]++
			t.Logf("%s fires %d times in 14 days of a normal company", r.Path, n)
		}
	}
	for _, line := range sortedCounts(counts) {
		t.Log(line)
	}
}

func sortedCounts(counts map[string]int) []string {
	var lines []string
	for name, n := range counts {
		lines = append(lines, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(lines)
	return lines
}

// fires returns how many rows the rule finds of an event that is made of it.
func (s *stand) fires(t *testing.T, r *sigma.Result, files []sigma.File) int {
	t.Helper()
	for _, f := range files {
		docs, _ := syntax.Documents(f.Data)
		for _, d := range docs {
			if f.Path != r.Path || d.Document.Place != r.Place || d.Document.Detection == nil {
				continue
			}
			if d.Document.Detection.Count != nil {
				continue
			}
			service := logsource.Find(d.Document.Logsource.Product, d.Document.Logsource.Service)
			day := s.newDay()
			s.add(t, service.Table, day.Add(time.Minute), build(t, service, d.Document.Detection.Expr))
			return len(s.run(t, r.Rule, day.Add(2*time.Minute)))
		}
	}
	t.Logf("%s: one event does not make a rule that counts fire", r.Path)
	return 1
}

// The window in which the company lives.
func companyEnd() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }

// live stores 14 days of a normal company: in three windows, since a window of
// seven days or more has attacks in it.
func (s *stand) live(t *testing.T) {
	t.Helper()
	end := companyEnd()
	for _, days := range []int{6, 6, 2} {
		company, err := simulate.New(simulate.Options{End: end, Days: days, Events: 50_000 * days / 14})
		if err != nil {
			t.Fatal(err)
		}
		if len(company.Stories()) > 0 {
			t.Fatal("the company has attacks in its days")
		}
		var text bytes.Buffer
		w, err := simulate.NewWriter(&text, simulate.ShapeStorage)
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
		s.ingest(t, text.Bytes())
		end = end.AddDate(0, 0, -days)
	}
}

// ingest stores records as a blob holds them.
func (s *stand) ingest(t *testing.T, body []byte) {
	t.Helper()
	rows := map[string]*schema.Rows{}
	take := func(rec *event.Record) error {
		table := s.catalog.Route(rec)
		if rows[table.Name] == nil {
			rows[table.Name] = schema.NewRows(table)
		}
		return table.Map(rec, rows[table.Name])
	}
	refuse := func(r *decode.Reject) error { return fmt.Errorf("rejected: %s %s", r.Reason, r.Detail) }
	if err := decode.New(decode.Options{}).Decode(&event.Message{Body: body}, "test", "0", take, refuse); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if _, err := s.store.Commit(t.Context(), &store.Batch{Rows: []*schema.Rows{r}}); err != nil {
			t.Fatal(err)
		}
	}
}

// noise returns how many rows a rule finds over the company's days, as if one
// run looked at all of them.
func (s *stand) noise(t *testing.T, rule *rules.Rule) int {
	t.Helper()
	over := *rule
	over.Period = 14 * 24 * time.Hour
	over.Query = strings.ReplaceAll(rule.Query, "ago(15m)", "ago(14d)")
	return len(s.run(t, &over, companyEnd()))
}
