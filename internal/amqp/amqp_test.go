package amqp_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	official "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// nodes is a peer's owner with a queue per address: what is sent to an address
// is received from it.
type nodes struct {
	mu     sync.Mutex
	queues map[string]chan []byte
	closed int
}

func (n *nodes) queue(address string) chan []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.queues == nil {
		n.queues = make(map[string]chan []byte)
	}
	q := n.queues[address]
	if q == nil {
		q = make(chan []byte, 10000)
		n.queues[address] = q
	}
	return q
}

func (n *nodes) Receive(a *amqp.Attach) (*amqp.Receiver, error) {
	q := n.queue(a.Target.Address)
	return &amqp.Receiver{
		MaxMessageSize: 1 << 20,
		Credit:         100,
		Take: func(d *amqp.Delivery) {
			q <- append([]byte(nil), d.Payload...)
			d.Settle(nil)
		},
	}, nil
}

func (n *nodes) Send(a *amqp.Attach) (*amqp.Sender, error) {
	q := n.queue(a.Source.Address)
	return &amqp.Sender{Run: func(ctx context.Context, out *amqp.Out) error {
		for {
			select {
			case m := <-q:
				if err := out.Send(ctx, 0, m); err != nil {
					return nil
				}
				out.Flush()
			case <-ctx.Done():
				return nil
			}
		}
	}}, nil
}

func (n *nodes) Closed() { n.mu.Lock(); n.closed++; n.mu.Unlock() }

func TestSmoke(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nodes{}
	srv := amqp.NewServer(func(c *amqp.Conn) (amqp.Peer, error) { return n, nil }, amqp.Options{})
	done := make(chan error, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		done <- srv.Serve(context.Background(), nc)
	}()
	ctx := context.Background()
	c, err := official.Dial(ctx, "amqp://"+l.Addr().String(), &official.ConnOptions{SASLType: official.SASLTypeAnonymous()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.NewSession(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	snd, err := s.NewSender(ctx, "q", nil)
	if err != nil {
		t.Fatal(err)
	}
	rcv, err := s.NewReceiver(ctx, "q", &official.ReceiverOptions{Credit: 30})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		body := fmt.Sprint(i, string(make([]byte, i*i%200000)))
		if err := snd.Send(ctx, official.NewMessage([]byte(body)), nil); err != nil {
			t.Fatal(err)
		}
		m, err := rcv.Receive(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(m.GetData()) != body {
			t.Fatal(i, len(m.GetData()), len(body))
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = wire.FormatBatch
}
