package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables/known"
)

// storeMemory bounds the buffers of a case's store, of which several are open.
const storeMemory = 128 << 20

// A stage is the store of one case with what runs rules over it.
type stage struct {
	dir      string
	rule     *rules.Rule
	filling  *filling
	runs     detect.Range
	store    *duck.Store
	watch    map[string]*bind.Watchlist
	detector *detect.Detector
	keeper   *incident.Keeper
}

// open makes a store below dir with the rows in it. The rows arrive a minute
// after the newest, so that what a query says of ingestion_time() holds.
func open(ctx context.Context, dir string, rule *rules.Rule, f *filling) (_ *stage, err error) {
	s := &stage{rule: rule, filling: f, runs: runsOf(rule, f), watch: watchlistsOf(f)}
	if s.dir, err = os.MkdirTemp(dir, "case-"); err != nil {
		return nil, err
	}
	arrival := func() time.Time { return max(f.newest, 1).Time().Add(time.Minute) }
	options := duck.Options{Catalog: needed(rule, f), Now: arrival, Threads: 1, MemoryLimit: storeMemory}
	if s.store, err = duck.Open(ctx, s.dir, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := errors.Join(s.commit(ctx), s.wire()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) close() error { return errors.Join(s.store.Close(), os.RemoveAll(s.dir)) }

func (s *stage) commit(ctx context.Context) error {
	var b store.Batch
	for _, rows := range s.filling.rows {
		if rows.Len() > 0 {
			b.Rows = append(b.Rows, rows)
		}
	}
	if len(b.Rows) == 0 {
		return nil
	}
	_, err := s.store.Commit(ctx, &b)
	return err
}

// wire builds keeper and detector. Their clock is past every run.
func (s *stage) wire() (err error) {
	now := func() time.Time { return s.runs.To.Add(time.Minute) }
	catalog := s.filling.catalog
	if s.keeper, err = incident.New(catalog, s.store, s.ask, incident.Options{Now: now}); err != nil {
		return err
	}
	s.detector, err = detect.New(catalog, s.store, s.ask, detect.Options{Filer: s.keeper, Now: now})
	return err
}

// ask is a detect.Ask.
func (s *stage) ask(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
	q, err := kql.Compile(text, s.filling.catalog, kql.Options{
		Now: w.Now, Window: &kql.Window{From: w.From, To: w.To}, Known: known.Tables(),
		Watchlist: func(alias string) (*bind.Watchlist, error) { return s.watch[alias], nil },
	})
	if err != nil {
		return nil, err
	}
	return q.Run(ctx, s.store)
}

// raised is what a rule made of a case.
type raised struct {
	alerts     []*detect.Alert // by their first activity
	incidents  int             // -1 if none could be made
	runs, rows int
	// onlyIncidents tells that the rule raises no alerts, but opens incidents
	// for those of others.
	onlyIncidents bool
}

// run evaluates the rule.
func (s *stage) run(ctx context.Context) (raised, error) {
	if s.rule.Kind == rules.IncidentCreation {
		made, err := incident.NewCreator(s.keeper).Step(ctx, []*rules.Rule{s.rule})
		return raised{incidents: made, runs: 1, onlyIncidents: true}, err
	}
	if at := s.filling.c.At; !at.IsZero() && !isRunTime(s.rule, at) {
		alerts, rows, err := s.detector.Evaluate(ctx, s.rule, at)
		return raised{alerts: alerts, incidents: -1, runs: 1, rows: rows}, err
	}
	report, err := s.detector.Sweep(ctx, s.rule, s.runs)
	if err != nil {
		return raised{}, err
	}
	alerts, err := s.standing(ctx)
	if err != nil {
		return raised{}, fmt.Errorf("read the alerts: %w", err)
	}
	list, err := s.keeper.List(ctx, incident.Filter{RuleID: s.rule.ID})
	if err != nil {
		return raised{}, fmt.Errorf("read the incidents: %w", err)
	}
	return raised{alerts: alerts, incidents: len(list), runs: report.Runs, rows: report.Rows}, nil
}

// standing reads the alerts of the rule as they stand after all runs: the newest
// row of each, but for those that were withdrawn.
func (s *stage) standing(ctx context.Context) (list []*detect.Alert, err error) {
	query := fmt.Sprintf("SecurityAlert | where AlertType endswith \"_%s\" | order by _Sequence asc", s.rule.ID)
	cursor, err := s.ask(ctx, query, detect.Window{To: schema.MaxDatetime, Now: schema.DatetimeOf(s.runs.To)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	newest := map[string]*detect.Alert{}
	for {
		values, err := cursor.Next()
		if err != nil {
			return nil, err
		}
		if values == nil {
			break
		}
		a := detect.ReadAlert(cursor.Columns(), values)
		newest[a.ID] = a
	}
	return inOrder(newest), nil
}
