// Package sourcetest is the suite that every source passes. It plays the
// conveyor and the store: a Sink takes batches, checks that each starts where
// the one before ended, and remembers records and positions.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/source"
)

// A Case is a source under test, over an input that ends.
type Case struct {
	// Open returns the source over the same input each time, with small
	// batches: the input must make at least three.
	Open func(t *testing.T, positions source.Positions) source.Source
	// Records is the number of different records in the input.
	Records int
}

// errSink is what a Sink that was told to fail answers.
var errSink = errors.New("the sink fails")

// Run runs the suite.
func Run(t *testing.T, c Case) {
	t.Run("everything arrives once", c.everything)
	t.Run("a second run adds nothing", c.second)
	t.Run("a failed commit is delivered again", func(t *testing.T) { c.failing(t, func(s *Sink) { s.FailWait = true }) })
	t.Run("a refused delivery is delivered again", func(t *testing.T) { c.failing(t, func(s *Sink) { s.FailWait = false }) })
	t.Run("two at once deliver nothing twice", c.two)
	t.Run("told to stop it stops and goes on later", c.stopping)
}

func (c Case) everything(t *testing.T) {
	sink := NewSink()
	if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	sink.expect(t, c.Records)
	if sink.Batches < 3 {
		t.Errorf("got %d batches, want 3 or more: the case is too small", sink.Batches)
	}
	for record, n := range sink.Records {
		if n != 1 {
			t.Errorf("record %.60s arrived %d times, want once", record, n)
		}
	}
}

func (c Case) second(t *testing.T) {
	sink := NewSink()
	for range 2 {
		if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
	}
	sink.expect(t, c.Records)
	if n := sink.total(); n != c.Records {
		t.Errorf("got %d records in two runs, want %d", n, c.Records)
	}
}

// failing lets each of the first deliveries fail. The partitions of a source
// may deliver at the same time, so how far the others come is not known.
func (c Case) failing(t *testing.T, choose func(*Sink)) {
	for failAt := 1; failAt <= 3; failAt++ {
		sink := NewSink()
		sink.FailAt = failAt
		choose(sink)
		if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); !errors.Is(err, errSink) {
			t.Fatalf("failing at delivery %d: got %v, want the sink's error", failAt, err)
		}
		sink.FailAt = 0
		if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
		sink.expect(t, c.Records)
	}
}

// two runs two of the source side by side: each moves the positions under the
// other's feet. Either may give up with event.ErrMoved.
func (c Case) two(t *testing.T) {
	sink := NewSink()
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i := range errs {
		s := c.Open(t, sink)
		group.Go(func() { errs[i] = s.Run(t.Context(), sink.Deliver) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, event.ErrMoved) {
			t.Errorf("got %v, want nil or event.ErrMoved", err)
		}
	}
	if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	sink.expect(t, c.Records)
	if n := sink.total(); n != c.Records {
		t.Errorf("got %d records from two at once, want %d", n, c.Records)
	}
}

func (c Case) stopping(t *testing.T) {
	sink := NewSink()
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Open(t, sink).Run(ctx, func(ctx context.Context, b *event.Batch) (event.Wait, error) {
		defer cancel()
		return sink.Deliver(ctx, b)
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if err := c.Open(t, sink).Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	sink.expect(t, c.Records)
}

// A Sink takes deliveries and keeps what a store would.
type Sink struct {
	// FailAt makes that delivery fail, counted from 1; 0 for none. FailWait
	// says whether its Wait fails or the delivery itself.
	FailAt   int
	FailWait bool
	// Batches counts what was committed, Records how often each record was. A
	// reject is among them as "reject" and its text, until it is completed.
	Batches int
	Records map[string]int

	mu        sync.Mutex
	taken     int
	positions map[[2]string]string
}

// NewSink returns an empty sink.
func NewSink() *Sink {
	return &Sink{Records: make(map[string]int), positions: make(map[[2]string]string)}
}

// Position returns the token of a partition.
func (s *Sink) Position(_ context.Context, name, partition string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.positions[[2]string{name, partition}], nil
}

// Partitions returns the partitions that have a position, in order.
func (s *Sink) Partitions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for key := range s.positions {
		names = append(names, key[1])
	}
	slices.Sort(names)
	return names
}

// Count returns how many records were committed, each as often as it was.
func (s *Sink) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total()
}

// Deliver takes a batch; it is committed when its Wait is called, after the
// batches before it.
func (s *Sink) Deliver(ctx context.Context, b *event.Batch) (event.Wait, error) {
	s.mu.Lock()
	s.taken++
	fails := s.taken == s.FailAt
	s.mu.Unlock()
	if fails && !s.FailWait {
		return nil, errSink
	}
	records, err := recordsOf(b)
	if err != nil {
		return nil, err
	}
	position := b.Position
	return func() (event.Counts, error) {
		if err := ctx.Err(); err != nil {
			return event.Counts{}, err
		}
		if fails {
			return event.Counts{}, errSink
		}
		return s.commit(position, records)
	}, nil
}

func (s *Sink) commit(p event.Position, records []string) (event.Counts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{p.Source, p.Partition}
	if stored := s.positions[key]; stored != p.From {
		return event.Counts{}, fmt.Errorf("position is %q, the batch starts from %q: %w", stored, p.From, event.ErrMoved)
	}
	s.positions[key] = p.To
	s.Batches++
	n := int64(len(records))
	for _, r := range records {
		if beginning, ok := strings.CutPrefix(r, completed); ok {
			delete(s.Records, rejected+beginning)
			n--
			continue
		}
		s.Records[r]++
	}
	return event.Counts{Read: n, Committed: n}, nil
}

// What recordsOf puts before the texts of what is no record.
const (
	rejected  = "reject "
	completed = "completed "
)

// recordsOf decodes a batch into the texts of its records.
func recordsOf(b *event.Batch) ([]string, error) {
	var list []string
	d := decode.New(decode.Options{})
	for i := range b.Messages {
		if b.Messages[i].Completed {
			list = append(list, completed+string(b.Messages[i].Body))
			continue
		}
		err := d.Decode(&b.Messages[i], b.Position.Source, b.Position.Partition,
			func(r *event.Record) error { list = append(list, string(r.Text)); return nil },
			func(r *decode.Reject) error { list = append(list, rejected+string(r.Raw)); return nil })
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Sink) expect(t *testing.T, want int) {
	t.Helper()
	if len(s.Records) != want {
		t.Errorf("got %d different records, want %d", len(s.Records), want)
	}
}

func (s *Sink) total() int {
	n := 0
	for _, times := range s.Records {
		n += times
	}
	return n
}
