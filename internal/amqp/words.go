package amqp

import "nephoscope/internal/amqp/wire"

// The words of the wire that stand in the engine's own functions, so that its
// callers read one package.
type (
	// Error is an error as the peer sees it; it refuses attaches, ends
	// links and connections, rejects deliveries.
	Error = wire.Error
	// Symbol is a name from a closed world.
	Symbol = wire.Symbol
	// Map keeps its pairs in order.
	Map = wire.Map
	// Entry is one pair of a Map.
	Entry = wire.Entry
	// Terminus is the source or the target of a link.
	Terminus = wire.Terminus
)

// Errorf makes an Error with a formatted description.
func Errorf(condition Symbol, format string, args ...any) *Error {
	return wire.Errorf(condition, format, args...)
}

// The conditions of AMQP itself (spec sections 2.8.15 to 2.8.18).
const (
	InternalError         Symbol = "amqp:internal-error"
	NotFound              Symbol = "amqp:not-found"
	UnauthorizedAccess    Symbol = "amqp:unauthorized-access"
	DecodeError           Symbol = "amqp:decode-error"
	ResourceLimitExceeded Symbol = "amqp:resource-limit-exceeded"
	NotAllowed            Symbol = "amqp:not-allowed"
	InvalidField          Symbol = "amqp:invalid-field"
	NotImplemented        Symbol = "amqp:not-implemented"
	ResourceLocked        Symbol = "amqp:resource-locked"
	PreconditionFailed    Symbol = "amqp:precondition-failed"
	ResourceDeleted       Symbol = "amqp:resource-deleted"
	IllegalState          Symbol = "amqp:illegal-state"
	FrameSizeTooSmall     Symbol = "amqp:frame-size-too-small"

	ConnectionForced   Symbol = "amqp:connection:forced"
	ConnectionFraming  Symbol = "amqp:connection:framing-error"
	ConnectionRedirect Symbol = "amqp:connection:redirect"

	SessionWindowViolation  Symbol = "amqp:session:window-violation"
	SessionErrantLink       Symbol = "amqp:session:errant-link"
	SessionHandleInUse      Symbol = "amqp:session:handle-in-use"
	SessionUnattachedHandle Symbol = "amqp:session:unattached-handle"

	LinkDetachForced        Symbol = "amqp:link:detach-forced"
	LinkTransferLimit       Symbol = "amqp:link:transfer-limit-exceeded"
	LinkMessageSizeExceeded Symbol = "amqp:link:message-size-exceeded"
	LinkRedirect            Symbol = "amqp:link:redirect"
	LinkStolen              Symbol = "amqp:link:stolen"
)
