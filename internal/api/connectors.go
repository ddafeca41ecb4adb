package api

import (
	"net/http"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/source"
)

// A Connector is how a source stands, as /api/v1/connectors tells it.
type Connector struct {
	Name       string      `json:"name"`
	State      string      `json:"state"`
	Since      time.Time   `json:"since"`
	Reason     string      `json:"reason,omitempty"`
	Hint       string      `json:"hint,omitempty"`
	Retry      *time.Time  `json:"retry,omitempty"`
	Restarts   int64       `json:"restarts"`
	Partitions []Partition `json:"partitions"`
}

// A Partition is how one partition of a source stands.
type Partition struct {
	Partition string     `json:"partition"`
	State     string     `json:"state"`
	Since     time.Time  `json:"since"`
	Reason    string     `json:"reason,omitempty"`
	Hint      string     `json:"hint,omitempty"`
	Retry     *time.Time `json:"retry,omitempty"`
	Restarts  int64      `json:"restarts"`
	Stalls    int64      `json:"stalls"`
	Events    int64      `json:"events"`
	Bytes     int64      `json:"bytes"`
	// Missed are events that the hub did not keep long enough, or that could
	// not be read.
	Missed int64 `json:"missed"`
	// Sequence and LastEvent are those of the last durable event; absent
	// before the first.
	Sequence  *int64     `json:"sequenceNumber,omitempty"`
	LastEvent *time.Time `json:"lastEvent,omitempty"`
	// LagEvents and LagSeconds are absent while the lag is not known.
	LagEvents  *int64   `json:"lagEvents,omitempty"`
	LagSeconds *float64 `json:"lagSeconds,omitempty"`
}

func listConnectors(states func() []source.State) call.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		list := []Connector{}
		for _, s := range states() {
			list = append(list, connectorOf(s))
		}
		call.Reply(w, http.StatusOK, call.List[Connector]{Value: list})
		return nil
	}
}

func connectorOf(s source.State) Connector {
	c := Connector{
		Name: s.Source, State: string(s.Phase), Since: s.Since, Reason: s.Reason, Hint: s.Hint,
		Retry: momentOf(s.Retry), Restarts: s.Restarts, Partitions: []Partition{},
	}
	for _, p := range s.Partitions {
		c.Partitions = append(c.Partitions, partitionOf(p))
	}
	return c
}

func partitionOf(s source.PartitionState) Partition {
	p := Partition{
		Partition: s.Partition, State: string(s.Phase), Since: s.Since, Reason: s.Reason, Hint: s.Hint,
		Retry: momentOf(s.Retry), Restarts: s.Restarts, Stalls: s.Stalls, Events: s.Events, Bytes: s.Bytes, Missed: s.Missed,
		LastEvent: momentOf(s.LastEvent),
	}
	if s.Sequence >= 0 {
		p.Sequence = &s.Sequence
	}
	if s.Lag.Known {
		seconds := s.Lag.Time.Seconds()
		p.LagEvents, p.LagSeconds = &s.Lag.Events, &seconds
	}
	return p
}

// momentOf is nil for no time.
func momentOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
