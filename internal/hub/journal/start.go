package journal

import (
	"fmt"
	"strconv"
	"time"
)

// A Start says where reading begins. The zero value is the earliest event.
type Start struct {
	kind      startKind
	value     int64 // sequence, position, or milliseconds since 1970
	inclusive bool
}

type startKind int

const (
	fromEarliest startKind = iota
	fromLatest
	fromSequence
	fromOffset
	fromTime
)

// Earliest starts at the first event kept.
func Earliest() Start { return Start{} }

// Latest starts behind the last event; inclusive, at the last event.
func Latest(inclusive bool) Start { return Start{kind: fromLatest, inclusive: inclusive} }

// AtSequence starts behind an event, or inclusive at it. The next sequence
// number that will be given is a good inclusive start.
func AtSequence(sequence int64, inclusive bool) Start {
	return Start{kind: fromSequence, value: sequence, inclusive: inclusive}
}

// AtOffset starts behind the event with an offset, or inclusive at it; it
// reads the text that State and the stored events carry, "-1" for the
// earliest and "@latest". An offset between two events is behind the first of
// them. Other texts are an *OffsetError.
func AtOffset(offset string, inclusive bool) (Start, error) {
	switch offset {
	case "-1":
		return Earliest(), nil
	case "@latest":
		return Latest(inclusive), nil
	}
	n, err := strconv.ParseUint(offset, 10, 63)
	if err != nil {
		return Start{}, &OffsetError{offset}
	}
	return Start{kind: fromOffset, value: int64(n), inclusive: inclusive}, nil
}

// AtTime starts at the first event enqueued after a time, or inclusive at or
// after it. Times count in milliseconds.
func AtTime(t time.Time, inclusive bool) Start {
	return Start{kind: fromTime, value: t.UnixMilli(), inclusive: inclusive}
}

// A BeyondError refuses a start beyond the last event.
type BeyondError struct {
	// What is "offset" or "sequence number".
	What string
	// Asked and Last are the two in its terms; Last is "-1" if there never
	// was an event.
	Asked, Last string
}

func (e *BeyondError) Error() string {
	return fmt.Sprintf("%s %s is beyond the last one, %s", e.What, e.Asked, e.Last)
}

// An OffsetError refuses a text that is no offset of a journal.
type OffsetError struct{ Offset string }

func (e *OffsetError) Error() string {
	return fmt.Sprintf("offset %q is not a decimal number, -1 or @latest", e.Offset)
}
