package decode

import "strconv"

// A Reason tells in one word why bytes did not become a record or a row.
type Reason string

// The reasons. The decoder gives all but the last two, which belong to the
// stages that follow it.
const (
	ReasonSyntax     Reason = "syntax"     // not JSON (or CSV), and not repairable
	ReasonTruncated  Reason = "truncated"  // ends before it is complete
	ReasonEncoding   Reason = "encoding"   // compressed or encoded data that cannot be read
	ReasonNotObject  Reason = "not_object" // JSON, but neither an object nor text that holds one
	ReasonTooLarge   Reason = "too_large"  // larger than Options.MaxRecord
	ReasonUnrouted   Reason = "unrouted"   // no table claims the record
	ReasonUnmappable Reason = "unmappable" // a table claims the record but cannot map it
)

// A Reject is one element that did not become a record, with its bytes as
// received. Raw is valid only until the callback that got the reject returns.
type Reject struct {
	Raw    []byte // the whole element; for ReasonTooLarge only its beginning
	Header []byte // the header line of the CSV that Raw is a row of
	Reason Reason
	Detail string // what was expected and where, for a person to read
	// Index and Offset place the element as in event.Record: rejected
	// elements are counted like records.
	Index, Offset int64
}

// A fault is where and why a scan stopped.
type fault struct {
	at     int
	reason Reason
	want   string // what was expected there
}

// mendable tells whether a second, lenient look may get further.
func (f fault) mendable() bool {
	return f.reason != ReasonTruncated && f.want != wantShallow
}

func (f fault) detail() string {
	if f.reason == ReasonTruncated {
		return "ends at byte " + strconv.Itoa(f.at) + " of the record, where " + f.want + " was expected"
	}
	return "expected " + f.want + " at byte " + strconv.Itoa(f.at) + " of the record"
}
