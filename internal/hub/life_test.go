package hub

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goamqp "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/space"
)

func TestIdleLinks(t *testing.T) {
	c := newClock()
	s := serve(t, Options{Space: space.Options{Now: c.now}, Upkeep: time.Millisecond})
	s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	sender := newSender(t, session, "hub", nil)
	receiver := newReceiver(t, session, reader("hub", 0), nil)
	c.advance(29 * time.Minute)
	if err := sender.Send(soon(t), goamqp.NewMessage([]byte("alive")), nil); err != nil {
		t.Fatal(err)
	}
	next(t, receiver)
	c.advance(29 * time.Minute)
	if err := sender.Send(soon(t), goamqp.NewMessage([]byte("still")), nil); err != nil {
		t.Fatal(err)
	}
	next(t, receiver)
	c.advance(31 * time.Minute)
	_, err := receiver.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondDetachForced, "30m")
	until(t, "the sender's end", func() bool { return s.Stats().Links == 0 })
	wantCondition(t, sender.Send(soon(t), goamqp.NewMessage(nil), nil), goamqp.ErrCondDetachForced)
}

// Who reads or writes a hub that is deleted hears that it is not there.
func TestDeleteUnderLinks(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Millisecond})
	s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	sender := newSender(t, session, "hub", nil)
	receiver := newReceiver(t, session, reader("hub", 0), nil)
	if err := s.Delete("hub"); err != nil {
		t.Fatal(err)
	}
	_, err := receiver.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondNotFound, "status-code: 404")
	until(t, "the sender's end", func() bool { return s.Stats().Links == 0 })
	wantCondition(t, sender.Send(soon(t), goamqp.NewMessage(nil), nil), goamqp.ErrCondNotFound)
}

func TestDeleteGroupUnderReceiver(t *testing.T) {
	s := serve(t, Options{Upkeep: time.Millisecond})
	s.hub(t, "hub", 1)
	if err := s.CreateGroup("hub", "short"); err != nil {
		t.Fatal(err)
	}
	session := s.dial(t, s.root(t))
	stays := newReceiver(t, session, reader("hub", 0), nil)
	goes := newReceiver(t, session, "hub/ConsumerGroups/short/Partitions/0", nil)
	if err := s.DeleteGroup("hub", "short"); err != nil {
		t.Fatal(err)
	}
	_, err := goes.Receive(soon(t), nil)
	wantCondition(t, err, goamqp.ErrCondNotFound)
	if err := newSender(t, session, "hub", nil).Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
		t.Fatal(err)
	}
	next(t, stays)
}

// Connections hear of the end, and what was accepted is there after it.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, Options{Space: space.Options{Dir: dir}})
	s.hub(t, "hub", 1)
	root := s.root(t)
	conn, session := s.dialConn(t, goamqp.SASLTypePlain(root.Name, root.PrimaryKey))
	sender := newSender(t, session, "hub", nil)
	for i := range 100 {
		if err := sender.Send(soon(t), goamqp.NewMessage(fmt.Appendf(nil, "event %d", i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	s.stop()
	<-conn.Done()
	wantCondition(t, conn.Err(), goamqp.ErrCondConnectionForced)

	s = serve(t, Options{Space: space.Options{Dir: dir}})
	r := newReceiver(t, s.dial(t, root), reader("hub", 0), &goamqp.ReceiverOptions{Credit: 50})
	for i := range 100 {
		if got, want := string(next(t, r).GetData()), fmt.Sprint("event ", i); got != want {
			t.Fatalf("event %d is %q", i, got)
		}
	}
}

// A hub whose limit of hubs is reached makes no more, and says so.
func TestFirstEventLimit(t *testing.T) {
	s := serve(t, Options{Space: space.Options{Limits: space.Limits{Hubs: 1}}})
	s.hub(t, "one", 1)
	sender := newSender(t, s.dial(t, s.root(t)), "two", nil)
	wantCondition(t, sender.Send(soon(t), goamqp.NewMessage(nil), nil), goamqp.ErrCondResourceLimitExceeded)
}

// Many links of many connections at once, each with its own events.
func TestManyLinks(t *testing.T) {
	const conns, links = 10, 40
	s := serve(t, Options{})
	h := s.hub(t, "hub", 32)
	root := s.root(t)
	var receivers [conns][links]*goamqp.Receiver
	for i := range conns {
		session := s.dial(t, root)
		for j := range links {
			group := fmt.Sprint("g", i)
			if _, ok := h.Group(group); !ok {
				if err := s.CreateGroup("hub", group); err != nil {
					t.Fatal(err)
				}
			}
			receivers[i][j] = newReceiver(t, session, fmt.Sprintf("hub/ConsumerGroups/%s/Partitions/%d", group, j%32), nil)
		}
	}
	if got := s.Stats(); got.Links != conns*links || got.Connections != conns {
		t.Errorf("%d links on %d connections, want %d on %d", got.Links, got.Connections, conns*links, conns)
	}
	session := s.dial(t, root)
	for p := range 32 {
		sender := newSender(t, session, fmt.Sprint("hub/Partitions/", p), nil)
		if err := sender.Send(soon(t), goamqp.NewMessage(fmt.Appendf(nil, "for %d", p)), nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range conns {
		for j, r := range receivers[i] {
			if got, want := string(next(t, r).GetData()), fmt.Sprint("for ", j%32); got != want {
				t.Errorf("connection %d, link %d: %q, want %q", i, j, got, want)
			}
		}
	}
}

// What one client calls itself does not cut the connection of another, which is
// told of it in a frame that it can take.
func TestLongNames(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	named := func(name string) (*goamqp.Receiver, error) {
		return s.dial(t, s.root(t)).NewReceiver(soon(t), reader("hub", 0), &goamqp.ReceiverOptions{
			Properties: map[string]any{"com.microsoft:receiver-name": name},
		})
	}
	for range space.MaxSeats {
		if _, err := named(strings.Repeat("\x01", 30_000)); err != nil {
			t.Fatal(err)
		}
	}
	c := s.bareConn(t, s.root(t))
	c.frames.SetMax(65536) // as most clients do
	c.attach(wire.RoleReceiver, reader("hub", 0))
	c.await(func(p wire.Performative) bool {
		d, ok := p.(*wire.Detach)
		return ok && d.Error != nil && d.Error.Condition == "amqp:resource-limit-exceeded"
	})
}
