package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// The positions of this package: how many changes there were, and the number of
// the newest incident. Every commit that changes incidents moves the first, so
// that changes are in one line, those of other processes too, and each starts
// from the state that the one before has left.
const (
	positionSource   = "incident"
	changesPartition = "changes"
	numberPartition  = "number"

	incidentTable = "SecurityIncident"
	alertTable    = "SecurityAlert"
	// attempts is how often a change is tried that another process crosses.
	attempts = 20
)

// A Store is what incidents need of the store.
type Store interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	Query(ctx context.Context, s store.Statement) (store.Cursor, error)
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
// and a detect.Filer. It keeps the present state of all incidents in memory, so
// a process needs one of them.
type Keeper struct {
	catalog schema.Catalog
	table   *schema.Table
	store   Store
	ask     detect.Ask
	opt     Options
	mu      sync.Mutex // held for a turn

	reading sync.Mutex // guards follow
	follow  follower
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
	return &Keeper{catalog: catalog, table: table, store: st, ask: ask, opt: opt, follow: follower{book: newBook(), at: beforeAll}}, nil
}

// look calls fn with the book as the store has it now. fn keeps nothing of the
// book but states, which it must not change.
func (k *Keeper) look(ctx context.Context, fn func(*book) error) error {
	k.reading.Lock()
	defer k.reading.Unlock()
	if err := k.refresh(ctx); err != nil {
		return fmt.Errorf("read incidents: %w", err)
	}
	return fn(k.follow.book)
}

// A turn is the place of a change in the line of all.
type turn struct {
	changes int // that there were before
	last    int // number of the newest incident
}

// inTurn makes a change, and makes it anew as long as another process was
// faster.
func (k *Keeper) inTurn(ctx context.Context, change func(turn) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for attempt := 1; ; attempt++ {
		t, err := k.turn(ctx)
		if err != nil {
			return err
		}
		err = change(t)
		if !movedByOther(err) || attempt == attempts {
			return err
		}
	}
}

// turn reads whose turn it is. It is read before the book is: what is committed
// in between is in the book, and the commit is refused nevertheless.
func (k *Keeper) turn(ctx context.Context) (t turn, err error) {
	if t.changes, err = k.counter(ctx, changesPartition); err == nil {
		t.last, err = k.counter(ctx, numberPartition)
	}
	return t, err
}

// counter reads a position that counts, 0 for none.
func (k *Keeper) counter(ctx context.Context, partition string) (int, error) {
	token, err := k.store.Position(ctx, positionSource, partition)
	if err != nil || token == "" {
		return 0, err
	}
	n, err := strconv.Atoi(token)
	if err != nil {
		return 0, fmt.Errorf("position %q of %s is not a number", token, partition)
	}
	return n, nil
}

// movedByOther tells whether a commit failed because another process changed
// incidents.
func movedByOther(err error) bool {
	var moved *store.PositionError
	return errors.As(err, &moved) && moved.Position.Source == positionSource
}

// commit adds to a batch the rows of the changed incidents and the positions
// that make the changes conditional, and commits it if there is anything in it.
func (k *Keeper) commit(ctx context.Context, b *store.Batch, drafts []*draft, t turn) (store.Result, error) {
	full := store.Batch{Rows: slices.Clip(b.Rows), Positions: slices.Clip(b.Positions)}
	rows := schema.NewRows(k.table)
	last := t.last
	for _, d := range drafts {
		if !d.changed {
			continue
		}
		if err := k.appendRow(rows, d.Incident); err != nil {
			return store.Result{}, err
		}
		last = max(last, d.Number)
	}
	if rows.Len() > 0 {
		full.Rows = append(full.Rows, rows)
		full.Positions = append(full.Positions, step(changesPartition, t.changes, t.changes+1))
	}
	if last > t.last {
		full.Positions = append(full.Positions, step(numberPartition, t.last, last))
	}
	if len(full.Rows) == 0 && len(full.Positions) == 0 {
		return store.Result{}, nil
	}
	return k.store.Commit(ctx, &full)
}

func step(partition string, from, to int) event.Position {
	return event.Position{Source: positionSource, Partition: partition, From: token(from), To: token(to)}
}

func token(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
