package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of frames.
const (
	FrameAMQP = 0
	FrameSASL = 1
)

// frameHead is the length of a frame's head: size, data offset, type, channel.
const frameHead = 8

// MinMaxFrameSize is the size of frame that every peer must take.
const MinMaxFrameSize = 512

// A Frame is one frame. The body of an empty one, which only says that the peer
// is alive, has no bytes.
type Frame struct {
	Type    byte
	Channel uint16
	Body    []byte
}

// appendFrameHead writes the head of a frame whose size is filled in later.
func appendFrameHead(b []byte, kind byte, channel uint16) []byte {
	return append(b, 0, 0, 0, 0, 2, kind, byte(channel>>8), byte(channel))
}

// AppendFrame writes a frame with a performative; nil makes an empty frame.
func AppendFrame(b []byte, kind byte, channel uint16, p Performative) []byte {
	at := len(b)
	b = appendFrameHead(b, kind, channel)
	if p != nil {
		b = p.Append(b)
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at))
	return b
}

// initialBuffer is what a Reader begins with; most connections are quiet.
const initialBuffer = 4 << 10

// A Reader reads protocol headers and frames from a stream. Its buffer grows
// to the size of the largest frame, and for streams that fill it, to the limit.
type Reader struct {
	src      io.Reader
	max      int
	buf      []byte
	from, to int // what is read and not yet taken
}

// NewReader reads from src and refuses frames beyond max bytes.
func NewReader(src io.Reader, max uint32) *Reader {
	return &Reader{src: src, max: int(max), buf: make([]byte, initialBuffer)}
}

// SetMax changes the largest size of a frame.
func (r *Reader) SetMax(max uint32) { r.max = int(max) }

// Buffered is how many bytes are read and not yet taken.
func (r *Reader) Buffered() int { return r.to - r.from }

// need waits until n bytes are there. The error is io.EOF only if there is
// none of them.
func (r *Reader) need(n int) error {
	if r.Buffered() >= n {
		return nil
	}
	r.makeRoom(n)
	for r.Buffered() < n {
		m, err := r.src.Read(r.buf[r.to:])
		r.to += m
		if m == 0 && err != nil {
			if r.Buffered() > 0 {
				err = midway(err)
			}
			return err
		}
	}
	return nil
}

// makeRoom makes the buffer hold n bytes from the first that is not taken. A
// buffer that was full is too small for its stream and doubles.
func (r *Reader) makeRoom(n int) {
	size := len(r.buf)
	if r.to == size {
		size = min(2*size, max(r.max, initialBuffer))
	}
	if size = max(size, n); size > len(r.buf) {
		grown := make([]byte, size)
		r.from, r.to = 0, copy(grown, r.buf[r.from:r.to])
		r.buf = grown
		return
	}
	if r.from == r.to || r.from+n > len(r.buf) {
		r.from, r.to = 0, copy(r.buf, r.buf[r.from:r.to])
	}
}

// midway is an error that comes before all is read.
func midway(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Next reads a frame, which is valid until the next call. The error is io.EOF
// when the stream ends between two frames.
func (r *Reader) Next() (Frame, error) {
	if err := r.need(frameHead); err != nil {
		return Frame{}, err
	}
	head := r.buf[r.from:]
	size, offset := binary.BigEndian.Uint32(head), 4*int(head[4])
	if size < frameHead || int64(size) > int64(r.max) {
		return Frame{}, fmt.Errorf("%w: a frame of %d bytes where %d to %d are allowed", ErrFrame, size, frameHead, r.max)
	}
	if offset < frameHead || offset > int(size) {
		return Frame{}, fmt.Errorf("%w: data at byte %d of a frame of %d", ErrFrame, offset, size)
	}
	if err := r.need(int(size)); err != nil {
		return Frame{}, midway(err)
	}
	b := r.buf[r.from : r.from+int(size)]
	r.from += int(size)
	return Frame{
		Type:    b[5],
		Channel: binary.BigEndian.Uint16(b[6:]),
		Body:    b[offset:len(b):len(b)],
	}, nil
}

// ErrFrame means that a frame breaks the rules of framing.
var ErrFrame = errors.New("framing error")

// The protocols that a header may announce.
const (
	ProtocolAMQP = 0
	ProtocolTLS  = 2
	ProtocolSASL = 3
)

// HeaderBytes is the length of a protocol header.
const HeaderBytes = 8

// A Header begins each layer of the protocol.
type Header [HeaderBytes]byte

// HeaderOf is the header of version 1.0.0 of a protocol.
func HeaderOf(protocol byte) Header { return Header{'A', 'M', 'Q', 'P', protocol, 1, 0, 0} }

// Header reads a protocol header. Whether it is one is for the caller to see.
func (r *Reader) Header() (Header, error) {
	if err := r.need(HeaderBytes); err != nil {
		return Header{}, err
	}
	h := Header(r.buf[r.from : r.from+HeaderBytes])
	r.from += HeaderBytes
	return h, nil
}
