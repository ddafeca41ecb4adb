package hub

import (
	"net"
	"testing"
	"time"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/access"
)

// A bare client speaks frames: to measure what a hub can do without waiting for
// a client's work, and to say what no client would.
type bare struct {
	t      testing.TB
	nc     net.Conn
	frames *wire.Reader
	parser wire.Parser
	out    []byte // frames that are not sent yet
}

// bareConn connects with a policy's name and key and begins a session on
// channel 0.
func (s *served) bareConn(t testing.TB, p access.Policy) *bare {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	b := &bare{t: t, nc: nc, frames: wire.NewReader(nc, 1<<20)}
	b.header(3)
	b.frame(1, &wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00" + p.Name + "\x00" + p.PrimaryKey)})
	b.header(0)
	b.frame(0, &wire.Open{ContainerID: "bare", Hostname: "ns.example", MaxFrameSize: 1 << 20, ChannelMax: 10})
	b.frame(0, &wire.Begin{IncomingWindow: 1 << 30, OutgoingWindow: 1 << 30, HandleMax: 10})
	b.flush()
	b.greeted(2) // mechanisms and outcome
	b.greeted(0)
	b.await(func(p wire.Performative) bool { _, ok := p.(*wire.Begin); return ok })
	return b
}

// greeted reads a protocol header and some frames behind it.
func (b *bare) greeted(frames int) {
	b.t.Helper()
	if _, err := b.frames.Header(); err != nil {
		b.t.Fatal(err)
	}
	for range frames {
		if _, err := b.frames.Next(); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bare) header(protocol byte) {
	h := wire.HeaderOf(protocol)
	b.out = append(b.out, h[:]...)
}

func (b *bare) frame(kind byte, p wire.Performative) { b.out = wire.AppendFrame(b.out, kind, 0, p) }

func (b *bare) flush() {
	b.t.Helper()
	if _, err := b.nc.Write(b.out); err != nil {
		b.t.Fatal(err)
	}
	b.out = b.out[:0]
}

// next reads a performative.
func (b *bare) next() wire.Performative {
	b.t.Helper()
	for {
		f, err := b.frames.Next()
		if err != nil {
			b.t.Fatal(err)
		}
		if len(f.Body) == 0 {
			continue // a sign of life
		}
		p, _, err := b.parser.Parse(f.Body)
		if err != nil {
			b.t.Fatal(err)
		}
		return p
	}
}

func (b *bare) await(ok func(wire.Performative) bool) {
	b.t.Helper()
	if err := b.nc.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		b.t.Fatal(err)
	}
	for !ok(b.next()) {
	}
	if err := b.nc.SetReadDeadline(time.Time{}); err != nil {
		b.t.Fatal(err)
	}
}

// attach attaches handle 0, to send to an address or to receive from it.
func (b *bare) attach(role wire.Role, address string) {
	b.t.Helper()
	a := &wire.Attach{Name: address, Role: role, Source: &wire.Terminus{}, Target: &wire.Terminus{}}
	if role == wire.RoleReceiver {
		a.Source.Address = address
	} else {
		a.Target.Address = address
	}
	b.frame(0, a)
	b.flush()
	b.await(func(p wire.Performative) bool { _, ok := p.(*wire.Attach); return ok })
}

// credit gives credit beyond what has been received.
func (b *bare) credit(received, credit uint32) {
	b.frame(0, &wire.Flow{
		NextIncomingID: received, HasNextIncomingID: true, IncomingWindow: 1 << 30, OutgoingWindow: 1 << 30,
		HasHandle: true, DeliveryCount: received, HasDeliveryCount: true, LinkCredit: credit, HasLinkCredit: true,
	})
	b.flush()
}

// transfer sends a whole message in one frame or more.
func (b *bare) transfer(id uint32, format uint32, message []byte) {
	const most = 60000
	for first := true; first || len(message) > 0; first = false {
		part := message[:min(len(message), most)]
		message = message[len(part):]
		t := wire.Transfer{
			DeliveryID: id, HasDeliveryID: true, DeliveryTag: []byte{1}, MessageFormat: format, HasMessageFormat: true,
			More: len(message) > 0,
		}
		b.out = append(t.AppendFrameHead(b.out, 0, len(part)), part...)
	}
	b.flush()
}
