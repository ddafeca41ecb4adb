package amqp_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// FuzzServe says anything to a server, which must come to its end without a
// panic, with every goroutine gone and every link detached.
func FuzzServe(f *testing.F) {
	sasl, plain := wire.HeaderOf(wire.ProtocolSASL), wire.HeaderOf(wire.ProtocolAMQP)
	f.Add([]byte{}, true)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), true)
	f.Add(append(sasl[:], wire.AppendFrame(nil, wire.FrameSASL, 0, &wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p")})...), true)
	f.Add(plain[:], true)
	for _, seed := range conversations() {
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, say []byte, whole bool) {
		if !whole {
			say = append(opening(), say...)
		}
		serveBytes(t, say)
	})
}

// opening is what a peer says up to the begin of session 0.
func opening() []byte {
	h := wire.HeaderOf(wire.ProtocolAMQP)
	b := wire.AppendFrame(h[:], wire.FrameAMQP, 0, &wire.Open{ContainerID: "c", MaxFrameSize: 512, ChannelMax: 9})
	return wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Begin{IncomingWindow: 9, HandleMax: 9})
}

// conversations are things that peers say after the opening.
func conversations() [][]byte {
	say := func(frames ...wire.Performative) []byte {
		var b []byte
		for _, p := range frames {
			b = wire.AppendFrame(b, wire.FrameAMQP, 0, p)
		}
		return b
	}
	node := &wire.Terminus{Address: "a"}
	sender := &wire.Attach{Name: "s", Target: node}
	receiver := &wire.Attach{Name: "r", Handle: 1, Role: wire.RoleReceiver, RcvSettleMode: wire.ReceiverSecond, Source: node}
	part := &wire.Transfer{DeliveryID: 1, HasDeliveryID: true, More: true}
	credit := &wire.Flow{IncomingWindow: 9, Handle: 1, HasHandle: true, LinkCredit: 5, HasLinkCredit: true, Echo: true}
	drain := &wire.Flow{IncomingWindow: 9, Handle: 1, HasHandle: true, LinkCredit: 50, HasLinkCredit: true, Drain: true}
	accepted := wire.State{Outcome: wire.OutcomeAccepted}
	return [][]byte{
		say(sender, part, &wire.Transfer{}, part, &wire.Transfer{Aborted: true}, &wire.Detach{Closed: true}),
		say(receiver, credit, drain, &wire.Disposition{Role: wire.RoleReceiver, Last: 9, State: accepted}, &wire.Detach{Handle: 1}),
		say(sender, receiver, credit, &wire.End{}, &wire.Begin{IncomingWindow: 1}, sender),
		say(&wire.Close{Error: amqp.Errorf("x", "y")}),
		say(&wire.Attach{Name: "t", Target: &wire.Terminus{Coordinator: true}}),
	}
}

// serveBytes lets a server hear some bytes and then nothing.
func serveBytes(t *testing.T, say []byte) {
	t.Helper()
	var attached, detached int
	o := &owner{
		receive: func(*amqp.Attach) (*amqp.Receiver, error) {
			attached++
			return &amqp.Receiver{
				Credit: 3, MaxMessageSize: 1000,
				Take:     func(d *amqp.Delivery) { d.Settle(nil) },
				Detached: func() { detached++ },
			}, nil
		},
		send: running(func(ctx context.Context, out *amqp.Out) error {
			for range 4 {
				if err := out.Send(ctx, 0, make([]byte, 600)); err != nil {
					return err
				}
			}
			return out.Idle(ctx, nil)
		}),
	}
	near, far := net.Pipe()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(io.Discard, far)
	}()
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = amqp.NewServer(o.open, amqp.Options{
			MaxUnsettledBytes: 5000, Window: 8, CloseTimeout: time.Millisecond,
			Plain: func(context.Context, string, string) (any, error) { return nil, nil },
		}).Serve(t.Context(), near)
	}()
	_, _ = far.Write(say)
	_ = far.Close()
	select {
	case <-served:
	case <-time.After(20 * time.Second):
		panic("the server hangs") // With the stacks of all goroutines.
	}
	<-answered
	if attached != detached || (o.conn == nil) != (o.closed == 0) {
		t.Errorf("%d links attached, %d detached; closed %d times", attached, detached, o.closed)
	}
}
