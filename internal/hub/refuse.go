package hub

import (
	"errors"
	"maps"
	"sync"
	"syscall"
	"time"

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

// tell is the error that a peer is told for one of ours. Clients decide by the
// condition whether to try again. What the hub's own disk or code has met is for
// its log: the words for the peer name no file.
func (ns *Namespace) tell(err error) *amqp.Error {
	var told *amqp.Error
	if errors.As(err, &told) {
		return told
	}
	condition := conditionOf(err)
	words, whole := wordsOf(condition, err)
	if !whole && ns.refused.due(condition, time.Now()) {
		ns.opt.Logger.Error("peer refused for a fault of the hub's own", "condition", string(condition), "err", err)
	}
	return amqp.Errorf(condition, "%s", words)
}

// wordsOf is what a peer hears of an error, and whether that is all of it.
func wordsOf(condition amqp.Symbol, err error) (words string, whole bool) {
	switch {
	case condition == amqp.InternalError:
		return "the hub has met an error of its own, which its log tells", false
	case condition != serverBusy, errors.Is(err, journal.ErrBusy), errors.Is(err, errIntake):
		return err.Error(), true
	}
	return journal.ErrFull.Error() + ": try again later", false
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

// faultEvery is how often at most the log hears of the same kind of fault: who
// tries again and again must not flood it.
const faultEvery = time.Minute

// refusals counts what peers were refused, by condition.
type refusals struct {
	mu     sync.Mutex
	count  map[string]int64
	logged map[amqp.Symbol]time.Time
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

// due says whether a fault with a condition is to be logged now.
func (r *refusals) due(condition amqp.Symbol, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.logged[condition]; ok && now.Sub(last) < faultEvery {
		return false
	}
	if r.logged == nil {
		r.logged = make(map[amqp.Symbol]time.Time)
	}
	r.logged[condition] = now
	return true
}
