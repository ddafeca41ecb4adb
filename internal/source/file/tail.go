package file

import (
	"bytes"
	"fmt"
	"io"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
)

// The last record of a blob that is being written may be there in part. It goes
// to quarantine, so that nothing is lost if no more of it comes; but the mark
// stays before it. When the file has grown, the record is read whole, and a
// message tells that its beginning is completed.

// hold moves the mark before the last record of m if that one is incomplete.
func (g *gatherer) hold(m *event.Message, at *mark) {
	var last decode.Reject
	g.outcomes(m, func(r *decode.Reject) {
		last = decode.Reject{}
		if r != nil && r.Reason == decode.ReasonTruncated && stands(m, r) {
			last = *r
		}
	})
	if last.Reason != "" {
		at.end, at.index, at.tail = last.Offset, last.Index, int64(len(last.Raw))
	}
}

// stands tells whether the rejected bytes are in the file just so.
func stands(m *event.Message, r *decode.Reject) bool {
	i := r.Offset - m.Offset
	return r.Header == nil && i >= 0 && i <= int64(len(m.Body)) && bytes.HasPrefix(m.Body[i:], r.Raw)
}

// completes tells whether m has more of the record whose beginning was held.
func (g *gatherer) completes(m *event.Message, at mark) bool {
	more := true
	g.outcomes(m, func(r *decode.Reject) {
		if r != nil && r.Index == at.index && r.Offset == at.end && int64(len(r.Raw)) == at.tail {
			more = false
		}
	})
	return more
}

// outcomes calls fn for each element of m, with nil for a good one. The reject
// is the decoder's.
func (g *gatherer) outcomes(m *event.Message, fn func(*decode.Reject)) {
	_ = decode.New(g.opt).Decode(m, "", "", // no callback fails
		func(*event.Record) error { fn(nil); return nil },
		func(r *decode.Reject) error { fn(r); return nil })
}

// tailOf reads the incomplete record that a file ended with at a mark.
func tailOf(file io.ReadSeeker, at mark) ([]byte, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	plain, err := decode.Unpack(file, new([]byte))
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, plain, at.end); err != nil {
		return nil, fmt.Errorf("pass %d bytes: %w", at.end, err)
	}
	var tail bytes.Buffer
	if _, err := io.CopyN(&tail, plain, at.tail); err != nil {
		return nil, fmt.Errorf("read the record at %d: %w", at.end, err)
	}
	return tail.Bytes(), nil
}
