package incident_test

import (
	"fmt"
	"slices"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/apps"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

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

// newCompanySite plays a company and what it does in applications. It returns
// all that is hidden in it.
func newCompanySite(t *testing.T, opt simulate.Options) (*site, []simulate.Story) {
	t.Helper()
	company, err := simulate.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	estate, err := apps.New(company)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.leavers = estate.Leavers()
	s.ingest(event.FormatStorage, recordsOf(t, company))
	s.ingestApps(estate)
	return s, slices.Concat(company.Stories(), estate.Stories())
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
