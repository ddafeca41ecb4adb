package space

import (
	"strconv"
	"sync/atomic"

	"nephoscope/internal/hub/journal"
)

// A Partition is one journal of a hub, who reads it, and what went through it.
type Partition struct {
	*journal.Journal
	Index int
	// Seats are the receivers of all consumer groups.
	Seats Seats
	// In and Out count since the namespace was opened.
	In, Out Flow
}

// ID is the partition's name, its index in decimal.
func (p *Partition) ID() string { return strconv.Itoa(p.Index) }

// IsPartition says whether an id is that of a partition of a hub that has
// count of them.
func IsPartition(id string, count int) bool {
	i, err := strconv.Atoi(id)
	return err == nil && 0 <= i && i < count && strconv.Itoa(i) == id
}

// A Flow counts events and the bytes of their messages.
type Flow struct{ events, bytes atomic.Int64 }

// Add counts some more.
func (f *Flow) Add(events int, bytes int64) {
	f.events.Add(int64(events))
	f.bytes.Add(bytes)
}

// Total is what has been counted.
func (f *Flow) Total() Total { return Total{f.events.Load(), f.bytes.Load()} }

// A Total is a Flow at one moment.
type Total struct {
	Events int64 `json:"events"`
	Bytes  int64 `json:"bytes"`
}
