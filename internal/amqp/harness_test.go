package amqp_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"testing/synctest"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// owner answers for the links of a connection as a test wants it.
type owner struct {
	conn    *amqp.Conn
	refuse  error
	receive func(*amqp.Attach) (*amqp.Receiver, error)
	send    func(*amqp.Attach) (*amqp.Sender, error)
	closed  int
}

func (o *owner) open(c *amqp.Conn) (amqp.Peer, error) {
	o.conn = c
	if o.refuse != nil {
		return nil, o.refuse
	}
	return o, nil
}

func (o *owner) Receive(a *amqp.Attach) (*amqp.Receiver, error) {
	if o.receive == nil {
		return nil, amqp.Errorf(amqp.NotFound, "nothing takes here")
	}
	return o.receive(a)
}

func (o *owner) Send(a *amqp.Attach) (*amqp.Sender, error) {
	if o.send == nil {
		return nil, amqp.Errorf(amqp.NotFound, "nothing sends here")
	}
	return o.send(a)
}

func (o *owner) Closed() { o.closed++ }

// probe is a peer that says what a test tells it to and shows all it hears. It
// lives in a bubble of synctest, at the other end of a pipe that buffers
// nothing, so that time and silence are exact; goroutines that remain fail the
// test.
type probe struct {
	t      *testing.T
	nc     net.Conn
	in     *wire.Reader
	heard  chan heard
	served chan error
	cancel context.CancelFunc
}

// heard is a frame of the server, nil for an empty one.
type heard struct {
	channel uint16
	p       wire.Performative
	payload string
}

// connect starts a server for one connection, over which nothing is said yet.
func connect(t *testing.T, open amqp.Open, opt amqp.Options) *probe {
	t.Helper()
	client, server := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	p := &probe{
		t: t, nc: client, in: wire.NewReader(client, 1<<20),
		heard: make(chan heard, 1<<16), served: make(chan error, 1), cancel: cancel,
	}
	t.Cleanup(func() { // For tests that fail midway.
		cancel()
		_ = client.Close()
	})
	srv := amqp.NewServer(open, opt)
	go func() { p.served <- srv.Serve(ctx, server) }()
	return p
}

// begin connects and opens a connection and session 0.
func begin(t *testing.T, o *owner, opt amqp.Options) *probe {
	t.Helper()
	p := connect(t, o.open, opt)
	p.open(&wire.Open{ContainerID: "probe", MaxFrameSize: 65536, ChannelMax: 65535})
	p.send(0, &wire.Begin{NextOutgoingID: 10, IncomingWindow: 1000, OutgoingWindow: 1000, HandleMax: 255})
	hear[*wire.Begin](p)
	return p
}

// open exchanges headers and opens, without SASL, and begins to listen.
func (p *probe) open(o *wire.Open) *wire.Open {
	p.t.Helper()
	p.header(wire.HeaderOf(wire.ProtocolAMQP), wire.HeaderOf(wire.ProtocolAMQP))
	go p.listen()
	p.send(0, o)
	return hear[*wire.Open](p)
}

// header says one and wants another one.
func (p *probe) header(say, want wire.Header) {
	p.t.Helper()
	p.write(say[:])
	if got, err := p.in.Header(); err != nil || got != want {
		p.t.Fatalf("the header %q is answered with %q, %v, want %q", say[:], got[:], err, want[:])
	}
}

func (p *probe) write(b []byte) {
	p.t.Helper()
	if _, err := p.nc.Write(b); err != nil {
		p.t.Fatalf("write: %v", err)
	}
}

func (p *probe) send(channel uint16, v wire.Performative) {
	p.t.Helper()
	p.write(wire.AppendFrame(nil, wire.FrameAMQP, channel, v))
}

// transfer sends a frame with a payload.
func (p *probe) transfer(channel uint16, t *wire.Transfer, payload string) {
	p.t.Helper()
	p.write(append(t.AppendFrameHead(nil, channel, len(payload)), payload...))
}

// message sends a whole message on a handle.
func (p *probe) message(handle, id uint32, payload string) {
	p.t.Helper()
	p.transfer(0, &wire.Transfer{Handle: handle, DeliveryID: id, HasDeliveryID: true, DeliveryTag: []byte{1}}, payload)
}

// listen is a goroutine: it hears until the server is silent for ever.
func (p *probe) listen() {
	defer close(p.heard)
	for {
		f, err := p.in.Next()
		if err != nil {
			return
		}
		if len(f.Body) == 0 {
			p.heard <- heard{channel: f.Channel}
			continue
		}
		v, payload, err := new(wire.Parser).Parse(bytes.Clone(f.Body))
		if err != nil {
			p.t.Errorf("a frame that does not parse: %v", err)
			return
		}
		p.heard <- heard{f.Channel, v, string(payload)}
	}
}

// next waits for a frame.
func (p *probe) next() heard {
	p.t.Helper()
	h, ok := <-p.heard
	if !ok {
		p.t.Fatal("the server has hung up")
	}
	return h
}

// hear waits for a frame with a performative of type P.
func hear[P wire.Performative](p *probe) P {
	p.t.Helper()
	h := p.next()
	v, ok := h.p.(P)
	if !ok {
		p.t.Fatalf("heard %T %+v, want %T", h.p, h.p, v)
	}
	return v
}

// silent makes sure that the server has nothing to say.
func (p *probe) silent() {
	p.t.Helper()
	synctest.Wait()
	select {
	case h, ok := <-p.heard:
		p.t.Fatalf("heard %T %+v (%v), want silence", h.p, h.p, ok)
	default:
	}
}

// close closes in order and waits for the server.
func (p *probe) close() {
	p.t.Helper()
	p.send(0, &wire.Close{})
	for {
		if _, ok := p.next().p.(*wire.Close); ok {
			break
		}
	}
	if err := <-p.served; err != nil {
		p.t.Errorf("Serve: %v", err)
	}
	p.cancel()
}

// gone waits for the server, whatever it says.
func (p *probe) gone() {
	p.t.Helper()
	p.t.Logf("Serve: %v", <-p.served)
}

// wantClose hears a close with a condition, answers it, and returns what Serve
// does.
func (p *probe) wantClose(condition amqp.Symbol) error {
	p.t.Helper()
	c := hear[*wire.Close](p)
	if got := conditionOf(c.Error); got != condition {
		p.t.Errorf("closed with %v, want %s", c.Error, condition)
	}
	p.send(0, &wire.Close{})
	err := <-p.served
	p.cancel()
	return err
}

func conditionOf(e *amqp.Error) amqp.Symbol {
	if e == nil {
		return ""
	}
	return e.Condition
}

// attachSender attaches a link on which the probe sends, and hears the answer.
func (p *probe) attachSender(handle uint32) *wire.Attach {
	p.t.Helper()
	p.send(0, &wire.Attach{
		Name: "s", Handle: handle, Role: wire.RoleSender, SndSettleMode: wire.SenderMixed,
		Source: &wire.Terminus{}, Target: &wire.Terminus{Address: "a"},
	})
	return hear[*wire.Attach](p)
}

// attachReceiver attaches a link on which the probe receives, and hears the
// answer.
func (p *probe) attachReceiver(handle uint32) *wire.Attach {
	p.t.Helper()
	p.send(0, &wire.Attach{
		Name: "r", Handle: handle, Role: wire.RoleReceiver, SndSettleMode: wire.SenderMixed,
		Source: &wire.Terminus{Address: "a"}, Target: &wire.Terminus{Address: "me"},
	})
	return hear[*wire.Attach](p)
}

// credit grants credit on a handle of session 0, which has received frames
// frames and messages messages.
func (p *probe) credit(handle, frames, messages, credit uint32) {
	p.t.Helper()
	p.send(0, &wire.Flow{
		NextIncomingID: 1 + frames, HasNextIncomingID: true, IncomingWindow: 1000, OutgoingWindow: 1000,
		Handle: handle, HasHandle: true, DeliveryCount: messages, HasDeliveryCount: true,
		LinkCredit: credit, HasLinkCredit: true,
	})
}

// taking is a receiver that keeps what it takes.
func taking(credit uint32, into *[]*amqp.Delivery) func(*amqp.Attach) (*amqp.Receiver, error) {
	return func(*amqp.Attach) (*amqp.Receiver, error) {
		return &amqp.Receiver{
			Credit:         credit,
			MaxMessageSize: 1 << 20,
			Take:           func(d *amqp.Delivery) { *into = append(*into, d) },
		}, nil
	}
}

// running is a sender that runs run.
func running(run func(context.Context, *amqp.Out) error) func(*amqp.Attach) (*amqp.Sender, error) {
	return func(*amqp.Attach) (*amqp.Sender, error) { return &amqp.Sender{Run: run}, nil }
}
