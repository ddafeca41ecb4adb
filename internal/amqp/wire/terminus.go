package wire

// A Terminus is one end of a link, a source or a target (spec sections 3.5.3
// and 3.5.4). A target has no DistributionMode, Filter, DefaultOutcome and
// Outcomes.
type Terminus struct {
	Address      string
	Durable      uint32
	ExpiryPolicy Symbol
	Timeout      uint32 // seconds
	Dynamic      bool
	// DynamicProperties are those of the node that Dynamic asks for.
	DynamicProperties Map
	DistributionMode  Symbol
	// Filter maps names to what is usually a Described value.
	Filter         Map
	DefaultOutcome any
	Outcomes       []Symbol
	Capabilities   []Symbol
	// Coordinator is set for the target of a transaction controller, which
	// has no other field here.
	Coordinator bool
}

const (
	codeSource      = 0x28
	codeTarget      = 0x29
	codeCoordinator = 0x30
)

// source reads the field of a source.
func (f *fields) source() *Terminus {
	code, in := f.described()
	if code == 0 {
		return nil
	}
	if code != codeSource {
		f.fault("descriptor 0x%x where a source is due", code)
		return nil
	}
	t := in.node()
	t.DistributionMode = in.symbol()
	t.Filter = in.mapping()
	t.DefaultOutcome = in.any()
	t.Outcomes = in.symbols()
	t.Capabilities = in.symbols()
	f.adopt(&in)
	return t
}

// target reads the field of a target.
func (f *fields) target() *Terminus {
	code, in := f.described()
	switch code {
	case 0:
		return nil
	case codeTarget:
	case codeCoordinator:
		return &Terminus{Coordinator: true}
	default:
		f.fault("descriptor 0x%x where a target is due", code)
		return nil
	}
	t := in.node()
	t.Capabilities = in.symbols()
	f.adopt(&in)
	return t
}

// node reads the fields that sources and targets begin with.
func (f *fields) node() *Terminus {
	return &Terminus{
		Address:           f.string(),
		Durable:           f.uint(0),
		ExpiryPolicy:      f.symbol(),
		Timeout:           f.uint(0),
		Dynamic:           f.bool(),
		DynamicProperties: f.mapping(),
	}
}

func appendSource(b []byte, t *Terminus) []byte {
	if t == nil {
		return AppendNull(b)
	}
	b, at := openComposite(b, codeSource)
	b = appendNode(b, t)
	b = appendSymbol(b, t.DistributionMode)
	b = appendMapping(b, t.Filter)
	b = AppendValue(b, t.DefaultOutcome)
	b = appendSymbols(b, t.Outcomes)
	b = appendSymbols(b, t.Capabilities)
	return closeCompound(b, at, codeList8, 11)
}

func appendTarget(b []byte, t *Terminus) []byte {
	if t == nil {
		return AppendNull(b)
	}
	if t.Coordinator {
		b, at := openComposite(b, codeCoordinator)
		return closeCompound(AppendNull(b), at, codeList8, 1)
	}
	b, at := openComposite(b, codeTarget)
	b = appendNode(b, t)
	b = appendSymbols(b, t.Capabilities)
	return closeCompound(b, at, codeList8, 7)
}

func appendNode(b []byte, t *Terminus) []byte {
	b = appendText(b, t.Address)
	b = AppendUint(b, t.Durable)
	b = appendSymbol(b, t.ExpiryPolicy)
	b = AppendUint(b, t.Timeout)
	b = AppendBool(b, t.Dynamic)
	return appendMapping(b, t.DynamicProperties)
}
