package source

import "time"

// A Phase is what a source or a partition is doing.
type Phase string

// The phases.
const (
	Starting Phase = "starting" // nothing was received yet
	Running  Phase = "running"
	Waiting  Phase = "waiting" // it failed, and is tried again later
	Idle     Phase = "idle"    // a partition that another reader has
	Stopped  Phase = "stopped" // told to, or at the end of its input
	Failed   Phase = "failed"  // not tried again before somebody acts
)

// A State tells how a source stands.
type State struct {
	Source string // its name in the configuration
	Phase  Phase
	Since  time.Time // when the phase began
	// Reason is why it waits or failed, Hint what to do about it; both may be
	// empty.
	Reason, Hint string
	// Retry is when a waiting source is started again.
	Retry time.Time
	// Restarts counts how often it was started again.
	Restarts   int64
	Partitions []PartitionState
}

// A PartitionState tells how one partition of a source stands.
type PartitionState struct {
	Partition string
	Phase     Phase
	Since     time.Time
	Reason    string // as in State
	Hint      string
	Retry     time.Time
	Restarts  int64
	// Stalls counts the restarts because nothing arrived although there was
	// something.
	Stalls int64

	// Missed counts events that the source did not keep until they were asked
	// for, or that could not be read.
	Missed int64
	Events int64 // received since the start
	Bytes  int64 // of their bodies
	// Sequence is the sequence number of the last durable event, -1 if there
	// is none, and Offset what the source calls its place; LastEvent is when
	// that event was enqueued.
	Sequence  int64
	Offset    string
	LastEvent time.Time
	// Lag is how far the durable events are behind.
	Lag Lag
}

// A Lag is how much there is that is not durable yet.
type Lag struct {
	Known  bool
	Events int64
	// Time is how long ago the oldest event that is missing was enqueued at
	// the least: 0 if none is missing.
	Time time.Duration
}

// A Reporter is a source that tells how its partitions stand.
type Reporter interface {
	// Partitions returns the state of each partition, in a settled order. It
	// is safe for concurrent use with Run.
	Partitions() []PartitionState
}
