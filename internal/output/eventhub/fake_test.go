package eventhub

import (
	"context"
	"errors"
	"sync"

	"nephoscope/internal/output"
)

// sent is a message that a hub has.
type sent struct {
	key, id string
	body    []byte
}

// memoryHub is a hub in memory with the limits of one.
type memoryHub struct {
	mu      sync.Mutex
	limit   int // bytes of a batch
	busy    int // refusals to come
	got     []sent
	batches int
	active  int // sends under way, and the most there were
	most    int
	pause   func() // called during each send
}

var errTestBusy = errors.New("too much to do")

type memoryBatch struct {
	hub  *memoryHub
	key  string
	size int
	list []sent
}

func (b *memoryBatch) add(m *message) error {
	if b.size+len(m.body) > b.hub.limit {
		return errFull
	}
	b.size += len(m.body)
	b.list = append(b.list, sent{b.key, m.id(), m.body})
	return nil
}

func (b *memoryBatch) count() int { return len(b.list) }

func (h *memoryHub) batch(ctx context.Context, key string) (batch, error) {
	return &memoryBatch{hub: h, key: key}, ctx.Err()
}

func (h *memoryHub) send(ctx context.Context, b batch) error {
	h.mu.Lock()
	h.active++
	h.most = max(h.most, h.active)
	h.mu.Unlock()
	if h.pause != nil {
		h.pause()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active--
	if h.busy > 0 {
		h.busy--
		return output.RetryAfter(errTestBusy, 1)
	}
	h.batches++
	h.got = append(h.got, b.(*memoryBatch).list...)
	return ctx.Err()
}

func (h *memoryHub) close(context.Context) error { return nil }

// open returns an output to a hub in memory.
func (h *memoryHub) open(change func(*Config)) *Output {
	cfg := Default()
	cfg.Envelope = Rows
	if change != nil {
		change(&cfg)
	}
	return &Output{cfg: cfg, hub: h}
}

func (h *memoryHub) sent() []sent {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]sent(nil), h.got...)
}
