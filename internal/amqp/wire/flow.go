package wire

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
