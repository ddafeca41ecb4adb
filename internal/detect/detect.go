// Package detect runs detection rules over what the store holds: it asks a
// rule's query over one window of time, turns the result into alerts and files
// them. It stands behind rules and kql and before incident.
//
// Invariant: an alert's id follows from its rule and from the result rows that
// made it. However often a window is evaluated, in whatever order, after
// whatever crash, an alert is filed once.
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

// A Filer writes alerts and what follows from them (incidents) in one commit.
// The batch holds the rows of the alerts and the rule's position already; the
// Filer adds its own rows and commits. A *store.PositionError of the rule's
// position is returned as it is.
type Filer interface {
	File(ctx context.Context, rule *rules.Rule, alerts []*Alert, b *store.Batch) (store.Result, error)
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
	// Filer receives the alerts; nil means that they are only committed.
	Filer Filer
	// AskMany, if set, evaluates many runs of a rule in one statement, which
	// is much faster than one by one. It changes no result.
	AskMany AskMany
	Now     func() time.Time // nil means time.Now
	Logger  *slog.Logger     // nil means none
}

// A Detector runs rules. It is safe for concurrent use.
type Detector struct {
	catalog schema.Catalog
	store   Store
	ask     Ask
	alerts  *schema.Table
	opt     Options
	filing  sync.Mutex // held from the look at what is filed to the commit
}

// New returns a Detector that asks ask and commits to st. The catalog must hold
// the table SecurityAlert.
func New(catalog schema.Catalog, st Store, ask Ask, opt Options) (*Detector, error) {
	table, err := tableOf(catalog, alertTable)
	if err != nil {
		return nil, err
	}
	if opt.WorkspaceID == "" {
		opt.WorkspaceID = "00000000-0000-0000-0000-000000000000"
	}
	if opt.Parallel == 0 {
		opt.Parallel = 2
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
	return &Detector{catalog: catalog, store: st, ask: ask, alerts: table, opt: opt}, nil
}

// plain is the Filer that makes no incidents.
type plain struct{ store Store }

func (p plain) File(ctx context.Context, _ *rules.Rule, _ []*Alert, b *store.Batch) (store.Result, error) {
	return p.store.Commit(ctx, b)
}
