package wire

// Role is the side of a link that a performative was written by.
type Role bool

// The roles.
const (
	RoleSender   Role = false
	RoleReceiver Role = true
)

// The settle modes of a sender.
const (
	SenderUnsettled = 0
	SenderSettled   = 1
	SenderMixed     = 2
)

// The settle modes of a receiver.
const (
	ReceiverFirst  = 0
	ReceiverSecond = 1
)

// Attach begins a link, or answers one that does.
type Attach struct {
	Name                 string
	Handle               uint32
	Role                 Role
	SndSettleMode        uint8
	RcvSettleMode        uint8
	Source, Target       *Terminus
	Unsettled            Map
	IncompleteUnsettled  bool
	InitialDeliveryCount uint32 // of senders only
	MaxMessageSize       uint64
	OfferedCapabilities  []Symbol
	DesiredCapabilities  []Symbol
	Properties           Map
}

// Append writes all fourteen fields.
func (a *Attach) Append(b []byte) []byte {
	b, at := openComposite(b, codeAttach)
	b = AppendString(b, a.Name)
	b = AppendUint(b, a.Handle)
	b = AppendBool(b, bool(a.Role))
	b = appendUbyte(b, a.SndSettleMode)
	b = appendUbyte(b, a.RcvSettleMode)
	b = appendSource(b, a.Source)
	b = appendTarget(b, a.Target)
	b = appendMapping(b, a.Unsettled)
	b = AppendBool(b, a.IncompleteUnsettled)
	b = appendMaybeUint(b, a.InitialDeliveryCount, a.Role == RoleSender)
	b = AppendUlong(b, a.MaxMessageSize)
	b = appendSymbols(b, a.OfferedCapabilities)
	b = appendSymbols(b, a.DesiredCapabilities)
	b = appendMapping(b, a.Properties)
	return closeCompound(b, at, codeList8, 14)
}

func (a *Attach) read(f *fields) error {
	a.Name = f.string()
	a.Handle = f.uint(0)
	a.Role = Role(f.bool())
	a.SndSettleMode = f.ubyte(SenderMixed)
	a.RcvSettleMode = f.ubyte(ReceiverFirst)
	a.Source = f.source()
	a.Target = f.target()
	a.Unsettled = f.mapping()
	a.IncompleteUnsettled = f.bool()
	a.InitialDeliveryCount = f.uint(0)
	a.MaxMessageSize = f.ulong()
	a.OfferedCapabilities = f.symbols()
	a.DesiredCapabilities = f.symbols()
	a.Properties = f.mapping()
	if a.SndSettleMode > SenderMixed || a.RcvSettleMode > ReceiverSecond {
		f.fault("settle modes %d and %d", a.SndSettleMode, a.RcvSettleMode)
	}
	return f.end()
}

// Detach ends a link.
type Detach struct {
	Handle uint32
	Closed bool
	Error  *Error
}

// Append writes all three fields.
func (d *Detach) Append(b []byte) []byte {
	b, at := openComposite(b, codeDetach)
	b = AppendUint(b, d.Handle)
	b = AppendBool(b, d.Closed)
	b = appendError(b, d.Error)
	return closeCompound(b, at, codeList8, 3)
}

func (d *Detach) read(f *fields) error {
	d.Handle = f.uint(0)
	d.Closed = f.bool()
	d.Error = f.error()
	return f.end()
}

// Flow tells the state of a session, and of a link if it has a handle.
type Flow struct {
	NextIncomingID    uint32
	HasNextIncomingID bool // false until the begin of the other side is known
	IncomingWindow    uint32
	NextOutgoingID    uint32
	OutgoingWindow    uint32

	Handle           uint32
	HasHandle        bool
	DeliveryCount    uint32
	HasDeliveryCount bool
	LinkCredit       uint32
	HasLinkCredit    bool
	Available        uint32
	Drain            bool
	Echo             bool
}

// Append writes all eleven fields.
func (w *Flow) Append(b []byte) []byte {
	b, at := openComposite(b, codeFlow)
	b = appendMaybeUint(b, w.NextIncomingID, w.HasNextIncomingID)
	b = AppendUint(b, w.IncomingWindow)
	b = AppendUint(b, w.NextOutgoingID)
	b = AppendUint(b, w.OutgoingWindow)
	b = appendMaybeUint(b, w.Handle, w.HasHandle)
	b = appendMaybeUint(b, w.DeliveryCount, w.HasDeliveryCount)
	b = appendMaybeUint(b, w.LinkCredit, w.HasLinkCredit)
	b = appendMaybeUint(b, w.Available, w.HasHandle)
	b = AppendBool(b, w.Drain)
	b = AppendBool(b, w.Echo)
	b = AppendNull(b)
	return closeCompound(b, at, codeList8, 11)
}

func (w *Flow) read(f *fields) error {
	w.NextIncomingID, w.HasNextIncomingID = f.optionalUint()
	w.IncomingWindow = f.uint(0)
	w.NextOutgoingID = f.uint(0)
	w.OutgoingWindow = f.uint(0)
	w.Handle, w.HasHandle = f.optionalUint()
	w.DeliveryCount, w.HasDeliveryCount = f.optionalUint()
	w.LinkCredit, w.HasLinkCredit = f.optionalUint()
	w.Available = f.uint(0)
	w.Drain = f.bool()
	w.Echo = f.bool()
	return f.end()
}
