package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/go-amqp"
)

// A Kind is what is wrong, for those who must decide.
type Kind string

// The kinds.
const (
	Lost         Kind = "connection lost" // or anything else that passes
	Busy         Kind = "hub is busy"
	Detached     Kind = "link ended by the hub" // nothing has gone over it for long
	Unauthorized Kind = "not authorised"
	NotFound     Kind = "not found"
	Stolen       Kind = "taken over by another reader"
	Crowded      Kind = "too many readers"
	Disabled     Kind = "hub is disabled"
	BadOffset    Kind = "offset is not valid"
	BadPartition Kind = "partition does not exist"
	Unreadable   Kind = "event cannot be read" // its headers; it was passed over
	// Unbearable is the next event, which the client library cannot take apart:
	// it gives the link up and comes to that event again and again. A reader has
	// to be opened behind it.
	Unbearable Kind = "event cannot be taken apart"
	Refused    Kind = "refused"
)

// An Error is an error of a hub with what it means.
type Error struct {
	Kind Kind
	Err  error
}

// Error says what it means and what the hub said.
func (e *Error) Error() string { return string(e.Kind) + ": " + e.Err.Error() }

// Unwrap returns what the hub said.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an *Error, Lost for any other error.
func KindOf(err error) Kind {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Kind
	}
	return Lost
}

// kinds tells what AMQP's conditions mean.
func kinds() map[amqp.ErrCond]Kind {
	return map[amqp.ErrCond]Kind{
		"amqp:link:stolen":                            Stolen,
		amqp.ErrCondUnauthorizedAccess:                Unauthorized,
		amqp.ErrCondNotFound:                          NotFound,
		amqp.ErrCondResourceLimitExceeded:             Crowded,
		amqp.ErrCondNotAllowed:                        Refused,
		"com.microsoft:entity-disabled":               Disabled,
		"com.microsoft:argument-error":                BadOffset,
		"com.microsoft:argument-out-of-range":         BadPartition,
		"com.microsoft:georeplication:invalid-offset": BadOffset,
		"com.microsoft:server-busy":                   Busy,
		amqp.ErrCondDetachForced:                      Detached,
	}
}

// explain makes an *Error of an error of the AMQP client.
func explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Error{Kind: kindOf(err), Err: err}
}

func kindOf(err error) Kind {
	var condition *amqp.Error
	if errors.As(err, &condition) {
		if kind, ok := kinds()[condition.Condition]; ok {
			return kind
		}
		return Lost
	}
	var status interface{ RPCCode() int } // the client's answer to a request
	if errors.As(err, &status) {
		return kindOfStatus(status.RPCCode())
	}
	var coded *azeventhubs.Error
	if errors.As(err, &coded) {
		return kindOfCode(coded)
	}
	var credential interface{ NonRetriable() } // Entra ID gave no token
	if errors.As(err, &credential) {
		return Unauthorized
	}
	return Lost
}

// kindOfStatus tells what an answer of a management or token node means.
func kindOfStatus(status int) Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return Unauthorized
	case http.StatusNotFound:
		return NotFound
	case http.StatusBadRequest:
		return BadPartition
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return Busy
	}
	return Lost
}

// kindOfCode tells what the client's own error means. The client hides what
// is under it: a refused takeover is to it a lost connection, and only its
// text still has the condition. So this is the one place where text is looked
// at.
func kindOfCode(err *azeventhubs.Error) Kind {
	switch err.Code {
	case azeventhubs.ErrorCodeOwnershipLost:
		return Stolen
	case azeventhubs.ErrorCodeUnauthorizedAccess:
		return Unauthorized
	}
	text := err.Error()
	if strings.Contains(text, string(amqp.ErrCondInternalError)+": ") { // the hub's would stand in braces
		return Unbearable
	}
	for condition, kind := range kinds() {
		if strings.Contains(text, string(condition)) {
			return kind
		}
	}
	return Lost
}

// unreadable tells whether err is what the client says of an event whose
// annotations are not of the documented types. It has no type of its own: it
// is what is neither about the connection nor said by the hub.
func unreadable(err error) bool {
	var (
		network net.Error
		conn    *amqp.ConnError
		session *amqp.SessionError
		link    *amqp.LinkError
		said    *amqp.Error
		coded   *azeventhubs.Error
		status  interface{ RPCCode() int }
		login   interface{ NonRetriable() }
	)
	return !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) &&
		!errors.As(err, &network) && !errors.As(err, &conn) && !errors.As(err, &session) && !errors.As(err, &link) &&
		!errors.As(err, &said) && !errors.As(err, &coded) && !errors.As(err, &status) && !errors.As(err, &login)
}
