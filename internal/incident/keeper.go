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
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// The positions of this package: the number of the newest incident, and the
// etag of each incident. They make every change conditional on the state that
// it started from, in this process and in any other.
const (
	positionSource  = "incident"
	numberPartition = "number"
	incidentTable   = "SecurityIncident"
	alertTable      = "SecurityAlert"
	// attempts is how often a change is tried that another process crosses.
	attempts = 5
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
	mu      sync.Mutex // held from the reading of a state to the commit of the next

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

// movedByOther returns the partition in which another process was faster: that
// of the numbers, or the name of an incident.
func movedByOther(err error) (partition string, ok bool) {
	var moved *store.PositionError
	if errors.As(err, &moved) && moved.Position.Source == positionSource {
		return moved.Position.Partition, true
	}
	return "", false
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
