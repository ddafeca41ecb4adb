package wire

import "math"

// Begin begins a session.
type Begin struct {
	// RemoteChannel is the channel of the begin that this one answers.
	RemoteChannel    uint16
	HasRemoteChannel bool

	NextOutgoingID      uint32
	IncomingWindow      uint32 // frames
	OutgoingWindow      uint32 // frames
	HandleMax           uint32
	OfferedCapabilities []Symbol
	DesiredCapabilities []Symbol
	Properties          Map
}

// Append writes all eight fields.
func (s *Begin) Append(b []byte) []byte {
	b, at := openComposite(b, codeBegin)
	if s.HasRemoteChannel {
		b = appendUshort(b, s.RemoteChannel)
	} else {
		b = AppendNull(b)
	}
	b = AppendUint(b, s.NextOutgoingID)
	b = AppendUint(b, s.IncomingWindow)
	b = AppendUint(b, s.OutgoingWindow)
	b = AppendUint(b, s.HandleMax)
	b = appendSymbols(b, s.OfferedCapabilities)
	b = appendSymbols(b, s.DesiredCapabilities)
	b = appendMapping(b, s.Properties)
	return closeCompound(b, at, codeList8, 8)
}

func (s *Begin) read(f *fields) error {
	if raw := f.next(); raw != nil {
		if raw[0] != codeUshort {
			f.wrong(raw, "a channel")
			return f.end()
		}
		s.RemoteChannel, s.HasRemoteChannel = uint16(raw[1])<<8|uint16(raw[2]), true
	}
	s.NextOutgoingID = f.uint(0)
	s.IncomingWindow = f.uint(0)
	s.OutgoingWindow = f.uint(0)
	s.HandleMax = f.uint(math.MaxUint32)
	s.OfferedCapabilities = f.symbols()
	s.DesiredCapabilities = f.symbols()
	s.Properties = f.mapping()
	return f.end()
}

// End ends a session.
type End struct {
	Error *Error
}

// Append writes the one field.
func (e *End) Append(b []byte) []byte { return appendEnding(b, codeEnd, e.Error) }

func (e *End) read(f *fields) error {
	e.Error = f.error()
	return f.end()
}
