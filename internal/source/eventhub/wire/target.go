package wire

import "nephoscope/internal/remote"

// A Target says which hub to read, how to get there, and as whom.
type Target struct {
	remote.Target
	Group string
	// Reader is the name under which others see this reader.
	Reader string
	// Prefetch is how many events are asked for ahead, 0 for DefaultPrefetch.
	Prefetch int
}

const (
	// DefaultPrefetch lets a partition have 30 thousand events a second over
	// 30 ms.
	DefaultPrefetch = 1000
	// MaxPrefetch is the window of the client library.
	MaxPrefetch = 5000
)

func (t *Target) prefetch() int32 {
	if t.Prefetch > 0 {
		return int32(min(t.Prefetch, MaxPrefetch))
	}
	return DefaultPrefetch
}

// New returns the client of the target's transport. It connects when it is
// used.
func New(t Target) (Client, error) {
	if t.Transport == remote.Kafka {
		return newKafkaClient(t)
	}
	return newAMQPClient(t)
}
