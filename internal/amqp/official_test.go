package amqp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	official "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// queues is the owner of a peer for which an address is a queue: what is sent
// to it is received from it, first in, first out.
type queues struct {
	mu     sync.Mutex
	byName map[string]*queue
}

type queue struct {
	mu       sync.Mutex
	messages [][]byte
	wake     chan struct{} // closed and made anew when something comes
}

func (q *queue) put(m []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, m)
	close(q.wake)
	q.wake = make(chan struct{})
}

func (q *queue) take() (m []byte, wake <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.messages) > 0 {
		m, q.messages = q.messages[0], q.messages[1:]
	}
	return m, q.wake
}

func (qs *queues) of(name string) *queue {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	if qs.byName == nil {
		qs.byName = make(map[string]*queue)
	}
	if qs.byName[name] == nil {
		qs.byName[name] = &queue{wake: make(chan struct{})}
	}
	return qs.byName[name]
}

func (qs *queues) owner() *owner {
	return &owner{
		receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
			q := qs.of(a.Target.Address)
			return &amqp.Receiver{
				MaxMessageSize: 4 << 20,
				Credit:         100,
				Take: func(d *amqp.Delivery) {
					if bytes.HasSuffix(d.Payload, []byte("poison")) {
						d.Settle(amqp.Errorf("x:poison", "not this one"))
						return
					}
					q.put(bytes.Clone(d.Payload))
					d.Settle(nil)
				},
			}, nil
		},
		send: func(a *amqp.Attach) (*amqp.Sender, error) {
			q := qs.of(a.Source.Address)
			return &amqp.Sender{Run: func(ctx context.Context, out *amqp.Out) error {
				for {
					m, wake := q.take()
					if m == nil {
						if err := out.Idle(ctx, wake); err != nil {
							return nil
						}
					} else if err := out.Send(ctx, 0, m); err != nil {
						return nil
					}
				}
			}}, nil
		},
	}
}

// inBubble runs a test with the official client at the other end of a pipe, in
// a bubble of synctest: time is exact, and goroutines that remain fail it.
func inBubble(t *testing.T, o *owner, opt amqp.Options, client *official.ConnOptions, test func(*testing.T, *official.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- amqp.NewServer(o.open, opt).Serve(t.Context(), near) }()
		if client == nil {
			client = &official.ConnOptions{SASLType: official.SASLTypeAnonymous()}
		}
		c, err := official.NewConn(t.Context(), far, client)
		if err != nil {
			t.Fatal(err)
		}
		test(t, c)
		_ = c.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

// pair is a sender and a receiver of the official client, in one session.
func pair(t *testing.T, c *official.Conn, address string, opt *official.ReceiverOptions) (*official.Sender, *official.Receiver) {
	t.Helper()
	s, err := c.NewSession(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	snd, err := s.NewSender(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	rcv, err := s.NewReceiver(t.Context(), address, opt)
	if err != nil {
		t.Fatal(err)
	}
	return snd, rcv
}

func sendText(t *testing.T, s *official.Sender, text string) {
	t.Helper()
	if err := s.Send(t.Context(), official.NewMessage([]byte(text)), nil); err != nil {
		t.Fatalf("send: %v", err)
	}
}

func wantText(t *testing.T, r *official.Receiver, want string) *official.Message {
	t.Helper()
	m, err := r.Receive(t.Context(), nil)
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	if got := string(m.GetData()); got != want {
		t.Fatalf("received %d bytes %.40q, want %d bytes %.40q", len(got), got, len(want), want)
	}
	return m
}

func TestOfficialSizes(t *testing.T) {
	inBubble(t, new(queues).owner(), amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", &official.ReceiverOptions{Credit: 3})
		if snd.MaxMessageSize() != 4<<20 {
			t.Errorf("the largest message is %d", snd.MaxMessageSize())
		}
		for _, size := range []int{1, 255, 256, 65000, 65471, 65472, 65473, 65536, 131072, 1 << 20, 3 << 20, 5} {
			text := strings.Repeat("x", size-1) + "."
			sendText(t, snd, text)
			wantText(t, rcv, text)
		}
	})
}

func TestOfficialRejection(t *testing.T) {
	inBubble(t, new(queues).owner(), amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", nil)
		err := snd.Send(t.Context(), official.NewMessage([]byte("poison")), nil)
		var e *official.Error
		if !errors.As(err, &e) || e.Condition != "x:poison" || e.Description != "not this one" {
			t.Errorf("a rejected message fails with %v", err)
		}
		sendText(t, snd, "good")
		wantText(t, rcv, "good")
	})
}

func TestOfficialOversize(t *testing.T) {
	o := new(queues).owner()
	inner := o.receive
	o.receive = func(a *amqp.Attach) (*amqp.Receiver, error) {
		r, err := inner(a)
		// The client must not know, or it would not send.
		r.MaxMessageSize = 0
		return r, err
	}
	inBubble(t, o, amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		snd, _ := pair(t, c, "q", nil)
		err := snd.Send(t.Context(), official.NewMessage(make([]byte, 1<<20)), nil)
		var rejected *official.Error
		if !errors.As(err, &rejected) || rejected.Condition != official.ErrCondMessageSizeExceeded {
			t.Errorf("a message too large fails with %v", err)
		}
		err = snd.Send(t.Context(), official.NewMessage([]byte("too late")), nil)
		var ended *official.LinkError
		if !errors.As(err, &ended) || ended.RemoteErr == nil || ended.RemoteErr.Condition != official.ErrCondMessageSizeExceeded {
			t.Errorf("a message on its link afterwards fails with %v", err)
		}
		snd, rcv := pair(t, c, "another", nil)
		sendText(t, snd, "good")
		wantText(t, rcv, "good")
	})
}

// TestOfficialSettling settles as Java does.
func TestOfficialSettling(t *testing.T) {
	inBubble(t, new(queues).owner(), amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", &official.ReceiverOptions{
			Credit:                    5,
			SettlementMode:            official.ReceiverSettleModeSecond.Ptr(),
			RequestedSenderSettleMode: official.SenderSettleModeUnsettled.Ptr(),
		})
		for i := range 50 {
			text := fmt.Sprint("m", i)
			sendText(t, snd, text)
			m := wantText(t, rcv, text)
			settle := rcv.AcceptMessage
			if i%3 == 0 {
				settle = rcv.ReleaseMessage
			}
			// In mode second this waits for our answer.
			if err := settle(t.Context(), m); err != nil {
				t.Fatalf("settle: %v", err)
			}
		}
	})
}

func TestOfficialDrain(t *testing.T) {
	inBubble(t, new(queues).owner(), amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", &official.ReceiverOptions{Credit: -1})
		for round := range 3 {
			if err := rcv.IssueCredit(10); err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				sendText(t, snd, fmt.Sprint(round, i))
			}
			synctest.Wait()
			if err := rcv.DrainCredit(t.Context(), nil); err != nil {
				t.Fatalf("drain: %v", err)
			}
			for i := range 4 {
				wantText(t, rcv, fmt.Sprint(round, i))
			}
			sendText(t, snd, "beyond")
			synctest.Wait()
			if m := rcv.Prefetched(); m != nil {
				t.Fatalf("%q came after the drain", m.GetData())
			}
			if err := rcv.IssueCredit(1); err != nil {
				t.Fatal(err)
			}
			wantText(t, rcv, "beyond")
		}
	})
}

func TestOfficialDetach(t *testing.T) {
	links := make(chan *amqp.Link, 2)
	o := new(queues).owner()
	inner := o.send
	o.send = func(a *amqp.Attach) (*amqp.Sender, error) {
		if a.Source.Address == "absent" {
			return nil, amqp.Errorf(amqp.NotFound, "no such queue")
		}
		links <- a.Link
		return inner(a)
	}
	inBubble(t, o, amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		_, rcv := pair(t, c, "q", nil)
		(<-links).Detach(amqp.Errorf(amqp.LinkStolen, "by another one"))
		_, err := rcv.Receive(t.Context(), nil)
		var e *official.LinkError
		if !errors.As(err, &e) || e.RemoteErr == nil || e.RemoteErr.Condition != official.ErrCondStolen {
			t.Errorf("a stolen link fails with %v", err)
		}
		s, err := c.NewSession(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.NewReceiver(t.Context(), "absent", nil)
		var refused *official.Error
		if !errors.As(err, &refused) || refused.Condition != official.ErrCondNotFound {
			t.Errorf("a refused link fails with %v", err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("end: %v", err)
		}
	})
}

func TestOfficialConnectionClosed(t *testing.T) {
	o := new(queues).owner()
	inBubble(t, o, amqp.Options{}, nil, func(t *testing.T, c *official.Conn) {
		_, rcv := pair(t, c, "q", nil)
		o.conn.Close(amqp.Errorf(amqp.ConnectionForced, "we go"))
		_, err := rcv.Receive(t.Context(), nil)
		var e *official.ConnError
		if !errors.As(err, &e) || e.RemoteErr == nil || e.RemoteErr.Condition != official.ErrCondConnectionForced {
			t.Errorf("a closed connection fails with %v", err)
		}
	})
}

func TestOfficialPlain(t *testing.T) {
	o := new(queues).owner()
	opt := amqp.Options{Plain: func(_ context.Context, user, password string) (any, error) {
		if password != "right" {
			return nil, errors.New("wrong")
		}
		return "is " + user, nil
	}}
	inBubble(t, o, opt, &official.ConnOptions{SASLType: official.SASLTypePlain("me", "right")}, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", nil)
		sendText(t, snd, "m")
		wantText(t, rcv, "m")
		if o.conn.User() != "me" || o.conn.Identity() != "is me" {
			t.Errorf("the user is %q and %v", o.conn.User(), o.conn.Identity())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- amqp.NewServer(o.open, opt).Serve(t.Context(), near) }()
		if _, err := official.NewConn(t.Context(), far, &official.ConnOptions{SASLType: official.SASLTypePlain("me", "wrong")}); err == nil {
			t.Error("a wrong password passes")
		}
		_ = far.Close()
		if err := <-served; err == nil {
			t.Error("Serve says nothing")
		}
	})
}

// TestOfficialIdle keeps a connection for a day over which nothing is said but
// signs of life, which both sides insist on.
func TestOfficialIdle(t *testing.T) {
	client := &official.ConnOptions{SASLType: official.SASLTypeAnonymous(), IdleTimeout: time.Minute}
	inBubble(t, new(queues).owner(), amqp.Options{IdleTimeout: 2 * time.Minute}, client, func(t *testing.T, c *official.Conn) {
		snd, rcv := pair(t, c, "q", nil)
		for range 24 {
			time.Sleep(time.Hour) // of the bubble's clock
			sendText(t, snd, "still here")
			wantText(t, rcv, "still here")
		}
	})
}

// TestOfficialSessions opens and ends a session for each request, as the Event
// Hubs client does for its tokens.
func TestOfficialSessions(t *testing.T) {
	inBubble(t, new(queues).owner(), amqp.Options{ChannelMax: 5}, nil, func(t *testing.T, c *official.Conn) {
		for i := range 100 {
			s, err := c.NewSession(t.Context(), nil)
			if err != nil {
				t.Fatalf("session %d: %v", i, err)
			}
			snd, err := s.NewSender(t.Context(), "q", nil)
			if err != nil {
				t.Fatal(err)
			}
			sendText(t, snd, "token")
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestOfficialCrowd has many connections with many links each over loopback,
// all at work at once.
func TestOfficialCrowd(t *testing.T) {
	const conns, links, messages = 3, 20, 40
	l := listen(t, func() *owner { return new(queues).owner() }, amqp.Options{})
	var crowd sync.WaitGroup
	for range conns {
		crowd.Go(func() {
			c, err := official.Dial(t.Context(), "amqp://"+l.address, &official.ConnOptions{SASLType: official.SASLTypeAnonymous()})
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			shared, err := c.NewSession(t.Context(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			var all sync.WaitGroup
			for i := range links {
				all.Go(func() { converse(t, shared, fmt.Sprint("q", i), messages) })
			}
			all.Wait()
		})
	}
	crowd.Wait()
	l.close()
}

// converse sends messages of any size to a queue and wants them back in order.
func converse(t *testing.T, s *official.Session, address string, n int) {
	snd, err := s.NewSender(t.Context(), address, nil)
	if err != nil {
		t.Error(err)
		return
	}
	rcv, err := s.NewReceiver(t.Context(), address, &official.ReceiverOptions{Credit: 7})
	if err != nil {
		t.Error(err)
		return
	}
	body := func(i int) []byte {
		r := rand.New(rand.NewPCG(uint64(i), uint64(len(address))))
		return bytes.Repeat([]byte{byte(i), 'x'}, 1+r.IntN(100)*r.IntN(700))
	}
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		for i := range n {
			if err := snd.Send(t.Context(), official.NewMessage(body(i)), nil); err != nil {
				t.Errorf("%s: send %d: %v", address, i, err)
				return
			}
		}
	})
	for i := range n {
		m, err := rcv.Receive(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: receive %d: %v", address, i, err)
			return
		}
		if !bytes.Equal(m.GetData(), body(i)) {
			t.Errorf("%s: message %d is %d bytes, want %d", address, i, len(m.GetData()), len(body(i)))
		}
	}
}

// listener serves connections over loopback, each with an owner of its own.
type listener struct {
	t       *testing.T
	l       net.Listener
	address string
	serving sync.WaitGroup
	cancel  context.CancelFunc
}

func listen(t *testing.T, newOwner func() *owner, opt amqp.Options) *listener {
	t.Helper()
	nl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{t: t, l: nl, address: nl.Addr().String(), cancel: cancel}
	t.Cleanup(l.close)
	l.serving.Go(func() {
		for {
			nc, err := nl.Accept()
			if err != nil {
				return
			}
			l.serving.Go(func() {
				o := newOwner()
				_ = amqp.NewServer(o.open, opt).Serve(ctx, nc)
				if o.conn != nil && o.closed != 1 {
					t.Errorf("Closed was called %d times", o.closed)
				}
			})
		}
	})
	return l
}

// close waits for every connection to end, and so for every goroutine.
func (l *listener) close() {
	_ = l.l.Close()
	l.cancel()
	l.serving.Wait()
}

// TestOfficialAmongHostiles converses while others on the same server send
// garbage, half frames and huge sizes, or do not read.
func TestOfficialAmongHostiles(t *testing.T) {
	l := listen(t, func() *owner { return new(queues).owner() }, amqp.Options{WriteTimeout: time.Second, CloseTimeout: time.Second})
	hostile := [][]byte{
		{},
		[]byte("GET / HTTP/1.1\r\n\r\n"),
		bytes.Repeat([]byte{0}, 1<<20),
		bytes.Repeat([]byte("AMQP\x00\x01\x00\x00"), 1<<14),
		append(opening(), 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0),
		append(opening(), bytes.Repeat([]byte{0, 0, 1}, 1000)...),
		append(opening(), hungry()...),
	}
	for i, c := range conversations() {
		hostile = append(hostile, append(opening(), c...), append(opening(), c[:len(c)-1-i]...))
	}
	var company sync.WaitGroup
	done := make(chan struct{})
	for _, say := range hostile {
		company.Go(func() {
			nc, err := net.Dial("tcp", l.address)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = nc.Write(say)
			<-done // It stays on the line and reads nothing.
			_ = nc.Close()
		})
	}
	c, err := official.Dial(t.Context(), "amqp://"+l.address, &official.ConnOptions{SASLType: official.SASLTypeAnonymous()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.NewSession(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	converse(t, s, "q", 200)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	close(done)
	company.Wait()
	l.close()
}

// hungry sends itself messages and grants itself credit, and reads none.
func hungry() []byte {
	node := &wire.Terminus{Address: "a"}
	b := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Attach{Name: "s", Target: node})
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Attach{Name: "r", Handle: 1, Role: wire.RoleReceiver, Source: node})
	b = wire.AppendFrame(b, wire.FrameAMQP, 0, &wire.Flow{
		IncomingWindow: 1 << 31, Handle: 1, HasHandle: true, LinkCredit: 1 << 31, HasLinkCredit: true, Echo: true,
	})
	for i := range uint32(90) {
		b = appendMessage(b, i, make([]byte, 60000))
	}
	return b
}
