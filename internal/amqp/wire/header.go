package wire

import "errors"

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
