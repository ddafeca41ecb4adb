package wire

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
