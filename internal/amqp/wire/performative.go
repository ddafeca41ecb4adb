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
	f           fields
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
	p.f = f
	v := p.blank(code)
	if v == nil {
		return nil, nil, malformed("descriptor 0x%x is no performative's", code)
	}
	if err := v.read(&p.f); err != nil {
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

const (
	codeSASLMechanisms = 0x40
	codeSASLInit       = 0x41
	codeSASLOutcome    = 0x44
)

// The codes of a SASLOutcome that we use.
const (
	SASLOK   = 0
	SASLAuth = 1
)

// SASLMechanisms offers ways to say who one is.
type SASLMechanisms struct {
	Mechanisms []Symbol
}

// Append writes the one field, as an array even of one.
func (m *SASLMechanisms) Append(b []byte) []byte {
	b, at := openComposite(b, codeSASLMechanisms)
	return closeCompound(appendArray(b, anys(m.Mechanisms)), at, codeList8, 1)
}

func (m *SASLMechanisms) read(f *fields) error {
	m.Mechanisms = f.symbols()
	return f.end()
}

// SASLInit chooses a mechanism.
type SASLInit struct {
	Mechanism       Symbol
	InitialResponse []byte
	Hostname        string
}

// Append writes all three fields.
func (i *SASLInit) Append(b []byte) []byte {
	b, at := openComposite(b, codeSASLInit)
	b = AppendSymbol(b, i.Mechanism)
	b = appendOptional(b, i.InitialResponse)
	b = appendText(b, i.Hostname)
	return closeCompound(b, at, codeList8, 3)
}

func (i *SASLInit) read(f *fields) error {
	i.Mechanism = f.symbol()
	i.InitialResponse = f.binary()
	i.Hostname = f.string()
	return f.end()
}

// SASLOutcome says how it went.
type SASLOutcome struct {
	Code uint8
}

// Append writes both fields.
func (o *SASLOutcome) Append(b []byte) []byte {
	b, at := openComposite(b, codeSASLOutcome)
	b = AppendNull(appendUbyte(b, o.Code))
	return closeCompound(b, at, codeList8, 2)
}

func (o *SASLOutcome) read(f *fields) error {
	o.Code = f.ubyte(SASLOK)
	return f.end()
}
