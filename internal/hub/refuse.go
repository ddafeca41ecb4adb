package hub

import (
	"errors"
	"maps"
	"sync"
	"syscall"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

// The conditions of the service's own, beside those of AMQP.
const (
	serverBusy         amqp.Symbol = "com.microsoft:server-busy"
	operationCancelled amqp.Symbol = "com.microsoft:operation-cancelled"
	argumentError      amqp.Symbol = "com.microsoft:argument-error"
	argumentOutOfRange amqp.Symbol = "com.microsoft:argument-out-of-range"
	outOfOrder         amqp.Symbol = "com.microsoft:out-of-order-sequence"
	producerStolen     amqp.Symbol = "com.microsoft:producer-epoch-stolen"
)

// asError is the error that a peer is told for one of ours. Clients decide by
// the condition whether to try again.
func asError(err error) *amqp.Error {
	var told *amqp.Error
	if errors.As(err, &told) {
		return told
	}
	return amqp.Errorf(conditionOf(err), "%s", err)
}

func conditionOf(err error) amqp.Symbol {
	var outranked *space.OutrankedError
	var crowded *space.CrowdedError
	var beyond *journal.BeyondError
	switch {
	case errors.As(err, &outranked):
		return amqp.LinkStolen
	case errors.As(err, &crowded), errors.Is(err, space.ErrLimit):
		return amqp.ResourceLimitExceeded
	case errors.As(err, &beyond):
		return argumentError
	case errors.Is(err, journal.ErrFull), errors.Is(err, journal.ErrBusy), errors.Is(err, errIntake), errors.Is(err, syscall.ENOSPC):
		return serverBusy
	case errors.Is(err, journal.ErrTooLarge):
		return amqp.LinkMessageSizeExceeded
	case errors.Is(err, journal.ErrOutOfOrder):
		return outOfOrder
	case errors.Is(err, journal.ErrEpochStolen):
		return producerStolen
	case errors.Is(err, journal.ErrClosed), errors.Is(err, space.ErrClosed):
		return operationCancelled
	}
	return amqp.InternalError
}

// unauthorized names what is missing, and where.
func (p *peer) unauthorized(want access.Rights, path string) *amqp.Error {
	return amqp.Errorf(amqp.UnauthorizedAccess, "Unauthorized access. '%s' claim(s) are required to perform this operation. Resource: '%s'.",
		claim(want), p.uri(path))
}

// claim is the one right that was asked for, in the service's word.
func claim(want access.Rights) string {
	if want.Has(access.Manage) {
		return "Manage"
	}
	return want.String()
}

// notFound says so in the words that clients look for to tell a missing entity
// from a network's fault.
func (p *peer) notFound(path string) *amqp.Error {
	return amqp.Errorf(amqp.NotFound, "The messaging entity '%s' could not be found. (status-code: 404)", p.uri(path))
}

// uri is a path below the name that the client knows us by.
func (p *peer) uri(path string) string { return "sb://" + p.conn.Hostname() + "/" + path }

// refusals counts what peers were refused, by condition.
type refusals struct {
	mu    sync.Mutex
	count map[string]int64
}

func (r *refusals) add(condition amqp.Symbol) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == nil {
		r.count = make(map[string]int64)
	}
	r.count[string(condition)]++
}

func (r *refusals) all() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.count)
}
