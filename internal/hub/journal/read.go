package journal

import (
	"fmt"
	"time"
)

// Stored is an event as it lies on disk.
type Stored struct {
	Sequence int64
	// Position is the event's offset as a number; Offset writes it.
	Position int64
	Enqueued time.Time
	// Wire is the whole message to send: the publisher's sections, with the
	// journal's annotations among its message annotations. It lies in the
	// page that was read.
	Wire []byte
}

// Offset is the event's offset as clients know it.
func (s Stored) Offset() string { return "" }

// A Page is what one Read gives, with the memory it lies in. The zero Page is
// ready; one that is used again keeps its memory, so that a reader that waits
// can leave its page to others.
type Page struct {
	// Events are in order, and good until the page is read into again.
	Events []Stored
}

// A Reader reads events in order. It is not safe for concurrent use, and holds
// a file open between reads.
type Reader struct{}

// Read fills the page with the next events, as many as fit into limit bytes
// and at least one if there is one; none means that the reader has seen all.
// It never waits for events, and never for writers. If retention has removed
// the next event, it goes on at the first one kept.
//
// A *DamageError tells of events that cannot be read any more; the page then
// holds those before them, and the next Read goes on behind them. Other errors
// are of the file system, or ErrClosed.
func (r *Reader) Read(p *Page, limit int) error { return ErrClosed }

// Next is the sequence number that the next Read will begin with, if it is
// still kept.
func (r *Reader) Next() int64 { return 0 }

// Close lets go of the file.
func (r *Reader) Close() {}

// A DamageError tells of bytes in a segment that are not what was written,
// and which events are lost with them.
type DamageError struct {
	File string
	// Offset and Bytes are the place in the file.
	Offset, Bytes int64
	// First and Last are the sequence numbers lost; Last < First if no event
	// is.
	First, Last int64
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: %d bytes at %d are damaged: events %d to %d are lost; restore the file from a copy if there is one",
		e.File, e.Bytes, e.Offset, e.First, e.Last)
}
