package space

import (
	"fmt"
	"time"
)

// Limits bound what a namespace can hold. A zero field is the default.
type Limits struct {
	Hubs       int           // 10
	Partitions int           // of one hub: 32; 1024 is the most that can be set
	Groups     int           // consumer groups of one hub, $Default included: 20
	Retention  time.Duration // the longest of a hub: 90 days
}

// mostPartitions is as many as the service's largest tier has.
const mostPartitions = 1024

func (l Limits) withDefaults() Limits {
	return Limits{
		Hubs:       or(l.Hubs, 10),
		Partitions: min(or(l.Partitions, 32), mostPartitions),
		Groups:     or(l.Groups, 20),
		Retention:  or(l.Retention, 90*24*time.Hour),
	}
}

// Settings are what a hub is made with.
type Settings struct {
	// Partitions never change: 1 to Limits.Partitions.
	Partitions int
	// Retention is how long events are kept at most, from an hour on.
	Retention time.Duration
	// MaxBytes is how much each partition keeps at most; 0 for no limit.
	MaxBytes int64
}

func (s Settings) withDefaults(d Settings) Settings {
	return Settings{
		Partitions: or(s.Partitions, d.Partitions),
		Retention:  or(s.Retention, d.Retention),
		MaxBytes:   or(s.MaxBytes, d.MaxBytes),
	}
}

func (s Settings) check(l Limits) error {
	switch {
	case s.Partitions < 1 || s.Partitions > l.Partitions:
		return fmt.Errorf("%w: %d partitions, want 1 to %d", ErrSettings, s.Partitions, l.Partitions)
	case s.Retention < time.Hour || s.Retention > l.Retention:
		return fmt.Errorf("%w: retention of %s, want 1h to %s", ErrSettings, s.Retention, l.Retention)
	case s.MaxBytes < 0 || s.MaxBytes > 0 && s.MaxBytes < minMaxBytes:
		return fmt.Errorf("%w: at most %d bytes in a partition, want 0 for no limit or %d and more", ErrSettings, s.MaxBytes, minMaxBytes)
	}
	return nil
}

// minMaxBytes has room for a few of the largest messages.
const minMaxBytes = 16 << 20

// or is the value, or the default if it is zero.
func or[T int | int64 | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
