package eventhub

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// fakeHub is a hub in memory that keeps the contract of wire.Client, and fails
// when it is told to.
type fakeHub struct {
	mu         sync.Mutex
	partitions map[string]*fakePartition
	order      []string
	// list, open, receive and ask are called before what their names say, if
	// they are not nil; an error of theirs is the answer.
	list    func() error
	ask     func(partition string) error
	open    func(partition string, opt wire.Opening) error
	receive func(partition string) error
	opened  []string // "partition@epoch after sequence"
	most    int      // events that a reader gives at once, 0 for any number
}

type fakePartition struct {
	events []wire.Event
	first  int64
	grown  chan struct{} // closed by the next event
	epoch  int64
	stolen chan struct{} // closed when a higher epoch comes
	// unbearable are the events over which a reader ends.
	unbearable map[int64]bool
}

func newFakeHub(partitions int) *fakeHub {
	h := &fakeHub{partitions: map[string]*fakePartition{}}
	for i := range partitions {
		h.add(strconv.Itoa(i))
	}
	return h
}

func (h *fakeHub) add(partition string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.partitions[partition] = &fakePartition{grown: make(chan struct{}), epoch: wire.NoEpoch, stolen: make(chan struct{})}
	h.order = append(h.order, partition)
}

// publish appends an event for each body.
func (h *fakeHub) publish(partition string, bodies ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.partitions[partition]
	for _, body := range bodies {
		n := p.first + int64(len(p.events))
		p.events = append(p.events, wire.Event{Body: []byte(body), Sequence: n, Offset: fmt.Sprint("o", n), Enqueued: time.Now()})
	}
	close(p.grown)
	p.grown = make(chan struct{})
}

// deafen lets the reader of a partition that waits hear nothing any more.
func (h *fakeHub) deafen(partition string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.partitions[partition].grown = make(chan struct{})
}

// expire drops the first n events.
func (h *fakeHub) expire(partition string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.partitions[partition]
	p.events, p.first = p.events[n:], p.first+int64(n)
}

func (h *fakeHub) Partitions(context.Context) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list != nil {
		if err := h.list(); err != nil {
			return nil, err
		}
	}
	return append([]string(nil), h.order...), nil
}

func (h *fakeHub) Properties(_ context.Context, partition string) (wire.Properties, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ask != nil {
		if err := h.ask(partition); err != nil {
			return wire.Properties{}, err
		}
	}
	p := h.partitions[partition]
	props := wire.Properties{First: p.first, Last: p.first + int64(len(p.events)) - 1, Empty: len(p.events) == 0}
	if !props.Empty {
		props.Enqueued = p.events[len(p.events)-1].Enqueued
	}
	return props, nil
}

func (h *fakeHub) Open(partition string, opt wire.Opening) (wire.Reader, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened = append(h.opened, fmt.Sprintf("%s@%d after %d", partition, opt.Epoch, opt.Start.Sequence))
	if h.open != nil {
		if err := h.open(partition, opt); err != nil {
			return nil, err
		}
	}
	p := h.partitions[partition]
	r := &fakeReader{hub: h, name: partition, next: p.first}
	switch {
	case opt.Start.After && opt.Start.Offset != "" && opt.Start.Offset != fmt.Sprint("o", opt.Start.Sequence):
		return nil, &wire.Error{Kind: wire.BadOffset, Err: errors.New("no such offset")}
	case opt.Start.After:
		r.next = opt.Start.Sequence + 1
	case opt.Start.Latest:
		r.next = p.first + int64(len(p.events))
	case !opt.Start.At.IsZero():
		for r.next < p.first+int64(len(p.events)) && p.events[r.next-p.first].Enqueued.Before(opt.Start.At) {
			r.next++
		}
	}
	if opt.Epoch < p.epoch {
		r.refused = &wire.Error{Kind: wire.Stolen, Err: errors.New("a higher epoch reads")}
	} else if p.epoch = opt.Epoch; opt.Epoch >= 0 {
		close(p.stolen)
		p.stolen = make(chan struct{})
	}
	r.stolen = p.stolen
	return r, nil
}

func (h *fakeHub) Close() error { return nil }

type fakeReader struct {
	hub     *fakeHub
	name    string
	next    int64
	refused error
	stolen  chan struct{}
}

func (r *fakeReader) Receive(ctx context.Context, most int) ([]wire.Event, error) {
	var got []wire.Event
	for {
		events, grown, err := r.take(most - len(got))
		got = append(got, events...)
		if len(got) == most || len(got) > 0 && (err != nil || r.hub.most > 0) {
			return got, nil
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-grown:
		case <-r.stolen:
			return nil, &wire.Error{Kind: wire.Stolen, Err: errors.New("another reader came")}
		case <-ctx.Done():
			if len(got) > 0 {
				return got, nil
			}
			return nil, ctx.Err()
		}
	}
}

func (r *fakeReader) take(most int) ([]wire.Event, chan struct{}, error) {
	h := r.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.refused != nil {
		return nil, nil, r.refused
	}
	p := h.partitions[r.name]
	if r.next = max(r.next, p.first); h.receive != nil && r.next < p.first+int64(len(p.events)) {
		if err := h.receive(r.name); err != nil {
			if wire.KindOf(err) == wire.Unreadable {
				r.next++
			}
			return nil, nil, err
		}
	}
	rest := p.events[min(r.next-p.first, int64(len(p.events))):]
	for i := range rest {
		if !p.unbearable[rest[i].Sequence] {
			continue
		}
		if rest = rest[:i]; i == 0 {
			r.refused = &wire.Error{Kind: wire.Unbearable, Err: errors.New("char not implemented")}
			return nil, nil, r.refused
		}
		break
	}
	if h.most > 0 {
		most = min(most, h.most)
	}
	events := append([]wire.Event(nil), rest[:min(most, len(rest))]...)
	r.next += int64(len(events))
	return events, p.grown, nil
}

func (r *fakeReader) Close() error { return nil }

// testConfig makes small batches quickly.
func testConfig() Config {
	cfg := Default()
	cfg.Batch.Events, cfg.Batch.MaxWait = 10, 20*time.Millisecond
	return cfg
}

// sourceOf returns a source of a fake hub.
func sourceOf(h *fakeHub, positions source.Positions, opt Options) *Source {
	s := newSource(positions, testConfig(), opt)
	s.name, s.connect = "eventhub:fake/hub/$default", func() (wire.Client, error) { return h, nil }
	return s
}

// body is a message with one record.
func body(n int) string {
	return fmt.Sprintf(`{"records":[{"time":"2026-05-04T07:00:00Z","category":"Administrative","operationName":"A/B/WRITE","correlationId":"c-%d"}]}`, n)
}

// filled is a hub with n events of one record each over its partitions.
func filled(t *testing.T, partitions, n int) *fakeHub {
	t.Helper()
	h := newFakeHub(partitions)
	for i := range n {
		h.publish(strconv.Itoa(i%partitions), body(i))
	}
	return h
}
