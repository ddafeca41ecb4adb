// Package detect runs detection rules over what the store holds: it asks a
// rule's query over one window of time, turns the result into alerts and files
// them. It stands behind rules and kql and before incident.
//
// Invariant: the content of an alert has a fingerprint that follows from its
// rule and from the result rows that made it. Once all events have arrived and
// were looked at, the alerts that stand are those that the rule's runs find in
// all the data: however late and in whatever order the events came, however
// often a run is evaluated, after whatever crash.
package detect

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// An Ask runs a KQL query over a window. The caller closes the cursor.
type Ask func(ctx context.Context, query string, w Window) (store.Cursor, error)

// A Filer writes what becomes of a rule's alerts, and what follows from it
// (incidents), in one commit. The batch holds the rows of the alerts, their
// evidence, the records of the runs and the rule's position already; the Filer
// adds its own rows and commits. A *store.PositionError of the rule's position
// is returned as it is.
type Filer interface {
	File(ctx context.Context, rule *rules.Rule, c Changes, b *store.Batch) (store.Result, error)
}

// Changes are what evaluating runs makes of a rule's alerts; not all of them
// are empty. No alert is in it twice.
type Changes struct {
	// New were never raised before.
	New []*Alert
	// Revised were raised before with other content: events that arrived late
	// changed what the run found. ID is the same as before.
	Revised []*Alert
	// Withdrawn would not have been raised at all. They are as they stand in
	// the newest row; Withdrawn says why.
	Withdrawn []*Alert
	// Restored were withdrawn before and hold again, under their old ID and
	// with the status New.
	Restored []*Alert
}

// None tells that nothing changes.
func (c Changes) None() bool {
	return len(c.New)+len(c.Revised)+len(c.Withdrawn)+len(c.Restored) == 0
}

// A Store is what detection needs of the store.
type Store interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	Position(ctx context.Context, source, partition string) (string, error)
}

// Options of a Detector. The zero value is good for stored data.
type Options struct {
	// Delay is kept back from the end of every window for late data.
	Delay time.Duration
	// WorkspaceID stands in TenantId and AlertType; empty means all zeros.
	WorkspaceID string
	// Parallel is how many rules SweepAll runs at once; 0 means 2.
	Parallel int
	// MaxRows is how many rows a run may return; 0 means 1,000,000. A run that
	// returns more fails.
	MaxRows int
	// RunTimeout is how long a run may take; 0 means 10 minutes.
	RunTimeout time.Duration
	// Retention overrides, by table name, the days that rows are kept. What an
	// alert was made of may be gone when late rows come; it stands then.
	Retention map[string]int
	// Filer receives the alerts; nil means that they are only committed.
	Filer Filer
	// AskMany, if set, evaluates many runs of a rule in one statement, which
	// is much faster than one by one. It changes no result.
	AskMany AskMany
	// Unfolded, if set, returns the tables that a query reads, its own and
	// those of the saved functions that it calls, as far as it calls any: if
	// not, the query itself tells more. The error is a kql.Errors if the query
	// is wrong. Nil means that there are no saved functions.
	Unfolded func(ctx context.Context, query string) (tables []string, err error)
	Now      func() time.Time // nil means time.Now
	Logger   *slog.Logger     // nil means none
}

// A Detector runs rules. It is safe for concurrent use.
type Detector struct {
	catalog schema.Catalog
	store   Store
	ask     Ask
	opt     Options

	alerts, evidence, health *schema.Table

	gate gate

	remembering sync.Mutex
	memories    map[string]*memory // by rule
}

// New returns a Detector that asks ask and commits to st. The catalog must hold
// the tables SecurityAlert, SecurityAlertEvidence and SentinelHealth.
func New(catalog schema.Catalog, st Store, ask Ask, opt Options) (*Detector, error) {
	d := &Detector{catalog: catalog, store: st, ask: ask, memories: map[string]*memory{}}
	for name, table := range map[string]**schema.Table{alertTable: &d.alerts, evidenceTable: &d.evidence, healthTable: &d.health} {
		var err error
		if *table, err = tableOf(catalog, name); err != nil {
			return nil, err
		}
	}
	if opt.WorkspaceID == "" {
		opt.WorkspaceID = "00000000-0000-0000-0000-000000000000"
	}
	if opt.Parallel == 0 {
		opt.Parallel = 2
	}
	if opt.MaxRows == 0 {
		opt.MaxRows = 1_000_000
	}
	if opt.RunTimeout == 0 {
		opt.RunTimeout = 10 * time.Minute
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Filer == nil {
		opt.Filer = plain{st}
	}
	d.opt = opt
	return d, nil
}

// plain is the Filer that makes no incidents.
type plain struct{ store Store }

func (p plain) File(ctx context.Context, _ *rules.Rule, _ Changes, b *store.Batch) (store.Result, error) {
	return p.store.Commit(ctx, b)
}
