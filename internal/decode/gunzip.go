package decode

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"nephoscope/internal/event"
)

// emptyGzip is nothing, compressed. A Reader puts it before what follows
// compressed data, so that the message decodes as the data's end would.
const emptyGzip = gzipMagic + "\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// A gunzip reads the members of gzip data. Disks and tapes pad files with NULs,
// which it passes; other bytes after the last member end the data.
type gunzip struct {
	src  *bufio.Reader
	z    *gzip.Reader
	left *[]byte // gets the beginning of those bytes
	end  error   // once there are no more members
}

func newGunzip(src *bufio.Reader, left *[]byte) (*gunzip, error) {
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gunzip{src: src, z: z, left: left}, nil
}

// Read reads from the current member, or the next one that is not empty.
func (g *gunzip) Read(p []byte) (int, error) {
	for g.end == nil {
		n, err := g.z.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		g.end = g.next()
	}
	return 0, g.end
}

// next moves to the next member; the error is io.EOF if there is none.
func (g *gunzip) next() error {
	c, err := g.src.ReadByte()
	for err == nil && c == 0 {
		c, err = g.src.ReadByte()
	}
	if err != nil {
		return err
	}
	if err := g.src.UnreadByte(); err != nil {
		return err
	}
	if head, _ := g.src.Peek(len(gzipMagic)); string(head) != gzipMagic {
		return g.leave()
	}
	if err := g.z.Reset(g.src); err != nil {
		return err
	}
	g.z.Multistream(false)
	return nil
}

// leave takes what follows the last member.
func (g *gunzip) leave() error {
	left, err := io.ReadAll(io.LimitReader(g.src, maxExcerpt))
	*g.left = append(*g.left, left...)
	if err != nil {
		return err
	}
	return io.EOF
}

// decodePacked decodes a message whose body is compressed. Offsets count in
// the decompressed data.
func (d *Decoder) decodePacked(m *event.Message, yield func(*event.Record) error, reject func(*Reject) error) error {
	opt := d.opt
	opt.Format, opt.Tap = d.formatOf(m), nil
	next := m.Index
	r, err := NewReader(bytes.NewReader(m.Body), opt)
	for err == nil {
		var part *event.Message
		if part, err = r.next(); err != nil {
			next += r.w.index
			break
		}
		part.Index += m.Index
		part.Offset += m.Offset
		if err := d.decode(part, yield, reject); err != nil {
			return err
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return reject(&Reject{
			Raw: excerpt(m.Body, d.opt.MaxRecord), Reason: ReasonEncoding, Detail: err.Error(), Index: next, Offset: m.Offset,
		})
	case len(r.left) > 0:
		return reject(&Reject{
			Raw: r.left, Reason: ReasonEncoding, Detail: "follows the end of compressed data", Index: next, Offset: m.Offset + r.size(),
		})
	}
	return nil
}
