package wire

import (
	"net"
	"sync"
	"time"
)

// A gate bounds what a connection reads ahead. The client library counts what
// it asks for in events, and an event may have any size up to 20 MB; so the
// bytes are counted below it. What is read is taken from an allowance, what
// the library gives away is added to it again, and with nothing left reads
// wait; the peer then waits too, by TCP's own means.
//
// What is given away is counted a little low, since the library does not say
// how much it read for it. So the allowance shrinks unduly, until it is used up
// with nothing held any more. Whoever finds that out refills it.
type gate struct {
	size int

	mu   sync.Mutex
	left int
	// opened is closed when there is something left again; nil while there is.
	opened chan struct{}
	full   func()
}

func newGate(size int) *gate { return &gate{size: size, left: size} }

// arm makes full, unless it is nil, be called when nothing is left, at once if
// that is so.
func (g *gate) arm(full func()) {
	g.mu.Lock()
	shut := g.opened != nil
	g.full = full
	g.mu.Unlock()
	if shut && full != nil {
		full()
	}
}

// add gives n bytes back.
func (g *gate) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = min(g.left+n, g.size)
	if g.left > 0 && g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// refill says that nothing is held.
func (g *gate) refill() {
	g.mu.Lock()
	overdrawn := g.size - g.left // a read may take more than is left
	g.mu.Unlock()
	g.add(overdrawn)
}

// used takes n bytes from the allowance.
func (g *gate) used(n int) {
	g.mu.Lock()
	g.left -= n
	var full func()
	if g.left <= 0 && g.opened == nil {
		g.opened = make(chan struct{})
		full = g.full
	}
	g.mu.Unlock()
	if full != nil {
		full()
	}
}

// wait waits until there is something left or closed is. It tells whether it
// had to.
func (g *gate) wait(closed <-chan struct{}) (waited bool) {
	for {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		if opened == nil {
			return waited
		}
		waited = true
		select {
		case <-opened:
		case <-closed:
			return waited
		}
	}
}

// A gatedConn is a connection that reads through a gate.
type gatedConn struct {
	net.Conn
	gate *gate

	once   sync.Once
	closed chan struct{}

	mu    sync.Mutex
	grace time.Duration // how far ahead the read deadline was set, 0 for none
}

func newGatedConn(c net.Conn, g *gate) *gatedConn {
	return &gatedConn{Conn: c, gate: g, closed: make(chan struct{})}
}

// Read reads once the gate is open. Time spent before it does not count for
// the deadline: it is not the peer who is silent.
func (c *gatedConn) Read(p []byte) (int, error) {
	if c.gate.wait(c.closed) {
		c.mu.Lock()
		grace := c.grace
		c.mu.Unlock()
		if grace > 0 {
			_ = c.Conn.SetReadDeadline(time.Now().Add(grace)) // else the read fails
		}
	}
	n, err := c.Conn.Read(p)
	c.gate.used(n)
	return n, err
}

// SetReadDeadline sets the deadline of reads.
func (c *gatedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.grace = 0
	if !t.IsZero() {
		c.grace = time.Until(t)
	}
	c.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

// Close closes the connection and ends a Read that waits.
func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
