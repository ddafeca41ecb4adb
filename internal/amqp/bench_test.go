package amqp_test

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// bare is a peer without comfort: it reads and writes frames over loopback,
// and nothing else.
type bare struct {
	tb     testing.TB
	nc     net.Conn
	in     *wire.Reader
	parser wire.Parser
	served chan error
}

// dialBare connects to a server and opens a connection and session 0.
func dialBare(tb testing.TB, srv *amqp.Server) *bare {
	tb.Helper()
	client, server := loopback(tb)
	b := &bare{tb: tb, nc: client, in: wire.NewReader(client, 1<<20), served: make(chan error, 1)}
	go func() { b.served <- srv.Serve(context.Background(), server) }()
	h := wire.HeaderOf(wire.ProtocolAMQP)
	b.write(h[:])
	if got, err := b.in.Header(); err != nil || got != h {
		tb.Fatalf("header %q, %v", got, err)
	}
	b.send(0, &wire.Open{ContainerID: "bare", MaxFrameSize: 65536, ChannelMax: 65535})
	b.send(0, &wire.Begin{IncomingWindow: 1 << 20, OutgoingWindow: 1 << 20, HandleMax: 255})
	expect[*wire.Open](b)
	expect[*wire.Begin](b)
	return b
}

// loopback is a TCP connection from this process to itself.
func loopback(tb testing.TB) (client, server net.Conn) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			close(accepted)
			return
		}
		accepted <- nc
	}()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	server = <-accepted
	if server == nil {
		tb.Fatal("nothing was accepted")
	}
	return client, server
}

func (b *bare) write(p []byte) {
	b.tb.Helper()
	if _, err := b.nc.Write(p); err != nil {
		b.tb.Fatal(err)
	}
}

func (b *bare) send(channel uint16, p wire.Performative) {
	b.tb.Helper()
	b.write(wire.AppendFrame(nil, wire.FrameAMQP, channel, p))
}

// next reads the next performative that is no sign of life.
func (b *bare) next() (wire.Performative, []byte) {
	for {
		f, err := b.in.Next()
		if err != nil {
			b.tb.Fatal(err)
		}
		if len(f.Body) == 0 {
			continue
		}
		p, payload, err := b.parser.Parse(f.Body)
		if err != nil {
			b.tb.Fatal(err)
		}
		return p, payload
	}
}

// expect reads a performative that must be of type P.
func expect[P wire.Performative](b *bare) P {
	b.tb.Helper()
	p, _ := b.next()
	v, ok := p.(P)
	if !ok {
		b.tb.Fatalf("got %T %+v, want %T", p, p, v)
	}
	return v
}

// close closes in order and waits for the server.
func (b *bare) close() {
	b.tb.Helper()
	b.send(0, &wire.Close{})
	for {
		if p, _ := b.next(); closes(p) {
			break
		}
	}
	_ = b.nc.Close()
	if err := <-b.served; err != nil {
		b.tb.Errorf("Serve: %v", err)
	}
}

func closes(p wire.Performative) bool { _, ok := p.(*wire.Close); return ok }

var sizes = []int{2 << 10, 300 << 10}

// BenchmarkOut sends messages to a bare reader: one op is one message.
func BenchmarkOut(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			body := make([]byte, size)
			head, tail := body[:100], body[100:]
			peer := &scripted{send: func(ctx context.Context, out *amqp.Out) error {
				for {
					if err := out.Send(ctx, 0, head, tail); err != nil {
						return nil
					}
				}
			}}
			client := dialBare(b, amqp.NewServer(peer.open, amqp.Options{}))
			client.send(0, &wire.Attach{Name: "r", Role: wire.RoleReceiver, Source: &wire.Terminus{Address: "a"}, Target: &wire.Terminus{}})
			expect[*wire.Attach](client)
			measure(b, size)
			readMessages(client, b.N)
			b.StopTimer()
			client.close()
		})
	}
}

// readMessages takes n messages, with credit for 1000.
func readMessages(client *bare, n int) {
	const credit = 1000
	var messages, frames uint32
	grant := func() {
		client.send(0, &wire.Flow{
			NextIncomingID: 1 + frames, HasNextIncomingID: true, IncomingWindow: 5000, OutgoingWindow: 5000,
			HasHandle: true, DeliveryCount: messages, HasDeliveryCount: true,
			LinkCredit: uint32(min(credit, n-int(messages))), HasLinkCredit: true,
		})
	}
	for grant(); int(messages) < n; {
		p, _ := client.next()
		t, ok := p.(*wire.Transfer)
		if !ok {
			client.tb.Fatalf("got %T, want a transfer", p)
		}
		if frames++; !t.More {
			messages++
			if messages%(credit/2) == 0 {
				grant()
			}
		} else if frames%1000 == 0 {
			grant()
		}
	}
}

// BenchmarkIn takes messages from a bare writer, and settles them.
func BenchmarkIn(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			peer := &scripted{receive: &amqp.Receiver{
				Credit: 1000, MaxMessageSize: 1 << 20,
				Take: func(d *amqp.Delivery) { d.Settle(nil) },
			}}
			client := dialBare(b, amqp.NewServer(peer.open, amqp.Options{}))
			client.send(0, &wire.Attach{Name: "s", Source: &wire.Terminus{}, Target: &wire.Terminus{Address: "a"}})
			expect[*wire.Attach](client)
			measure(b, size)
			writeMessages(client, b.N, make([]byte, size))
			b.StopTimer()
			client.close()
		})
	}
}

// writeMessages sends n messages as credit allows, and waits for all to be
// settled.
func writeMessages(client *bare, n int, body []byte) {
	var buf []byte
	sent, credit, settled := 0, 0, 0
	for settled < n {
		for ; credit > 0 && sent < n; credit-- {
			buf = appendMessage(buf, uint32(sent), body)
			if sent++; len(buf) > 64<<10 {
				client.write(buf)
				buf = buf[:0]
			}
		}
		client.write(buf)
		buf = buf[:0]
		switch p, _ := client.next(); p := p.(type) {
		case *wire.Flow:
			if p.HasHandle {
				credit = int(p.DeliveryCount+p.LinkCredit) - sent
			}
		case *wire.Disposition:
			settled += int(p.Last-p.First) + 1
		}
	}
}

// appendMessage writes the frames of one message on handle 0 of channel 0.
func appendMessage(b []byte, id uint32, body []byte) []byte {
	const room = 65536 - wire.MaxTransferHead
	t := wire.Transfer{DeliveryID: id, HasDeliveryID: true, DeliveryTag: []byte{1}, HasMessageFormat: true}
	for {
		part := body[:min(room, len(body))]
		body = body[len(part):]
		t.More = len(body) > 0
		b = append(t.AppendFrameHead(b, 0, len(part)), part...)
		if !t.More {
			return b
		}
	}
}

// measure starts the clock; at the end it tells messages per second and the
// processor time of a message, on both sides together.
func measure(b *testing.B, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	start, cpu := time.Now(), cpuTime()
	b.Cleanup(func() {
		b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "messages/s")
		b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(b.N), "cpu-ns/op")
	})
}

// cpuTime is the processor time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// scripted is the owner of a peer that answers every attach the same way.
type scripted struct {
	receive *amqp.Receiver
	send    func(context.Context, *amqp.Out) error
}

func (s *scripted) open(*amqp.Conn) (amqp.Peer, error) { return s, nil }

func (s *scripted) Receive(*amqp.Attach) (*amqp.Receiver, error) {
	if s.receive == nil {
		return nil, amqp.Errorf(amqp.NotFound, "nothing takes here")
	}
	return s.receive, nil
}

func (s *scripted) Send(*amqp.Attach) (*amqp.Sender, error) {
	if s.send == nil {
		return nil, amqp.Errorf(amqp.NotFound, "nothing sends here")
	}
	return &amqp.Sender{Run: s.send}, nil
}

func (s *scripted) Closed() {}
