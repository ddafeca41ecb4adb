package wire

import (
	"math"
	"time"
)

// Open begins a connection.
type Open struct {
	ContainerID  string
	Hostname     string
	MaxFrameSize uint32 // bytes; the largest uint32 if there is no limit
	ChannelMax   uint16
	// IdleTimeout is whole milliseconds, 0 for none.
	IdleTimeout         time.Duration
	OutgoingLocales     []Symbol
	IncomingLocales     []Symbol
	OfferedCapabilities []Symbol
	DesiredCapabilities []Symbol
	Properties          Map
}

// Append writes all ten fields.
func (o *Open) Append(b []byte) []byte {
	b, at := openComposite(b, codeOpen)
	b = AppendString(b, o.ContainerID)
	b = appendText(b, o.Hostname)
	b = AppendUint(b, o.MaxFrameSize)
	b = appendUshort(b, o.ChannelMax)
	b = appendMaybeUint(b, uint32(o.IdleTimeout.Milliseconds()), o.IdleTimeout > 0)
	b = appendSymbols(b, o.OutgoingLocales)
	b = appendSymbols(b, o.IncomingLocales)
	b = appendSymbols(b, o.OfferedCapabilities)
	b = appendSymbols(b, o.DesiredCapabilities)
	b = appendMapping(b, o.Properties)
	return closeCompound(b, at, codeList8, 10)
}

func (o *Open) read(f *fields) error {
	o.ContainerID = f.string()
	o.Hostname = f.string()
	o.MaxFrameSize = f.uint(math.MaxUint32)
	o.ChannelMax = f.ushort(math.MaxUint16)
	o.IdleTimeout = time.Duration(f.uint(0)) * time.Millisecond
	o.OutgoingLocales = f.symbols()
	o.IncomingLocales = f.symbols()
	o.OfferedCapabilities = f.symbols()
	o.DesiredCapabilities = f.symbols()
	o.Properties = f.mapping()
	return f.end()
}

// Close ends a connection.
type Close struct {
	Error *Error
}

// Append writes the one field.
func (c *Close) Append(b []byte) []byte { return appendEnding(b, codeClose, c.Error) }

func (c *Close) read(f *fields) error {
	c.Error = f.error()
	return f.end()
}

// appendEnding writes a composite whose one field is an error.
func appendEnding(b []byte, code byte, e *Error) []byte {
	b, at := openComposite(b, code)
	return closeCompound(appendError(b, e), at, codeList8, 1)
}

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
