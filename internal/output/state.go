package output

import "time"

// A Phase is what an output is doing with a table.
type Phase string

// The phases.
const (
	Starting Phase = "starting"
	Running  Phase = "running"
	Idle     Phase = "idle"    // everything there is was delivered
	Waiting  Phase = "waiting" // it failed, and is tried again later
	Stopped  Phase = "stopped" // told to
)

// A State tells how an output stands with one table. Counts are since the
// start of the process.
type State struct {
	Output, Table string
	Phase         Phase
	Since         time.Time // when the phase began
	// Reason is why it waits, Retry when it is tried again.
	Reason string
	Retry  time.Time

	Delivered int64 // rows, without repeats
	Refused   int64 // rows that became dead letters
	Batches   int64
	Failures  int64 // attempts that failed
	// LastError is the last failure, also after it has passed.
	LastError   string
	LastErrorAt time.Time

	// Sequence is how far the cursor is. LagRows counts the rows of the table
	// behind it, chosen or not, as they were a few seconds ago at most, and
	// Lag is how long ago the first of them arrived; both are 0 if there is
	// none.
	Sequence int64
	LagRows  int64
	Lag      time.Duration
}
