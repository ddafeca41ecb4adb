package source

import (
	"errors"
	"strings"
)

// A Fault is an error with what to do about it. Any other error of a source
// counts as one that passes by itself.
type Fault struct {
	Err  error
	Hint string // a sentence for whoever must act, without a full stop
	// Permanent says that trying again is of no use before somebody has acted.
	Permanent bool
}

// Permanent says that err lasts until somebody does what the hint says. A
// Supervisor does not start the source again.
func Permanent(err error, hint string) error { return &Fault{Err: err, Hint: hint, Permanent: true} }

// Remedy adds to err what would help. The error may pass by itself all the
// same, so the source is started again.
func Remedy(err error, hint string) error { return &Fault{Err: err, Hint: hint} }

// Error says what is wrong and what to do.
func (f *Fault) Error() string {
	if f.Hint == "" {
		return f.Err.Error()
	}
	return f.Err.Error() + ": " + f.Hint
}

// Unwrap returns the error without the hint.
func (f *Fault) Unwrap() error { return f.Err }

// IsPermanent tells whether err, or an error that it wraps, is a permanent
// Fault.
func IsPermanent(err error) bool {
	var f *Fault
	for errors.As(err, &f) {
		if f.Permanent {
			return true
		}
		err = f.Err
	}
	return false
}

// HintOf returns the outermost hint of err, "" for none.
func HintOf(err error) string {
	if f := (*Fault)(nil); errors.As(err, &f) {
		return f.Hint
	}
	return ""
}

// Reason returns the text of err without its hint, for those who show the two
// apart.
func Reason(err error) string {
	text := err.Error()
	if hint := HintOf(err); hint != "" {
		text = strings.TrimSuffix(text, ": "+hint)
	}
	return text
}
