package wire

import (
	"encoding/binary"
)

// Transfer carries a message or a part of it.
type Transfer struct {
	Handle        uint32
	DeliveryID    uint32
	HasDeliveryID bool
	DeliveryTag   []byte
	MessageFormat uint32
	// HasMessageFormat is false on the later frames of a message.
	HasMessageFormat bool
	Settled          bool
	More             bool
	State            State
	Resume           bool
	Aborted          bool
}

// Append writes all eleven fields.
func (t *Transfer) Append(b []byte) []byte {
	b, at := openComposite(b, codeTransfer)
	b = AppendUint(b, t.Handle)
	b = appendMaybeUint(b, t.DeliveryID, t.HasDeliveryID)
	b = appendOptional(b, t.DeliveryTag)
	b = appendMaybeUint(b, t.MessageFormat, t.HasMessageFormat)
	b = AppendBool(b, t.Settled)
	b = AppendBool(b, t.More)
	b = AppendNull(b) // The receiver's settle mode is that of the link.
	b = appendState(b, t.State)
	b = AppendBool(b, t.Resume)
	b = AppendBool(b, t.Aborted)
	b = AppendBool(b, false)
	return closeCompound(b, at, codeList8, 11)
}

func (t *Transfer) read(f *fields) error {
	t.Handle = f.uint(0)
	t.DeliveryID, t.HasDeliveryID = f.optionalUint()
	t.DeliveryTag = f.binary()
	t.MessageFormat, t.HasMessageFormat = f.optionalUint()
	t.Settled = f.bool()
	t.More = f.bool()
	f.ubyte(ReceiverFirst)
	t.State = f.state()
	t.Resume = f.bool()
	t.Aborted = f.bool()
	return f.end()
}

// MaxTransferHead is how many bytes a frame with a transfer takes before its
// payload, at most, if the tag has no more than eight bytes and there is no
// state.
const MaxTransferHead = frameHead + 48

// AppendFrameHead writes a frame that carries the transfer and size bytes of
// payload, except for the payload itself.
func (t *Transfer) AppendFrameHead(b []byte, channel uint16, size int) []byte {
	at := len(b)
	b = t.Append(appendFrameHead(b, FrameAMQP, channel))
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at+size))
	return b
}

// Disposition tells of the states of deliveries.
type Disposition struct {
	Role    Role
	First   uint32
	Last    uint32 // First if there is but one
	Settled bool
	State   State
}

// Append writes all six fields.
func (d *Disposition) Append(b []byte) []byte {
	b, at := openComposite(b, codeDisposition)
	b = AppendBool(b, bool(d.Role))
	b = AppendUint(b, d.First)
	b = AppendUint(b, d.Last)
	b = AppendBool(b, d.Settled)
	b = appendState(b, d.State)
	b = AppendBool(b, false)
	return closeCompound(b, at, codeList8, 6)
}

func (d *Disposition) read(f *fields) error {
	d.Role = Role(f.bool())
	d.First = f.uint(0)
	d.Last = f.uint(d.First)
	d.Settled = f.bool()
	d.State = f.state()
	return f.end()
}

const (
	codeError    = 0x1d
	codeReceived = 0x23
	codeAccepted = 0x24
	codeRejected = 0x25
	codeReleased = 0x26
	codeModified = 0x27
	// codeTransactional is of the transaction layer, which we do not speak.
	codeTransactional = 0x34
)

// Outcome is how a delivery ended, or that it has not.
type Outcome uint8

// The outcomes of deliveries (spec section 3.4).
const (
	// OutcomeNone means that a state is absent, or tells of no outcome.
	OutcomeNone Outcome = iota
	OutcomeAccepted
	OutcomeRejected
	OutcomeReleased
	OutcomeModified
)

// A State is the state of a delivery.
type State struct {
	Outcome Outcome
	// Error is why the delivery was rejected; it may be absent.
	Error *Error
}

// state reads the field of a delivery state.
func (f *fields) state() State {
	code, in := f.described()
	var s State
	switch code {
	case codeAccepted:
		s.Outcome = OutcomeAccepted
	case codeRejected:
		s.Outcome = OutcomeRejected
		s.Error = in.error()
	case codeReleased:
		s.Outcome = OutcomeReleased
	case codeModified:
		s.Outcome = OutcomeModified
	case 0, codeReceived, codeTransactional:
	default:
		f.fault("descriptor 0x%x where a delivery state is due", code)
	}
	f.adopt(&in)
	return s
}

// error reads the field of an error.
func (f *fields) error() *Error {
	code, in := f.described()
	if code == 0 {
		return nil
	}
	if code != codeError {
		f.fault("descriptor 0x%x where an error is due", code)
		return nil
	}
	e := &Error{Condition: in.symbol(), Description: in.string(), Info: in.mapping()}
	f.adopt(&in)
	return e
}

func appendState(b []byte, s State) []byte {
	switch s.Outcome {
	case OutcomeAccepted:
		return append(b, codeDescribed, codeUlong8, codeAccepted, codeList0)
	case OutcomeReleased:
		return append(b, codeDescribed, codeUlong8, codeReleased, codeList0)
	case OutcomeRejected:
		b, at := openComposite(b, codeRejected)
		return closeCompound(appendError(b, s.Error), at, codeList8, 1)
	case OutcomeModified:
		b, at := openComposite(b, codeModified)
		b = AppendNull(AppendBool(AppendBool(b, false), false))
		return closeCompound(b, at, codeList8, 3)
	}
	return AppendNull(b)
}

func appendError(b []byte, e *Error) []byte {
	if e == nil {
		return AppendNull(b)
	}
	b, at := openComposite(b, codeError)
	b = AppendSymbol(b, e.Condition)
	b = appendText(b, Brief(e.Description))
	b = appendMapping(b, e.Info)
	return closeCompound(b, at, codeList8, 3)
}
