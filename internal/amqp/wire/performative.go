package wire

// The descriptors of the performatives (spec section 2.7).
const (
	codeOpen        = 0x10
	codeBegin       = 0x11
	codeAttach      = 0x12
	codeFlow        = 0x13
	codeTransfer    = 0x14
	codeDisposition = 0x15
	codeDetach      = 0x16
	codeEnd         = 0x17
	codeClose       = 0x18
)

// A Performative is one of *Open, *Begin, *Attach, *Flow, *Transfer,
// *Disposition, *Detach, *End, *Close, *SASLMechanisms, *SASLInit and
// *SASLOutcome.
type Performative interface {
	// Append writes the performative with all its fields.
	Append(b []byte) []byte
	// read fills the performative from a list.
	read(f *fields) error
}

// A Parser reads performatives. What it returns is valid until its next call,
// except for what Open, Begin and Attach hold besides binaries.
type Parser struct {
	flow        Flow
	transfer    Transfer
	disposition Disposition
}

// Parse reads the performative in the body of an AMQP frame, and returns the
// payload that follows it. Binaries are slices of body.
func (p *Parser) Parse(body []byte) (_ Performative, payload []byte, err error) {
	code, f, n, err := describedList(body)
	if err != nil {
		return nil, nil, err
	}
	v := p.blank(code)
	if v == nil {
		return nil, nil, malformed("descriptor 0x%x is no performative's", code)
	}
	if err := v.read(&f); err != nil {
		return nil, nil, err
	}
	return v, body[n:], nil
}

// blank is an empty performative. Those of the hot paths are used again.
func (p *Parser) blank(code uint64) Performative {
	switch code {
	case codeOpen:
		return new(Open)
	case codeBegin:
		return new(Begin)
	case codeAttach:
		return new(Attach)
	case codeFlow:
		return &p.flow
	case codeTransfer:
		return &p.transfer
	case codeDisposition:
		return &p.disposition
	case codeDetach:
		return new(Detach)
	case codeEnd:
		return new(End)
	case codeClose:
		return new(Close)
	}
	return nil
}

// ParseSASL reads the performative in the body of a SASL frame.
func ParseSASL(body []byte) (Performative, error) {
	code, f, _, err := describedList(body)
	if err != nil {
		return nil, err
	}
	var v Performative
	switch code {
	case codeSASLMechanisms:
		v = new(SASLMechanisms)
	case codeSASLInit:
		v = new(SASLInit)
	case codeSASLOutcome:
		v = new(SASLOutcome)
	default:
		return nil, malformed("descriptor 0x%x is no performative of SASL that we speak", code)
	}
	return v, v.read(&f)
}
