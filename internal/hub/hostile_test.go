package hub

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	goamqp "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/listen"
	"nephoscope/internal/hub/space"
)

// Whatever a client does, the others go on.
func TestHostileClients(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 2)
	session := s.dial(t, s.root(t))
	out := newSender(t, session, "hub/Partitions/0", nil)
	in := newReceiver(t, session, reader("hub", 0), &goamqp.ReceiverOptions{Credit: 10})
	for name, attack := range map[string]func(*testing.T, *served){
		"garbage":            sendGarbage,
		"half a frame":       sendHalf,
		"huge sizes":         sendHuge,
		"never reads":        neverRead,
		"thousands of links": attachThousands,
		"no settlement read": neverReadSettlements,
		"deep values":        sendDeep,
	} {
		t.Run(name, func(t *testing.T) { attack(t, s) })
		if err := out.Send(soon(t), goamqp.NewMessage([]byte(name)), nil); err != nil {
			t.Fatalf("after %s: %v", name, err)
		}
		if got := string(next(t, in).GetData()); got != name {
			t.Errorf("after %s: received %q", name, got)
		}
	}
}

func (s *served) connect(t *testing.T) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

// sendGarbage sends bytes without meaning behind beginnings that have some.
func sendGarbage(t *testing.T, s *served) {
	random := rand.New(rand.NewPCG(1, 2))
	beginnings := []string{
		"", "A", "AMQP\x03\x01\x00\x00", "AMQP\x00\x01\x00\x00", "AMQP\x00\x01\x00\x00\x00\x00\x00\x40\x02\x00\x00\x00",
		"\x16\x03\x01", "G", "GET " + listen.WebsocketPath + " HTTP/1.1\r\n", "\x00\x00",
	}
	for range 20 {
		for _, b := range beginnings {
			nc := s.connect(t)
			garbage := make([]byte, random.IntN(2000))
			for i := range garbage {
				garbage[i] = byte(random.Uint32())
			}
			_, _ = nc.Write(append([]byte(b), garbage...))
			_ = nc.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, nc)
			_ = nc.Close()
		}
	}
}

// sendHalf begins a transfer and goes away, or stays and says no more.
func sendHalf(t *testing.T, s *served) {
	for i := range 20 {
		c := s.bareConn(t, s.root(t))
		c.attach(wire.RoleSender, "hub")
		tr := wire.Transfer{HasDeliveryID: true, HasMessageFormat: true, More: true}
		c.out = append(tr.AppendFrameHead(c.out, 0, 60000), make([]byte, 600)...)
		c.flush()
		if i%2 == 0 {
			_ = c.nc.Close()
		}
	}
}

// sendHuge claims sizes that are not there.
func sendHuge(t *testing.T, s *served) {
	c := s.bareConn(t, s.root(t))
	c.out = append(binary.BigEndian.AppendUint32(nil, 0xffffffff), 2, 0, 0, 0)
	c.flush()
	c.await(func(p wire.Performative) bool { _, ok := p.(*wire.Close); return ok })
	_ = c.nc.Close()

	c = s.bareConn(t, s.root(t))
	c.attach(wire.RoleSender, "hub/Partitions/1")
	// A data section of 4 GiB in a message of 20 bytes.
	c.transfer(0, 0, []byte("\x00\x53\x75\xb0\xff\xff\xff\xffno such length"))
	c.await(func(p wire.Performative) bool {
		d, ok := p.(*wire.Disposition)
		return ok && d.State.Error != nil && d.State.Error.Condition == wire.Symbol("amqp:decode-error")
	})
	// A message that never ends.
	for i := 0; ; i++ {
		tr := wire.Transfer{DeliveryID: 1, HasDeliveryID: true, HasMessageFormat: true, More: true}
		c.out = append(tr.AppendFrameHead(c.out, 0, 60000), make([]byte, 60000)...)
		if _, err := c.nc.Write(c.out); err != nil {
			t.Fatal(err)
		}
		c.out = c.out[:0]
		if i == 20 {
			break
		}
	}
	c.await(func(p wire.Performative) bool {
		d, ok := p.(*wire.Detach)
		return ok && d.Error != nil && d.Error.Condition == wire.Symbol("amqp:link:message-size-exceeded")
	})
}

// sendDeep nests values beyond all reason.
func sendDeep(t *testing.T, s *served) {
	c := s.bareConn(t, s.root(t))
	c.attach(wire.RoleSender, "hub/Partitions/1")
	deep := "\x00\x53\x77" + strings.Repeat("\x00\x53\x77", 100_000) + "\x40"
	c.transfer(0, 0, []byte(deep))
	c.await(func(p wire.Performative) bool {
		d, ok := p.(*wire.Disposition)
		return ok && d.State.Error != nil
	})
}

// neverRead asks for all events there are and reads none: only its own
// connection stands still, and little is held for it.
func neverRead(t *testing.T, s *served) {
	out := newSender(t, s.dial(t, s.root(t)), "hub/Partitions/1", nil)
	for range 100 {
		if err := out.Send(soon(t), goamqp.NewMessage(make([]byte, 900_000)), nil); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	stalled := make([]*bare, space.MaxSeats)
	for i := range stalled {
		stalled[i] = s.bareConn(t, s.root(t))
		stalled[i].attach(wire.RoleReceiver, reader("hub", 1))
		stalled[i].credit(0, 1<<20)
	}
	// Until the sockets are full the receivers go through pages, and what was
	// allocated since the last collection counts as in use: what they hold can
	// be seen when none of them has moved for a while.
	const most = 12 << 20 // a page and two buffers for each, and some room
	h, err := s.Hub("hub")
	if err != nil {
		t.Fatal(err)
	}
	part := h.Partitions()[1]
	var sent space.Total
	calm := 0
	until(t, fmt.Sprintf("a rest in which %d receivers that read nothing hold at most %d MB", len(stalled), most>>20), func() bool {
		grown := heap() - before
		now := part.Out.Total()
		if calm++; now != sent || now.Events < int64(len(stalled)) {
			calm, sent = 0, now
		}
		return calm >= 10 && grown <= most
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// neverReadSettlements publishes and does not read that it was accepted.
func neverReadSettlements(t *testing.T, s *served) {
	c := s.bareConn(t, s.root(t))
	c.attach(wire.RoleSender, "hub/Partitions/1")
	message := wire.AppendData(nil, make([]byte, 100))
	for i := range uint32(publisherCredit) {
		c.transfer(i, 0, message)
	}
}

// attachThousands attaches links until it is told to stop, and then some.
func attachThousands(t *testing.T, s *served) {
	c := s.bareConn(t, s.root(t))
	for i := range uint32(5000) {
		c.frame(0, &wire.Attach{
			Name: fmt.Sprint("link ", i), Handle: i, Role: wire.RoleSender,
			Source: &wire.Terminus{}, Target: &wire.Terminus{Address: fmt.Sprint("nowhere", i)},
		})
	}
	go func() { _, _ = c.nc.Write(c.out) }() // ends with the connection
	c.await(func(p wire.Performative) bool {
		switch p.(type) {
		case *wire.End, *wire.Close:
			return true
		}
		return false
	})
	_ = c.nc.Close()
	until(t, "the end of its links", func() bool { return s.Stats().Links == 2 })
}
