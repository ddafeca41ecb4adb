package amqp_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

func TestSessionsOnAnyChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{}, amqp.Options{})
		for range 3 { // The number is free again after the end.
			for _, channel := range []uint16{1, 4999, 17} {
				p.send(channel, &wire.Begin{IncomingWindow: 1, HandleMax: 255})
				if h := p.next(); h.channel != channel {
					t.Errorf("channel %d is answered on %d", channel, h.channel)
				}
			}
			for _, channel := range []uint16{17, 1, 4999} {
				p.send(channel, &wire.End{})
				if h := p.next(); h.channel != channel {
					t.Errorf("channel %d is answered on %d", channel, h.channel)
				}
			}
		}
		p.silent()
		p.close()
	})
}

// TestRulesOfSessions breaks one rule after the other: the session ends and
// the connection goes on.
func TestRulesOfSessions(t *testing.T) {
	for name, c := range map[string]struct {
		say  wire.Performative
		want amqp.Symbol
	}{
		"a handle twice":               {&wire.Attach{Name: "s2", Handle: 0}, amqp.SessionHandleInUse},
		"a handle above its own limit": {&wire.Attach{Name: "s2", Handle: 8}, amqp.NotAllowed},
		"a detach without a link":      {&wire.Detach{Handle: 5}, amqp.SessionUnattachedHandle},
		"a transfer without a link":    {&wire.Transfer{Handle: 5}, amqp.SessionUnattachedHandle},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var taken []*amqp.Delivery
				detached := 0
				o := &owner{receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
					r, err := taking(10, &taken)(a)
					r.Detached = func() { detached++ }
					return r, err
				}}
				p := connect(t, o.open, amqp.Options{})
				p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
				p.send(0, &wire.Begin{IncomingWindow: 1, HandleMax: 7})
				hear[*wire.Begin](p)
				p.attachSender(0)
				hear[*wire.Flow](p)
				p.send(0, c.say)
				if e := hear[*wire.End](p); conditionOf(e.Error) != c.want {
					t.Errorf("the session ended with %v, want %s", e.Error, c.want)
				}
				// What was under way is passed over.
				p.message(0, 0, "late")
				p.send(0, &wire.Flow{IncomingWindow: 1, Echo: true})
				p.send(0, &wire.Detach{Handle: 0})
				p.send(0, &wire.Attach{Name: "late", Handle: 3})
				p.send(0, &wire.Disposition{Role: wire.RoleReceiver})
				p.silent()
				if len(taken) > 0 || detached > 0 {
					t.Errorf("%d messages were taken, %d links detached", len(taken), detached)
				}
				p.send(0, &wire.End{})
				p.silent()
				if detached != 1 {
					t.Errorf("%d links were detached, want 1", detached)
				}
				p.send(0, &wire.Begin{IncomingWindow: 1})
				hear[*wire.Begin](p)
				p.close()
			})
		})
	}
}

// TestIncomingWindow fills the window, which opens again at half, and goes
// beyond it.
func TestIncomingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		o := &owner{receive: taking(1000, &taken)}
		p := begin(t, o, amqp.Options{Window: 10})
		p.attachSender(0)
		hear[*wire.Flow](p)
		for i := range uint32(4) {
			p.message(0, i, "m")
		}
		p.silent()
		p.message(0, 4, "m")
		f := hear[*wire.Flow](p)
		if f.HasHandle || f.IncomingWindow != 10 || f.NextIncomingID != 15 {
			t.Errorf("the window is told as %+v", f)
		}
		p.message(0, 5, "m")
		p.silent()
		p.send(0, &wire.Flow{IncomingWindow: 1, Echo: true})
		if f := hear[*wire.Flow](p); f.IncomingWindow != 9 || f.NextIncomingID != 16 {
			t.Errorf("the window is told as %+v", f)
		}
		p.close()
	})
}

// TestOutgoingWindow lets three frames pass, then two, then the rest.
func TestOutgoingWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			if err := out.Send(ctx, 0, make([]byte, 4000)); err != nil {
				return err
			}
			return out.Idle(ctx, nil)
		})}
		p := connect(t, o.open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
		p.send(0, &wire.Begin{IncomingWindow: 3, HandleMax: 255})
		hear[*wire.Begin](p)
		p.attachReceiver(0)
		window := func(next, window uint32) {
			p.send(0, &wire.Flow{
				NextIncomingID: next, HasNextIncomingID: true, IncomingWindow: window,
				HasHandle: true, LinkCredit: 1, HasLinkCredit: true,
			})
		}
		size := 0
		take := func(n int) {
			t.Helper()
			for range n {
				h := p.next()
				tr, ok := h.p.(*wire.Transfer)
				if !ok || tr.DeliveryID != 0 {
					t.Fatalf("heard %T %+v", h.p, h.p)
				}
				size += len(h.payload)
				if last := size == 4000; tr.More == last {
					t.Fatalf("more is %v after %d bytes", tr.More, size)
				}
			}
		}
		window(1, 3)
		take(3)
		p.silent()
		window(3, 3) // One frame is still under way to us, as it says.
		take(2)
		p.silent()
		window(6, 1<<31)
		take(4)
		p.silent()
		if size != 4000 {
			t.Errorf("%d bytes, want 4000", size)
		}
		p.close()
	})
}

// TestStrayFlows sends flows as Python does: on handles on which it sends, and
// on handles that are not attached.
func TestStrayFlows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{})
		p.credit(9, 0, 0, 100)
		p.attachSender(1)
		hear[*wire.Flow](p)
		p.credit(1, 0, 0, 100)
		p.silent()
		p.send(0, &wire.Flow{IncomingWindow: 5, HasHandle: true, Handle: 9, Echo: true})
		if f := hear[*wire.Flow](p); f.HasHandle {
			t.Errorf("an unknown handle is answered with %+v", f)
		}
		p.send(0, &wire.Flow{IncomingWindow: 5, HasHandle: true, Handle: 1, Echo: true})
		if f := hear[*wire.Flow](p); !f.HasHandle || f.Handle != 1 || f.LinkCredit != 10 {
			t.Errorf("the link is told as %+v", f)
		}
		p.message(1, 0, "m")
		p.silent()
		if len(taken) != 1 {
			t.Errorf("%d messages, want 1", len(taken))
		}
		p.close()
	})
}

// TestManyLinks attaches as many as a connection may have, and one more.
func TestManyLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{MaxLinks: 20})
		for i := range uint32(20) {
			p.attachSender(i)
			hear[*wire.Flow](p)
		}
		p.attachSender(20)
		if d := hear[*wire.Detach](p); conditionOf(d.Error) != amqp.ResourceLimitExceeded {
			t.Errorf("detached with %v", d.Error)
		}
		for _, handle := range []uint32{20, 7} {
			p.send(0, &wire.Detach{Handle: handle, Closed: true})
		}
		hear[*wire.Detach](p)
		if a := p.attachSender(7); a.Target == nil {
			t.Error("a link is refused though another one is gone")
		}
		hear[*wire.Flow](p)
		for i := range uint32(20) {
			p.attachSender(20 + i)
			hear[*wire.Detach](p)
		}
		p.send(0, &wire.Attach{Name: "s", Handle: 40})
		if err := p.wantClose(amqp.ResourceLimitExceeded); err == nil {
			t.Error("Serve says nothing")
		}
	})
}

// TestEndOfSession ends a session with links of both kinds.
func TestEndOfSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []string
		o := &owner{
			receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
				return &amqp.Receiver{Detached: func() {
					<-a.Link.Done()
					events = append(events, "receiver")
				}}, nil
			},
			send: func(*amqp.Attach) (*amqp.Sender, error) {
				return &amqp.Sender{
					Run:      func(ctx context.Context, out *amqp.Out) error { return out.Idle(ctx, nil) },
					Detached: func() { events = append(events, "sender") },
				}, nil
			},
		}
		p := begin(t, o, amqp.Options{})
		p.attachSender(0)
		hear[*wire.Flow](p)
		p.attachReceiver(1)
		p.send(0, &wire.End{Error: amqp.Errorf("x:y", "z")})
		if e := hear[*wire.End](p); e.Error != nil {
			t.Errorf("answered with %v", e.Error)
		}
		p.silent()
		if len(events) != 2 {
			t.Errorf("ended are %v", fmt.Sprint(events))
		}
		p.close()
	})
}

// TestLinksHoldLittle attaches links with all the properties that fit into a
// frame: once they are answered nobody needs them.
func TestLinksHoldLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{
			receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
				return &amqp.Receiver{Answer: amqp.Answer{Properties: a.Properties}}, nil
			},
			send: func(a *amqp.Attach) (*amqp.Sender, error) {
				return &amqp.Sender{Answer: amqp.Answer{Properties: a.Properties}, Run: func(ctx context.Context, out *amqp.Out) error {
					return out.Idle(ctx, nil)
				}}, nil
			},
		}
		p := begin(t, o, amqp.Options{})
		many := make(amqp.Map, 10_000)
		for i := range many {
			many[i].Key = amqp.Symbol("")
		}
		heap := func() int {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return int(m.HeapAlloc)
		}
		before := heap()
		const links = 100
		for i := range uint32(links) {
			a := &wire.Attach{Name: "s", Handle: i, Role: wire.Role(i%2 == 1), Source: &wire.Terminus{}, Target: &wire.Terminus{}, Properties: many}
			p.send(0, a)
			for attached := false; !attached; {
				_, attached = p.next().p.(*wire.Attach)
			}
		}
		if held := (heap() - before) / links; held > 64<<10 {
			t.Errorf("a link holds %d kB", held>>10)
		}
		p.close()
	})
}
