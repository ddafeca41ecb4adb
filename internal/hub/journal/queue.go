package journal

import "sync"

// A queue is what waits to be written, bounded in bytes. What is being written
// counts until it is answered: its memory is in use.
type queue struct {
	mu      sync.Mutex
	filled  sync.Cond // something came, or the queue was closed
	waiting []pending
	bytes   int64
	limit   int64
	closed  bool
}

// A pending batch waits for its answer.
type pending struct {
	batch Batch
	bytes int64
	done  func(Placed, error)

	placed Placed
	err    error
}

func newQueue(limit int64) *queue {
	q := &queue{limit: limit}
	q.filled.L = &q.mu
	return q
}

func (q *queue) put(p pending) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case q.bytes+p.bytes > q.limit:
		return ErrBusy
	}
	q.waiting = append(q.waiting, p)
	q.bytes += p.bytes
	q.filled.Signal()
	return nil
}

// take waits for batches and moves the first of them to group, as many as fit
// into limit bytes but at least one. It returns none when the queue is closed
// and empty.
func (q *queue) take(group []pending, limit int64) []pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.filled.Wait()
	}
	n, bytes := 0, int64(0)
	for n < len(q.waiting) && (n == 0 || bytes+q.waiting[n].bytes <= limit) {
		bytes += q.waiting[n].bytes
		n++
	}
	group = append(group, q.waiting[:n]...)
	clear(q.waiting[:n]) // lets go of the batches
	if q.waiting = q.waiting[n:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	return group
}

// answered gives the bytes of a group back.
func (q *queue) answered(group []pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range group {
		q.bytes -= group[i].bytes
	}
}

// idle tells whether nothing waits.
func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Broadcast()
}

func (q *queue) queued() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}
