// Package source is the contract of whatever receives events: it stands at
// the head of the journey. A source reads from outside, cuts what it gets into
// batches and delivers them; sourcetest is the suite that every source passes.
//
// Invariant: a source moves on or acknowledges only after the Wait of a
// delivered batch returned nil, that is, when rows and position are durable.
package source

import (
	"context"

	"nephoscope/internal/event"
)

// A source should deliver what it has gathered at GoodRecords records, where
// a store's commits cost least, or at GoodBatch bytes, whichever comes first:
// a batch is in memory as bytes and as rows.
const (
	GoodRecords = 10_240
	GoodBatch   = 34 << 20
)

// A Deliver hands a batch to the conveyor. It returns when the batch's memory
// is the source's again; the Wait tells when the batch is durable. Batches of
// one partition are delivered one after the other, each starting at the
// position where the one before ends; a source that wants to be strictly
// synchronous waits before it delivers the next.
//
// After an error, of Deliver or of a Wait, what was delivered since the last
// good Wait is not known to be durable: the source returns the error, and
// starts again later from the stored position.
type Deliver func(ctx context.Context, b *event.Batch) (event.Wait, error)

// Positions tells where a partition stands.
type Positions interface {
	// Position returns the stored token of a partition, "" for none.
	Position(ctx context.Context, source, partition string) (string, error)
}

// A Source receives events until its input ends or ctx does.
type Source interface {
	// Run delivers everything there is, in one goroutine per partition, and
	// returns after the last Wait. It returns nil at the end of the input and
	// an error that wraps ctx.Err() when it was told to stop.
	Run(ctx context.Context, deliver Deliver) error
}
