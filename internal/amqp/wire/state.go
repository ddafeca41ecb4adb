package wire

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
	b = appendText(b, e.Description)
	b = appendMapping(b, e.Info)
	return closeCompound(b, at, codeList8, 3)
}
