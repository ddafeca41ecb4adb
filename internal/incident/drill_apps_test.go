package incident_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/apps"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// aboutApps tells whether a rule is one of cloud applications.
func aboutApps(rule *rules.Rule) bool {
	return slices.ContainsFunc(rule.Connectors, func(c rules.Connector) bool { return c.ID == "MicrosoftCloudAppSecurity" })
}

// ingestApps stores what happened in the applications of a company.
func (s *site) ingestApps(estate *apps.Estate) {
	s.t.Helper()
	var batch store.Batch
	for _, part := range []struct {
		table   string
		records [][]byte
	}{
		{"MCAS_Activity_Log_CL", slices.Collect(estate.Activities())},
		{"McasShadowItReporting", estate.Discovery()},
		{"SecurityAlert", estate.Alerts()},
	} {
		batch.Rows = append(batch.Rows, s.rowsOf(part.table, part.records))
	}
	if _, err := s.store.Commit(s.t.Context(), &batch); err != nil {
		s.t.Fatal(err)
	}
}

// rowsOf makes rows of records: as ingestion does where a table claims them, by
// their columns otherwise.
func (s *site) rowsOf(name string, records [][]byte) *schema.Rows {
	s.t.Helper()
	table, _ := s.catalog.Table(name)
	rows := schema.NewRows(table)
	for n, text := range records {
		take := func(rec *event.Record) error {
			if table.Claims == nil {
				return tables.AppendColumns(rec, rows, schema.ID{byte(n), byte(n >> 8), byte(n >> 16), 0xa1})
			}
			if to := s.catalog.Route(rec); to != table {
				return fmt.Errorf("routed to %v, want %s: %s", to, name, text)
			}
			return table.Map(rec, rows)
		}
		refuse := func(r *decode.Reject) error { return fmt.Errorf("rejected: %s %s", r.Reason, r.Detail) }
		if err := decode.New(decode.Options{}).Decode(&event.Message{Body: text}, "test", fmt.Sprint(n), take, refuse); err != nil {
			s.t.Fatal(err)
		}
	}
	return rows
}

// newAppSite plays a company and its applications.
func newAppSite(t *testing.T, opt simulate.Options) (*site, *apps.Estate) {
	t.Helper()
	s := newSite(t)
	opt.End = clock()
	company, err := simulate.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	estate, err := apps.New(company)
	if err != nil {
		t.Fatal(err)
	}
	s.leavers = estate.Leavers()
	s.wire()
	s.ingest(event.FormatStorage, recordsOf(t, company))
	s.ingestApps(estate)
	return s, estate
}

// watchlist is the one of those who left, if any did.
func (s *site) watchlist(alias string) (*bind.Watchlist, error) {
	if alias != "TerminatedUsers" || len(s.leavers) == 0 {
		return nil, nil
	}
	list := &bind.Watchlist{SearchKey: "UPN", Columns: []string{"UPN"}}
	for _, who := range s.leavers {
		list.Rows = append(list.Rows, []string{who})
	}
	return list, nil
}

// TestAppDrillsRaiseTheirRules plays a company whose applications are abused in
// every way that a built-in rule is for.
func TestAppDrillsRaiseTheirRules(t *testing.T) {
	s, estate := newAppSite(t, simulate.Options{Seed: 3, Events: 12_000, Drills: true})
	hidden := map[string][]simulate.Signal{}
	for _, story := range estate.Stories() {
		for _, signal := range story.Signals {
			hidden[signal.Kind.Rule()] = append(hidden[signal.Kind.Rule()], signal)
		}
	}
	for _, rule := range builtin(t) {
		if !aboutApps(rule) {
			continue
		}
		want := hidden[slug(rule)]
		if len(want) == 0 {
			t.Errorf("%s: no drill is for it", slug(rule))
		}
		delete(hidden, slug(rule))
		alerts := s.raised(rule)
		for _, signal := range want {
			if !slices.ContainsFunc(alerts, func(a *detect.Alert) bool { return shows(a, signal) }) {
				t.Errorf("%s: %s by %s at %s is not among the alerts %v", slug(rule), signal.Kind, signal.Actor, signal.First, brief(alerts))
			}
		}
	}
	for name := range hidden {
		t.Errorf("a drill is for the rule %s, which does not exist", name)
	}
}

// noisyApps bounds what rules about applications may raise in thirteen days of
// a company of a hundred people to which nothing happens.
const noisyApps = 5

// TestNormalAppsAreQuiet plays a company to whose applications nothing happens.
// What rules raise there is noise.
func TestNormalAppsAreQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	s, _ := newAppSite(t, simulate.Options{Seed: 5, Events: 100_000, Quiet: true})
	total := 0
	for _, rule := range builtin(t) {
		if !aboutApps(rule) {
			continue
		}
		alerts := brief(s.raised(rule))
		total += len(alerts)
		if len(alerts) > 0 {
			t.Logf("%s, %d: %s", slug(rule), len(alerts), strings.Join(alerts, "\n\t"))
		}
	}
	if total > noisyApps {
		t.Errorf("%d alerts about nothing, want %d at most", total, noisyApps)
	}
}
