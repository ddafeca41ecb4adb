package listen

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Why a connection is not let in.
var (
	errClosed = errors.New("the server is closing")
	errFull   = errors.New("too many connections")
)

// A gate counts the connections that are inside and can end them all.
type gate struct {
	limit int

	mu     sync.Mutex
	inside map[*context.CancelFunc]struct{}
	closed bool
	empty  sync.WaitGroup
}

// enter counts a connection in. Its context ends when the gate is closed; leave
// must be called when the connection has ended.
func (g *gate) enter(parent context.Context) (ctx context.Context, leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, errClosed
	}
	if len(g.inside) >= g.limit {
		return nil, nil, fmt.Errorf("%d are open: %w", g.limit, errFull)
	}
	ctx, cancel := context.WithCancel(parent)
	if g.inside == nil {
		g.inside = make(map[*context.CancelFunc]struct{})
	}
	g.inside[&cancel] = struct{}{}
	g.empty.Add(1)
	return ctx, func() { g.leave(&cancel) }, nil
}

func (g *gate) leave(cancel *context.CancelFunc) {
	g.mu.Lock()
	delete(g.inside, cancel)
	g.mu.Unlock()
	(*cancel)()
	g.empty.Done()
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.inside)
}

func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	for cancel := range g.inside {
		(*cancel)()
	}
	g.mu.Unlock()
	g.empty.Wait()
}
