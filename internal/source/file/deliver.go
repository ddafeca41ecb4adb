package file

import (
	"context"
	"errors"
	"fmt"
	"io"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/source"
)

// A deliveryError ends the run: the store would not take what was read.
type deliveryError struct{ err error }

func (e *deliveryError) Error() string { return e.err.Error() }
func (e *deliveryError) Unwrap() error { return e.err }

// deliverAll delivers what stands after the place, with one delivery under
// way while the next is read. The tail is what was read of the record there
// when it was incomplete.
func (s *Source) deliverAll(ctx context.Context, data io.Reader, p place, tail []byte, report *Report, deliver source.Deliver) error {
	g, err := s.gatherer(data, p)
	if err != nil {
		return fmt.Errorf("read %s: %w", report.Path, err)
	}
	under := func() (event.Counts, error) { return event.Counts{}, nil }
	from, first := p.token, true
	for ctx.Err() == nil {
		messages, at := g.gather()
		if first {
			report.pass(g.passed)
			messages = g.complete(messages, p.at, tail)
			first = false
		}
		if len(messages) == 0 {
			break
		}
		wait, err := deliver(ctx, &event.Batch{
			Messages: messages, Path: report.Path,
			Position: event.Position{Source: Name, Partition: p.partition, From: from, To: at.String()},
		})
		if failed := report.settle(under); failed != nil && err == nil {
			_, _ = wait() // it starts from a position that was not reached
			err = failed
		}
		if err != nil {
			return &deliveryError{fmt.Errorf("deliver %s: %w", report.Path, err)}
		}
		under, from = wait, at.String()
		if s.opt.Progress != nil {
			s.opt.Progress(report.Path, g.file.n, report.Size)
		}
	}
	return g.finish(ctx, report, under)
}

// gatherer begins to read data after the place.
func (s *Source) gatherer(data io.Reader, p place) (*gatherer, error) {
	g := &gatherer{opt: s.opt.Decode, file: &counting{r: data}, plain: newHashing(), after: p.at.end, size: s.opt.Batch}
	g.opt.Format, g.opt.Tap, g.opt.Align = s.format(), g.plain, source.GoodRecords
	var err error
	g.reader, err = decode.NewReader(g.file, g.opt)
	return g, err
}

// finish waits for the last delivery and says whether all was read.
func (g *gatherer) finish(ctx context.Context, report *Report, under event.Wait) error {
	if err := report.settle(under); err != nil {
		return &deliveryError{fmt.Errorf("deliver %s: %w", report.Path, err)}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read %s: %w", report.Path, err)
	}
	if g.err != nil {
		return fmt.Errorf("read %s to its end: %w", report.Path, g.err)
	}
	return nil
}

// settle waits for a delivery and counts it.
func (r *Report) settle(wait event.Wait) error {
	counts, err := wait()
	if err == nil {
		r.Counts.Add(counts)
	}
	return err
}

// A gatherer collects messages into batches and knows where each ends.
type gatherer struct {
	opt    decode.Options
	reader *decode.Reader
	file   *counting
	plain  *hashing
	after  int64 // messages that end here or before were committed
	size   int   // of a batch
	next   *event.Message
	passed int64 // records passed over
	begun  bool
	err    error // of reading; what was read before it is delivered
}

// gather returns the next batch, empty at the end, and the mark it reaches.
func (g *gatherer) gather() ([]event.Message, mark) {
	var list []event.Message
	at := mark{format: g.opt.Format}
	if !g.begun {
		g.begin()
	}
	for bytes, first := 0, g.index(); g.next != nil && bytes < g.size && g.next.Index/source.GoodRecords == first/source.GoodRecords; {
		m := *g.next
		bytes += len(m.Body)
		at.end = m.Offset + int64(len(m.Body))
		list = append(list, m)
		g.advance()
	}
	at.index, at.read, at.hash = g.index(), g.plain.n, g.plain.sum()
	at.whole = g.next == nil && g.err == nil
	if at.whole && len(list) > 0 {
		g.last(&list[len(list)-1], &at)
	}
	return list, at
}

// last corrects the mark after m, the last message of all.
func (g *gatherer) last(m *event.Message, at *mark) {
	if m.Offset >= g.plain.n { // it follows compressed data and is not of them
		at.end, at.index = m.Offset, m.Index
		return
	}
	g.hold(m, at)
}

// complete puts before the messages, the first of the run, that the record is
// complete whose beginning was held. It is in the first of them.
func (g *gatherer) complete(messages []event.Message, at mark, tail []byte) []event.Message {
	if len(tail) == 0 || len(messages) == 0 || !g.completes(&messages[0], at) {
		return messages
	}
	return append([]event.Message{
		{Body: tail, Format: g.opt.Format, Offset: at.end, Index: at.index, Completed: true},
	}, messages...)
}

// begin goes to the first message that was not committed.
func (g *gatherer) begin() {
	g.begun = true
	g.advance()
	g.passed = g.index()
}

// index is the number of records before the next message.
func (g *gatherer) index() int64 {
	if g.next != nil {
		return g.next.Index
	}
	return g.reader.Index()
}

// advance reads the next message that was not committed.
func (g *gatherer) advance() {
	for {
		m, err := g.reader.Next()
		if err != nil {
			if g.next = nil; !errors.Is(err, io.EOF) {
				g.err = err
			}
			return
		}
		if m.Offset+int64(len(m.Body)) > g.after {
			g.next = m
			return
		}
	}
}

// counting is a reader that counts what went through it.
type counting struct {
	r io.Reader
	n int64
}

// Read reads from the underlying reader.
func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
