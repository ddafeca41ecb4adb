package wire

import "encoding/binary"

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
