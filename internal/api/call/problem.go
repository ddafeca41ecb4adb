package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"nephoscope/internal/detect/archive"
	"nephoscope/internal/function"
	"nephoscope/internal/incident"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/resource"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/watchlist"
)

// A Problem is why a call was not done, in the shape of Azure's services.
type Problem struct {
	Status  int      `json:"-"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Details []Detail `json:"details,omitempty"`
}

// A Detail is one thing that is wrong, with its place.
type Detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"` // path of the field
	Line    int    `json:"line,omitempty"`   // from 1, in the text that was sent
	Column  int    `json:"column,omitempty"` // from 1, in characters
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// Bad says that an argument is wrong. Target is the path of the field, "" for
// none.
func Bad(target, format string, args ...any) *Problem {
	p := &Problem{Status: http.StatusBadRequest, Code: "BadArgument", Message: fmt.Sprintf(format, args...)}
	if target != "" {
		p.Details = []Detail{{Code: "InvalidField", Message: p.Message, Target: target}}
	}
	return p
}

// NotFound says that something is not there.
func NotFound(format string, args ...any) *Problem {
	return &Problem{Status: http.StatusNotFound, Code: "NotFound", Message: fmt.Sprintf(format, args...)}
}

// Conflict says that the state of something does not allow a call.
func Conflict(format string, args ...any) *Problem {
	return &Problem{Status: http.StatusConflict, Code: "Conflict", Message: fmt.Sprintf(format, args...)}
}

// invalidRule says what is wrong in the text of a rule.
func invalidRule(err *rulebook.TextError) *Problem {
	p := &Problem{Status: http.StatusBadRequest, Code: "InvalidRule", Message: err.Error()}
	for _, f := range err.Findings {
		p.Details = append(p.Details, Detail{Code: string(f.Level), Message: f.Message, Target: f.Key, Line: f.Line, Column: f.Column})
	}
	return p
}

// ProblemOf tells what an error means to the one who called.
func ProblemOf(r *http.Request, err error) *Problem {
	var p *Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "RequestTooLarge", Message: fmt.Sprintf("the body is larger than %d bytes", large.Limit)}
	case missing(err):
		return NotFound("%s", err)
	case refused(err):
		return Conflict("%s", err)
	case conflicting(err):
		return conflictOf(r, err)
	case errors.Is(err, context.Canceled):
		return &Problem{Status: 499, Code: "ClientClosedRequest", Message: "the client went away"}
	}
	if p := invalid(err); p != nil {
		return p
	}
	return &Problem{Status: http.StatusInternalServerError, Code: "StoreError", Message: err.Error()}
}

// missing tells whether an error says that something is not there.
func missing(err error) bool {
	for _, e := range []error{
		incident.ErrNotFound, incident.ErrNoAlert, incident.ErrNoComment, incident.ErrNoTask,
		archive.ErrNoAlert, resource.ErrNotFound, rulebook.ErrNotFound, watchlist.ErrNoItem,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// refused tells whether an error says that the state of something does not allow
// a call.
func refused(err error) bool {
	var state *incident.StateError
	return errors.Is(err, rulebook.ErrNotOurs) || errors.As(err, &state)
}

func conflicting(err error) bool {
	var ofIncident *incident.ConflictError
	var ofResource *resource.ConflictError
	return errors.As(err, &ofIncident) || errors.As(err, &ofResource)
}

// conflictOf is a failed precondition if the call made one, else a conflict.
func conflictOf(r *http.Request, err error) *Problem {
	if conditional(r) {
		return &Problem{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: err.Error()}
	}
	return Conflict("%s", err)
}

// invalid is the problem of an error about what was sent, nil for others.
func invalid(err error) *Problem {
	var ofIncident *incident.InvalidError
	var ofList *watchlist.InvalidError
	var ofFunction *function.InvalidError
	var ofResource *resource.InvalidError
	var ofRule *rulebook.TextError
	switch {
	case errors.As(err, &ofRule):
		return invalidRule(ofRule)
	case errors.As(err, &ofIncident):
		return Bad(ofIncident.Field, "%s", err)
	case errors.As(err, &ofList):
		return Bad(ofList.Field, "%s", err)
	case errors.As(err, &ofFunction):
		return Bad(ofFunction.Field, "%s", err)
	case errors.As(err, &ofResource):
		return Bad(ofResource.Field, "%s", err)
	}
	return misplaced(err)
}

// misplaced is the problem of an error with a line and a column.
func misplaced(err error) *Problem {
	var row *watchlist.RowError
	var code *bind.FunctionError
	d := Detail{Code: "InvalidText", Message: err.Error()}
	switch {
	case errors.As(err, &row):
		d.Message, d.Line, d.Column = row.Problem, row.Line, row.Column
	case errors.As(err, &code):
		d.Message, d.Target, d.Line, d.Column = code.Message, "query", code.Line, code.Column
		if code.Parameters {
			d.Target = "functionParameters"
		}
	default:
		return nil
	}
	return &Problem{Status: http.StatusBadRequest, Code: "BadArgument", Message: err.Error(), Details: []Detail{d}}
}
