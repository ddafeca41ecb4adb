// Package event holds the nouns of the journey's first half: the bytes a
// source received (Message, Batch), where that source stands (Position), and
// one decoded JSON object (Record). It imports nothing of ours.
//
// Invariant: a Record is strict JSON in valid UTF-8. Whatever had to be
// repaired was repaired before the Record existed.
package event

import "errors"

// A Message is one unit as a source received it: a hub message, or a block of
// whole records cut from a file.
//
// Body belongs to the source until its deliver call returns; nobody keeps it
// longer without a copy.
type Message struct {
	Body   []byte
	Format Format // FormatAuto when the source does not know
	// Offset is where Body begins: the sequence number of a hub message, or
	// the byte offset in a file (after decompression).
	Offset int64
	// Index is the number of records that preceded Body in the same unit; it
	// is above 0 for the second and later blocks of a file.
	Index int64
	// Oversize tells that Body is only the beginning of one record that is
	// too large to be read; it is rejected.
	Oversize bool
	// Completed tells that Body is the beginning of a record that was
	// delivered, and refused, when there was no more of it yet. What follows
	// has the record whole, so nothing need be kept of its beginning.
	Completed bool
	// Unreadable, if not empty, says why the source could not get at the Body,
	// which is missing; the message is rejected.
	Unreadable string
}

// A Batch is what a source delivers in one call: messages of one partition in
// order, and the position that is reached once they are durable.
type Batch struct {
	Position Position
	Messages []Message
	// Path is the file that the messages are from, as people know it; empty
	// for other sources.
	Path string
}

// A Position is a conditional step of one partition of one source. A commit
// writes To only if the stored token equals From; the first step of a
// partition has From "".
type Position struct {
	Source    string // for example "file", "eventhub:ns/hub"
	Partition string // for example a content hash, "0"
	From, To  string // opaque tokens of the source
}

// ErrMoved tells that a commit did not start from the stored token: another
// owner has moved the position, or this is a replay. Nothing was written. A
// source reads the stored token again and goes on from there.
var ErrMoved = errors.New("position was moved by another owner, or this is a replay")

// A Format names the container a message's records come in.
type Format string

// The formats. FormatAuto asks the decoder to look; the words are those of
// the --format flag.
const (
	FormatAuto    Format = "auto"
	FormatREST    Format = "rest"    // Activity Log REST page or single event
	FormatHub     Format = "hub"     // Event Hubs message: records envelope, array, object, lines
	FormatStorage Format = "storage" // blob: JSON lines, or the old single document
	FormatTable   Format = "table"   // exported table rows: CSV, JSON, query response
)
