package file

import (
	"bufio"
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

func (s *Source) readStdin(ctx context.Context, report *Report, deliver source.Deliver) error {
	in := bufio.NewReaderSize(s.opt.Stdin, 64<<10)
	place, err := s.locateStdin(ctx, in)
	if err != nil {
		return fmt.Errorf("find out where standard input stands: %w", err)
	}
	return s.deliverAll(ctx, in, place, report, deliver)
}

// deliverAll delivers what stands after the place, with one delivery under
// way while the next is read.
func (s *Source) deliverAll(ctx context.Context, data io.Reader, p place, report *Report, deliver source.Deliver) error {
	raw := newHashing(data)
	reader, err := decode.NewReader(raw, s.opt.Decode)
	if err != nil {
		return fmt.Errorf("read %s: %w", report.Path, err)
	}
	g := &gatherer{reader: reader, raw: raw, after: p.at.end, size: s.opt.Batch}
	under := func() (event.Counts, error) { return event.Counts{}, nil }
	from, first := p.token, true
	for ctx.Err() == nil {
		messages, at := g.gather()
		if first {
			report.pass(g.passed)
			first = false
		}
		if len(messages) == 0 {
			break
		}
		wait, err := deliver(ctx, &event.Batch{
			Messages: messages,
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
			s.opt.Progress(report.Path, raw.n, report.Size)
		}
	}
	return g.finish(ctx, report, under)
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
	reader *decode.Reader
	raw    *hashing
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
	var at mark
	if !g.begun {
		g.begin()
	}
	for bytes := 0; g.next != nil && bytes < g.size; {
		m := *g.next
		bytes += len(m.Body)
		at.end = m.Offset + int64(len(m.Body))
		list = append(list, m)
		g.advance()
	}
	at.index, at.raw, at.hash = g.reader.Index(), g.raw.n, g.raw.sum()
	if g.next != nil {
		at.index = g.next.Index
	}
	at.whole = g.next == nil && g.err == nil
	return list, at
}

// begin goes to the first message that was not committed.
func (g *gatherer) begin() {
	g.begun = true
	g.advance()
	g.passed = g.reader.Index()
	if g.next != nil {
		g.passed = g.next.Index
	}
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
