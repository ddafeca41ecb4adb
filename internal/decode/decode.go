// Package decode turns received bytes into records: it is the second step of
// the journey, between a source and a table's mapping. It knows the containers
// (REST page, hub message, storage blob, query response, CSV), finds out which
// one it has, and mends what can be mended.
//
// Invariant: one bad record never costs a good one, and nothing is dropped in
// silence. Every element of a container ends as exactly one event.Record or
// one Reject, and the cut of a file into blocks never changes which.
//
// The parts: scanner (one strict pass over one JSON value), walker (from
// element to element through envelopes and arrays), mender (the lenient second
// look at an element that the scanner refused), resync (where the next record
// begins if mending failed too), Reader (blocks of whole elements from a file
// of any size).
package decode

import (
	"io"

	"nephoscope/internal/event"
)

const (
	// DefaultMaxRecord is the size above which a record is refused.
	DefaultMaxRecord = 8 << 20
	// DefaultBlock is the size at which a Reader ends a block.
	DefaultBlock = 512 << 10

	maxMaxRecord = 256 << 20 // so that places in a mended record fit 32 bits
	maxExcerpt   = 64 << 10  // what is kept of a record that is too large
)

// Options of a Decoder and a Reader. The zero value is good for everything
// that need not be forced.
type Options struct {
	// Format decides what the bytes leave open: the shape of records whose
	// keys do not tell, and whether text is a CSV. What is clear stays what it
	// is. "" and event.FormatAuto decide nothing.
	Format event.Format
	// MaxRecord is the size in bytes up to which a record is read; 0 means
	// DefaultMaxRecord, the most is 256 MiB.
	MaxRecord int
	// Block is the size in bytes at which a Reader ends a block; 0 means
	// DefaultBlock. A Decoder does not use it.
	Block int
	// Align makes a Reader end a block wherever the number of elements so far
	// is a multiple of it; 0 means nowhere. A Decoder does not use it.
	Align int64
	// Tap, if not nil, gets a copy of the data that a Reader reads, unpacked.
	// A Decoder does not use it.
	Tap io.Writer
}

func (o Options) withDefaults() Options {
	if o.MaxRecord <= 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	o.MaxRecord = min(o.MaxRecord, maxMaxRecord)
	if o.Block <= 0 {
		o.Block = DefaultBlock
	}
	return o
}

// A Decoder decodes whole messages in memory. It reuses its memory from one
// message to the next and is not safe for concurrent use.
type Decoder struct {
	opt    Options
	scan   scanner
	rec    event.Record
	mend   mender
	row    []byte // the object made from a row of CSV or of a query response
	fields []field
}

// New returns a decoder.
func New(opt Options) *Decoder {
	return &Decoder{opt: opt.withDefaults(), rec: event.Record{Mend: mendText}}
}

// Decode calls yield for each record of m and reject for each element that is
// none, in order. Record and Reject are valid only until the callback returns.
// An error of a callback ends the decoding and is returned as it is; there are
// no other errors. The decoder's format counts only if the message's own is
// not known.
func (d *Decoder) Decode(m *event.Message, source, partition string, yield func(*event.Record) error, reject func(*Reject) error) error {
	d.rec.Source, d.rec.Partition = source, partition
	if !m.Oversize && packed(m.Body) {
		return d.decodePacked(m, yield, reject)
	}
	return d.decode(m, yield, reject)
}

// decode decodes a message whose body is plain.
func (d *Decoder) decode(m *event.Message, yield func(*event.Record) error, reject func(*Reject) error) error {
	if m.Unreadable != "" {
		return reject(&Reject{Reason: ReasonEncoding, Detail: m.Unreadable, Index: m.Index, Offset: m.Offset})
	}
	if m.Oversize {
		return reject(&Reject{Raw: m.Body, Reason: ReasonTooLarge, Detail: d.tooLarge(), Index: m.Index, Offset: m.Offset})
	}
	w := newWalker(d, d.formatOf(m))
	w.b, w.eof, w.base, w.index = m.Body, true, m.Offset, m.Index
	w.yield, w.reject = yield, reject
	return w.walk()
}

func (d *Decoder) formatOf(m *event.Message) event.Format {
	if m.Format == "" || m.Format == event.FormatAuto {
		return d.opt.Format
	}
	return m.Format
}
