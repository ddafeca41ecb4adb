package incident

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// The positions of this package: the number of the newest incident, and the
// etag of each incident. They make every change conditional on the state that
// it started from, in this process and in any other.
const (
	positionSource    = "incident"
	numberPartition   = "number"
	incidentTable     = "SecurityIncident"
	attemptsOnChanges = 3
)

// A Store is what incidents need of the store.
type Store interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	Position(ctx context.Context, source, partition string) (string, error)
}

// Options of a Keeper. The zero value is good.
type Options struct {
	WorkspaceID string // stands in TenantId
	// BaseURL is put before /incidents/{number} in links; empty means none.
	BaseURL string
	Now     func() time.Time // nil means time.Now
}

// A Keeper opens, changes and reads incidents. It is safe for concurrent use
// and a detect.Filer.
type Keeper struct {
	table *schema.Table
	store Store
	ask   detect.Ask
	opt   Options
	mu    sync.Mutex // held from the reading of a state to the commit of the next
}

// New returns a Keeper. The catalog must hold the table SecurityIncident.
func New(catalog schema.Catalog, st Store, ask detect.Ask, opt Options) (*Keeper, error) {
	table, ok := catalog.Table(incidentTable)
	if !ok {
		return nil, fmt.Errorf("the catalog has no table %s", incidentTable)
	}
	if opt.WorkspaceID == "" {
		opt.WorkspaceID = "00000000-0000-0000-0000-000000000000"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Keeper{table: table, store: st, ask: ask, opt: opt}, nil
}

// File opens incidents for alerts of a rule, or adds the alerts to incidents
// that they belong to, and commits b with the incidents' new states. If another
// process changed one of them meanwhile, it looks again and repeats.
func (k *Keeper) File(ctx context.Context, rule *rules.Rule, c detect.Changes, b *store.Batch) (store.Result, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !rule.Incident.Create || len(c.New) == 0 {
		return k.store.Commit(ctx, b)
	}
	for attempt := 1; ; attempt++ {
		p, err := k.planFor(ctx, rule, c.New)
		if err != nil {
			return store.Result{}, fmt.Errorf("plan incidents: %w", err)
		}
		full := &store.Batch{Rows: b.Rows, Positions: b.Positions}
		if err := k.write(full, p.incidents, p.numbers); err != nil {
			return store.Result{}, err
		}
		done, err := k.store.Commit(ctx, full)
		if !movedByOther(err) || attempt == attemptsOnChanges {
			return done, err
		}
	}
}

// movedByOther tells whether a commit failed because another process changed
// an incident.
func movedByOther(err error) bool {
	var moved *store.PositionError
	return errors.As(err, &moved) && moved.Position.Source == positionSource
}

// A draft is an incident that is being changed; before is its etag so far.
type draft struct {
	*Incident
	before  string
	changed bool
}

// numbers is the step of the newest incident's number.
type numbers struct{ from, to int }

// write adds to a batch the rows of the changed incidents, with the positions
// that make the changes conditional.
func (k *Keeper) write(b *store.Batch, drafts []*draft, n numbers) error {
	rows := schema.NewRows(k.table)
	positions := append([]event.Position(nil), b.Positions...)
	if n.to != n.from {
		positions = append(positions, event.Position{
			Source: positionSource, Partition: numberPartition, From: numberToken(n.from), To: numberToken(n.to),
		})
	}
	for _, d := range drafts {
		if !d.changed {
			continue
		}
		if err := k.appendRow(rows, d.Incident); err != nil {
			return err
		}
		positions = append(positions, event.Position{Source: positionSource, Partition: d.Name, From: d.before, To: d.Etag})
	}
	b.Positions = positions
	if rows.Len() > 0 {
		b.Rows = append(append([]*schema.Rows(nil), b.Rows...), rows)
	}
	return nil
}

func numberToken(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// lastNumber reads the number of the newest incident, 0 for none.
func (k *Keeper) lastNumber(ctx context.Context) (int, error) {
	token, err := k.store.Position(ctx, positionSource, numberPartition)
	if err != nil || token == "" {
		return 0, err
	}
	n, err := strconv.Atoi(token)
	if err != nil {
		return 0, fmt.Errorf("position %q is not an incident number", token)
	}
	return n, nil
}

// touch makes t, or the moment after the last change if that is later, the time
// of a change by somebody.
func (d *draft) touch(t time.Time, by string) {
	t = schema.DatetimeOf(t).Time() // the store keeps 100 ns
	if !t.After(d.LastModified) && !d.LastModified.IsZero() {
		t = d.LastModified.Add(100 * time.Nanosecond)
	}
	d.LastModified, d.ModifiedBy, d.changed = t, by, true
	if d.FirstModified.IsZero() {
		d.FirstModified = t
	}
	d.Etag = etag(t)
}

// etag names a state by the time of the change that made it.
func etag(t time.Time) string { return strconv.FormatInt(int64(schema.DatetimeOf(t)), 36) }
