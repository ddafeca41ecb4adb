// Package output passes rows on: to an event hub, and to whatever else the
// folders below it know. It stands at the end of the journey, behind the store
// and detection, and is a follower of the store as they are: the store is the
// queue, so there is no second one.
//
// A Runner gives each output a cursor per table over the order of arrival
// (schema.Sequence). A page of rows is read (log.go), delivered until the
// receiver has it (delivery.go), and then the cursor moves, by a conditional
// commit of the position "output:NAME" / table (follower.go). So every row is
// delivered at least once, in order of arrival per table; what was delivered
// just before a crash is delivered again. Row.ID tells repeats apart.
//
// Rows that a receiver will never take go to the table DeadLetter with the
// reason, in the same commit that moves the cursor past them: one bad row
// never holds up the others. Whatever else goes wrong (no network, throttled,
// a lost right, a missing hub) is tried again, later and later, while the rows
// wait where they are.
//
// Invariant: the cursor is behind a row only if the output took the row or a
// dead letter names it.
package output

import (
	"context"

	"nephoscope/internal/schema"
)

// An Output passes batches on to one receiver. outputtest is the suite that
// every output passes.
type Output interface {
	// Deliver returns nil when the receiver has all rows for good. Any error
	// means that the batch may be delivered again as a whole, repeats
	// included, except for these:
	//
	//	*RefusedError  the rows it lists will never be taken, and the
	//	               receiver has all others
	//	Permanent      no part of this batch will be taken as it is; the
	//	               Runner delivers halves of it to find the reason
	//	RetryAfter     like any other, but not before that time has passed
	//
	// A wrong key, a lost right or a missing receiver are neither: somebody
	// will repair them, and the rows wait.
	//
	// The batch belongs to the caller and is not kept. Batches of one table
	// come one after the other, those of several tables at the same time.
	Deliver(ctx context.Context, b *Batch) error
}

// A Batch is rows of one table in order of arrival, or raw records.
type Batch struct {
	Table   string // "" for raw records
	Columns []schema.Column
	Rows    []Row
}

// A Row is one row, or one raw record.
type Row struct {
	// ID is the row's _ItemId, the same however often it is delivered; of a
	// raw record whatever identifies it.
	ID string
	// Sequence is the row's place in the order of arrival and Arrived the
	// time of the commit that stored it; both are 0 for raw records.
	Sequence int64
	Arrived  schema.DatetimeValue
	// Values are parallel to the batch's Columns, of the types in
	// schema/value.go; nil for a raw record.
	Values []any
	// Raw is a JSON object that is passed on as it is; nil for a row.
	Raw []byte
}

// Column returns the index of a column, -1 if the batch has none of that name.
func (b *Batch) Column(name string) int {
	for i := range b.Columns {
		if b.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// part returns the rows from i to j as a batch of their own.
func (b *Batch) part(i, j int) *Batch {
	return &Batch{Table: b.Table, Columns: b.Columns, Rows: b.Rows[i:j:j]}
}
