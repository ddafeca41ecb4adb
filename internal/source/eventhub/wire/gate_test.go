package wire

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipe returns a connection that reads through g what the writer writes.
func pipe(g *gate) (*gatedConn, net.Conn) {
	here, there := net.Pipe()
	return newGatedConn(here, g), there
}

// readAll reads in a goroutine until the connection ends, and counts.
func readAll(c net.Conn) *atomic.Int64 {
	var sum atomic.Int64
	go func() {
		for buf := make([]byte, 100); ; {
			n, err := c.Read(buf)
			sum.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	return &sum
}

func TestGateStopsReadingWithNothingLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1000)
		c, peer := pipe(g)
		full := 0
		g.arm(func() { full++ })
		count := readAll(c)
		go func() { _, _ = peer.Write(make([]byte, 5000)) }()
		synctest.Wait()
		if got := count.Load(); got != 1000 || full != 1 {
			t.Errorf("got %d bytes and full called %d times, want 1000 and once", got, full)
		}
		if err := errors.Join(c.Close(), peer.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestGateOpensAsMemoryIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1000)
		c, peer := pipe(g)
		count := readAll(c)
		go func() { _, _ = peer.Write(make([]byte, 5000)) }()
		synctest.Wait()
		g.add(700)
		synctest.Wait()
		g.refill()
		synctest.Wait()
		if got := count.Load(); got != 2700 {
			t.Errorf("got %d bytes, want 2700", got)
		}
		called := false
		if g.arm(func() { called = true }); !called {
			t.Error("a gate that is shut did not say so")
		}
		if err := errors.Join(c.Close(), peer.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestClosedConnectionDoesNotWaitAtTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(10)
		g.used(10)
		c, peer := pipe(g)
		done := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 10))
			done <- err
		}()
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v, want that it is closed", err)
		}
		if err := peer.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTimeAtTheGateIsNotThePeers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(10)
		g.used(10)
		c, peer := pipe(g)
		done := make(chan error)
		go func() {
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				done <- err
				return
			}
			_, err := c.Read(make([]byte, 10))
			done <- err
		}()
		time.Sleep(time.Hour)
		g.add(10)
		synctest.Wait()
		if _, err := peer.Write(make([]byte, 5)); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("got %v, want the bytes that came within a minute of the gate's opening", err)
		}
		if err := errors.Join(c.Close(), peer.Close()); err != nil {
			t.Error(err)
		}
	})
}
