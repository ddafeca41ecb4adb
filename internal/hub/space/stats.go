package space

import "time"

// HubStats are what a hub is and holds at one moment.
type HubStats struct {
	Name           string           `json:"name"`
	Created        time.Time        `json:"created"`
	RetentionHours float64          `json:"retentionHours"`
	MaxBytes       int64            `json:"maxBytes"` // of each partition, 0 for no limit
	Groups         []string         `json:"consumerGroups"`
	Partitions     []PartitionStats `json:"partitions"`
}

// PartitionStats are where a partition stands.
type PartitionStats struct {
	ID string `json:"id"`
	// Begin and Last are sequence numbers; Last is -1 if there never was an
	// event, and below Begin if none is kept.
	Begin        int64     `json:"beginSequenceNumber"`
	Last         int64     `json:"lastSequenceNumber"`
	LastOffset   string    `json:"lastOffset"`
	LastEnqueued time.Time `json:"lastEnqueued"` // zero if there never was an event
	Bytes        int64     `json:"bytes"`        // on disk
	Queued       int64     `json:"queuedBytes"`  // on their way to the disk
	Lost         int64     `json:"lostEvents"`   // found damaged
	Failing      string    `json:"failing,omitempty"`
	Receivers    int       `json:"receivers"`
	In           Total     `json:"in"` // since the namespace was opened
	Out          Total     `json:"out"`
}

// Stats are those of all hubs, by name.
func (s *Space) Stats() []HubStats {
	hubs := s.Hubs()
	all := make([]HubStats, len(hubs))
	for i, h := range hubs {
		all[i] = h.Stats()
	}
	return all
}

// Stats are the hub's.
func (h *Hub) Stats() HubStats {
	settings := h.Settings()
	stats := HubStats{
		Name: h.Name(), Created: h.Created(),
		RetentionHours: settings.Retention.Hours(), MaxBytes: settings.MaxBytes,
		Groups: h.Groups(),
	}
	for _, p := range h.partitions {
		stats.Partitions = append(stats.Partitions, p.stats())
	}
	return stats
}

func (p *Partition) stats() PartitionStats {
	state := p.State()
	stats := PartitionStats{
		ID: p.ID(), Begin: state.Begin, Last: state.Last, LastOffset: state.LastOffset, LastEnqueued: state.LastEnqueued,
		Bytes: state.Bytes, Queued: state.QueuedBytes, Lost: state.Lost,
		Receivers: p.Seats.Count(), In: p.In.Total(), Out: p.Out.Total(),
	}
	if state.Failing != nil {
		stats.Failing = state.Failing.Error()
	}
	return stats
}
