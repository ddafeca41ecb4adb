package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// rawFrame is a frame with any head and body.
func rawFrame(size uint32, offset, kind byte, channel uint16, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	b = append(b, offset, kind)
	return append(binary.BigEndian.AppendUint16(b, channel), body...)
}

// TestReader reads a stream in portions of several kinds.
func TestReader(t *testing.T) {
	header := HeaderOf(ProtocolSASL)
	long := string(bytes.Repeat([]byte("long"), 10_000))
	stream := bytes.Clone(header[:])
	stream = append(stream, rawFrame(8, 2, FrameAMQP, 0, "")...)
	stream = append(stream, rawFrame(12, 2, FrameSASL, 0x0102, "body")...)
	stream = append(stream, rawFrame(16, 3, FrameAMQP, 1, "extrbody")...)
	stream = append(stream, rawFrame(uint32(8+len(long)), 2, FrameAMQP, 2, long)...)
	stream = append(stream, rawFrame(9, 2, FrameAMQP, 3, "x")...)
	for name, src := range map[string]io.Reader{
		"whole":        bytes.NewReader(stream),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(stream)),
		"halves":       iotest.HalfReader(bytes.NewReader(stream)),
		"data and EOF": iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(src, 65536)
			if h, err := r.Header(); err != nil || h != header {
				t.Fatalf("Header() = %q, %v", h, err)
			}
			for _, want := range []Frame{
				{FrameAMQP, 0, nil},
				{FrameSASL, 0x0102, []byte("body")},
				{FrameAMQP, 1, []byte("body")},
				{FrameAMQP, 2, []byte(long)},
				{FrameAMQP, 3, []byte("x")},
			} {
				f, err := r.Next()
				if err != nil || f.Type != want.Type || f.Channel != want.Channel || !bytes.Equal(f.Body, want.Body) {
					t.Fatalf("Next() = %.80v, %v, want %.80v", f, err, want)
				}
			}
			if f, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("Next() at the end = %v, %v, want io.EOF", f, err)
			}
		})
	}
}

func TestRefusedFrames(t *testing.T) {
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"too large":           {rawFrame(1025, 2, 0, 0, ""), ErrFrame},
		"huge":                {rawFrame(0xffffffff, 2, 0, 0, ""), ErrFrame},
		"too small":           {rawFrame(7, 2, 0, 0, ""), ErrFrame},
		"data in the head":    {rawFrame(12, 1, 0, 0, "body"), ErrFrame},
		"data behind the end": {rawFrame(12, 4, 0, 0, "body"), ErrFrame},
		"half a head":         {rawFrame(12, 2, 0, 0, "body")[:5], io.ErrUnexpectedEOF},
		"a head alone":        {rawFrame(12, 2, 0, 0, ""), io.ErrUnexpectedEOF},
		"half a body":         {rawFrame(12, 2, 0, 0, "bo"), io.ErrUnexpectedEOF},
	} {
		if f, err := NewReader(bytes.NewReader(c.b), 1024).Next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, f, err, c.want)
		}
	}
}

// TestReaderGrowsForFramesOnly claims a large frame: memory grows to the limit
// at most, once, whatever follows.
func TestReaderGrowsForFramesOnly(t *testing.T) {
	r := NewReader(bytes.NewReader(rawFrame(65536, 2, 0, 0, "little")), 65536)
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Next() = %v", err)
	}
	if len(r.buf) > 65536 {
		t.Errorf("a buffer of %d bytes", len(r.buf))
	}
}

func TestReaderKeepsError(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(io.MultiReader(bytes.NewReader([]byte{0, 0}), iotest.ErrReader(broken)), 1024)
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Errorf("Next() = %v, want %v", err, broken)
	}
}
