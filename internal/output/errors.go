package output

import (
	"errors"
	"fmt"
	"time"
)

// A Reason says in one word why a row was refused, for programs.
type Reason string

// The reasons.
const (
	TooLarge Reason = "too_large" // for the receiver
	Unfit    Reason = "unfit"     // cannot be written in the output's form
	Refused  Reason = "refused"   // the receiver said so
)

// A Refusal names one row of a batch that will never be taken.
type Refusal struct {
	Row    int // index in the batch
	Reason Reason
	Detail string // for people, without contents of the row
}

// A RefusedError tells that some rows of a batch will never be taken while
// the receiver has all others.
type RefusedError struct {
	Rows []Refusal // in order of Row, each row at most once
}

// Error says how many and why the first.
func (e *RefusedError) Error() string {
	if len(e.Rows) == 0 {
		return "no row was refused"
	}
	first := e.Rows[0]
	return fmt.Sprintf("%d rows were refused, the first (%s): %s", len(e.Rows), first.Reason, first.Detail)
}

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent says that a batch will not be taken as it is, however often it is
// delivered. It returns nil for nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// IsPermanent tells whether err, or an error that it wraps, is Permanent.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

type retryError struct {
	error
	wait time.Duration
}

func (e retryError) Unwrap() error { return e.error }

// RetryAfter says that the receiver asked not to be tried before wait has
// passed. It returns nil for nil.
func RetryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return retryError{err, wait}
}

// AskedFor returns the time that the receiver asked for with RetryAfter, 0 for
// none.
func AskedFor(err error) time.Duration {
	var r retryError
	if errors.As(err, &r) {
		return r.wait
	}
	return 0
}
