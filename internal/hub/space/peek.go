package space

import (
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/journal"
)

// An Event is one that is kept, taken apart for people to look at.
type Event struct {
	Sequence   int64          `json:"sequenceNumber"`
	Offset     string         `json:"offset"`
	Enqueued   time.Time      `json:"enqueued"`
	Key        string         `json:"partitionKey,omitempty"`
	Marks      map[string]any `json:"annotations,omitempty"` // all but those above
	Properties map[string]any `json:"applicationProperties,omitempty"`
	// Body is the content of the data sections, one after the other; else
	// Value is what the body holds.
	Body  []byte `json:"body,omitempty"`
	Value any    `json:"value,omitempty"`
}

// A Peek says which events to look at.
type Peek struct {
	Hub       string
	Partition string
	Count     int
	// First takes the oldest ones kept, else the newest are taken.
	First bool
}

const (
	peekBytes = 1 << 20  // how much is read at once
	peekMost  = 32 << 20 // after how much nothing more is
	keyMark   = "x-opt-partition-key"
)

// Peek returns events in the order of the partition, fewer than asked for if
// there are no more or they are 32 MiB. Nothing is taken away.
func (s *Space) Peek(p Peek) ([]Event, error) {
	h, err := s.Hub(p.Hub)
	if err != nil {
		return nil, err
	}
	part := h.Partition(p.Partition)
	if part == nil {
		return nil, fmt.Errorf("hub %q has no partition %q: want 0 to %d", h.Name(), p.Partition, len(h.partitions)-1)
	}
	from := part.State().Begin
	if !p.First {
		from = max(from, part.State().Last+1-int64(p.Count))
	}
	return part.peek(from, p.Count)
}

func (p *Partition) peek(from int64, count int) ([]Event, error) {
	r := p.Reader(from)
	defer r.Close()
	var page journal.Page
	var events []Event
	for size := 0; len(events) < count && size < peekMost; {
		err := r.Read(&page, peekBytes)
		if damage := (*journal.DamageError)(nil); err != nil && !errors.As(err, &damage) {
			return nil, err
		}
		if err == nil && len(page.Events) == 0 {
			break
		}
		for _, stored := range page.Events[:min(len(page.Events), count-len(events))] {
			event, err := describe(stored)
			if err != nil {
				return nil, fmt.Errorf("event %d: %w", stored.Sequence, err)
			}
			events, size = append(events, event), size+len(stored.Wire)
		}
	}
	return events, nil
}

func describe(stored journal.Stored) (Event, error) {
	e := Event{Sequence: stored.Sequence, Offset: stored.Offset(), Enqueued: stored.Enqueued}
	sections, err := wire.ParseSections(stored.Wire)
	if err != nil {
		return e, err
	}
	marks, err := wire.DecodeMap(sections.MessageAnnotations)
	if err != nil {
		return e, err
	}
	e.Key, _ = marks.Value(keyMark).(string)
	e.Marks = plainMap(marks)
	for _, shown := range [...]string{"x-opt-sequence-number", "x-opt-offset", "x-opt-enqueued-time", keyMark} {
		delete(e.Marks, shown)
	}
	properties, err := wire.DecodeMap(sections.ApplicationProperties)
	if err != nil {
		return e, err
	}
	e.Properties = plainMap(properties)
	return e, e.setBody(sections)
}

func (e *Event) setBody(sections wire.Sections) error {
	data := false
	for part := range sections.Data() {
		data, e.Body = true, append(e.Body, part...)
	}
	if data || len(sections.Body) == 0 {
		return nil
	}
	value, err := wire.DecodeSection(sections.Body)
	e.Value = plain(value)
	return err
}
