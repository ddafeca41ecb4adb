// Package lease says which reader of a hub has which partition. It stands
// beside the source: it knows neither events nor the hub.
//
// Invariant: a partition has one owner at any time by the clocks of all, and
// each change of owner raises its epoch. What two do all the same, because a
// clock is wrong or a process slept, is harmless: the hub lets only the higher
// epoch read, and positions move on condition.
package lease

import (
	"context"

	"nephoscope/internal/event"
	"nephoscope/internal/source"
)

// A Claim is a partition that is ours.
type Claim struct {
	Partition string
	// Epoch is higher than that of all owners before; wire.NoEpoch if nobody
	// counts.
	Epoch int64
}

// Owners agree on who has which partition. They are for one reader; its calls
// follow one another.
type Owners interface {
	// Balance claims, renews or hands on, so that all readers have as many of
	// the partitions as one another, and returns what is ours until the next
	// call. It should be called every Period.
	Balance(ctx context.Context, partitions []string) ([]Claim, error)
	// Release gives up whatever is ours, so that others need not wait.
	Release(ctx context.Context) error
}

// A Ledger keeps positions that move on condition, without any rows.
type Ledger interface {
	source.Positions
	// Step moves all positions or none. The error is event.ErrMoved if one of
	// them does not start where it is.
	Step(ctx context.Context, steps ...event.Position) error
}

// Alone is a reader that has all partitions and disturbs nobody.
type Alone struct{}

// Balance returns all partitions.
func (Alone) Balance(_ context.Context, partitions []string) ([]Claim, error) {
	claims := make([]Claim, len(partitions))
	for i, p := range partitions {
		claims[i] = Claim{Partition: p, Epoch: -1}
	}
	return claims, nil
}

// Release does nothing.
func (Alone) Release(context.Context) error { return nil }
