package amqp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

func TestOpenAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{}
		p := connect(t, o.open, amqp.Options{})
		got := p.open(&wire.Open{
			ContainerID: "c", Hostname: "host:5671", MaxFrameSize: 1 << 20, ChannelMax: 65535,
			Properties: amqp.Map{{Key: amqp.Symbol("product"), Value: "p"}},
		})
		if got.ContainerID != "nephoscope" || got.Hostname != "" || got.MaxFrameSize != 65536 ||
			got.ChannelMax != 4999 || got.IdleTimeout != 240*time.Second {
			t.Errorf("open is answered with %+v", got)
		}
		synctest.Wait()
		c := o.conn
		if c.Hostname() != "host:5671" || c.ContainerID() != "c" || c.User() != "" || c.Properties().Value("product") != "p" {
			t.Errorf("the connection is of %q for %q, user %q, %v", c.ContainerID(), c.Hostname(), c.User(), c.Properties())
		}
		if c.RemoteAddr() == nil {
			t.Error("no remote address")
		}
		p.send(3, &wire.Begin{NextOutgoingID: 7, IncomingWindow: 10, OutgoingWindow: 10, HandleMax: 1 << 31})
		b := hear[*wire.Begin](p)
		if !b.HasRemoteChannel || b.RemoteChannel != 3 || b.NextOutgoingID != 1 || b.IncomingWindow != 5000 ||
			b.OutgoingWindow != 5000 || b.HandleMax != 255 {
			t.Errorf("begin is answered with %+v", b)
		}
		p.close()
		if o.closed != 1 {
			t.Errorf("Closed was called %d times", o.closed)
		}
	})
}

// sasl goes through the SASL layer and returns the mechanisms and the outcome.
func (p *probe) sasl(init *wire.SASLInit) (mechanisms []amqp.Symbol, code uint8) {
	p.t.Helper()
	p.header(wire.HeaderOf(wire.ProtocolSASL), wire.HeaderOf(wire.ProtocolSASL))
	offer, ok := p.saslFrame().(*wire.SASLMechanisms)
	if !ok {
		p.t.Fatal("no mechanisms are offered")
	}
	p.write(wire.AppendFrame(nil, wire.FrameSASL, 0, init))
	outcome, ok := p.saslFrame().(*wire.SASLOutcome)
	if !ok {
		p.t.Fatal("no outcome is told")
	}
	return offer.Mechanisms, outcome.Code
}

func (p *probe) saslFrame() wire.Performative {
	p.t.Helper()
	f, err := p.in.Next()
	if err != nil || f.Type != wire.FrameSASL {
		p.t.Fatalf("frame %+v, %v", f, err)
	}
	v, err := wire.ParseSASL(f.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

func TestSASL(t *testing.T) {
	plain := func(_ context.Context, user, password string) (any, error) {
		if user != "u" || password != "p" {
			return nil, errors.New("wrong password")
		}
		return nil, nil
	}
	for _, c := range []struct {
		init  wire.SASLInit
		plain func(context.Context, string, string) (any, error)
		code  uint8
		user  string
	}{
		{wire.SASLInit{Mechanism: "ANONYMOUS"}, nil, wire.SASLOK, ""},
		{wire.SASLInit{Mechanism: "ANONYMOUS", InitialResponse: []byte("\x00RootManageSharedAccessKey"), Hostname: "h"}, nil, wire.SASLOK, ""},
		{wire.SASLInit{Mechanism: "MSSBCBS"}, nil, wire.SASLOK, ""},
		{wire.SASLInit{Mechanism: "EXTERNAL", InitialResponse: []byte{}}, nil, wire.SASLOK, ""},
		{wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p")}, plain, wire.SASLOK, "u"},
		{wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00q")}, plain, wire.SASLAuth, ""},
		{wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("u")}, plain, wire.SASLAuth, ""},
		{wire.SASLInit{Mechanism: "PLAIN"}, plain, wire.SASLAuth, ""},
		{wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00u\x00p")}, nil, wire.SASLAuth, ""},
		{wire.SASLInit{Mechanism: "SCRAM-SHA-256"}, plain, wire.SASLAuth, ""},
	} {
		t.Run(fmt.Sprintf("%s %q %v", c.init.Mechanism, c.init.InitialResponse, c.plain != nil), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &owner{}
				p := connect(t, o.open, amqp.Options{Plain: c.plain})
				mechanisms, code := p.sasl(&c.init)
				if code != c.code {
					t.Fatalf("outcome %d, want %d", code, c.code)
				}
				if offered := strings.Contains(fmt.Sprint(mechanisms), "PLAIN"); offered != (c.plain != nil) {
					t.Errorf("offered are %v", mechanisms)
				}
				if code != wire.SASLOK {
					if err := <-p.served; err == nil || strings.Contains(err.Error(), "q") && c.plain != nil {
						t.Errorf("Serve: %v", err)
					}
					return
				}
				p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
				synctest.Wait()
				if o.conn.User() != c.user {
					t.Errorf("user %q, want %q", o.conn.User(), c.user)
				}
				p.close()
			})
		})
	}
}

// TestImpatientClient says everything at once, before any answer.
func TestImpatientClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{}
		p := connect(t, o.open, amqp.Options{})
		sasl, plain := wire.HeaderOf(wire.ProtocolSASL), wire.HeaderOf(wire.ProtocolAMQP)
		all := append(sasl[:], wire.AppendFrame(nil, wire.FrameSASL, 0, &wire.SASLInit{Mechanism: "ANONYMOUS"})...)
		all = append(all, plain[:]...)
		all = wire.AppendFrame(all, wire.FrameAMQP, 0, &wire.Open{ContainerID: "c", MaxFrameSize: 512, ChannelMax: 1})
		all = wire.AppendFrame(all, wire.FrameAMQP, 1, &wire.Begin{IncomingWindow: 1})
		all = wire.AppendFrame(all, wire.FrameAMQP, 0, &wire.Close{})
		go func() { _, _ = p.nc.Write(all) }()
		for _, want := range []wire.Header{sasl, plain} {
			if got, err := p.in.Header(); err != nil || got != want {
				t.Fatalf("header %q, %v, want %q", got[:], err, want[:])
			}
			if want == sasl {
				p.saslFrame()
				p.saslFrame()
			}
		}
		go p.listen()
		hear[*wire.Open](p)
		hear[*wire.Begin](p)
		hear[*wire.Close](p)
		if err := <-p.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestForeignHeaders(t *testing.T) {
	sasl, plain := wire.HeaderOf(wire.ProtocolSASL), wire.HeaderOf(wire.ProtocolAMQP)
	for _, say := range []string{"GET / HT", "\x16\x03\x01\x00\xf8\x01\x00\x00", "AMQP\x02\x01\x00\x00", "AMQP\x00\x00\x09\x01", "AMQP\x03\x01\x00\x01"} {
		t.Run(fmt.Sprintf("%q", say), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := connect(t, new(owner).open, amqp.Options{})
				p.header(wire.Header([]byte(say)), sasl)
				if err := <-p.served; err == nil {
					t.Error("Serve says nothing")
				}
			})
		})
	}
	t.Run("after SASL", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := connect(t, new(owner).open, amqp.Options{})
			p.sasl(&wire.SASLInit{Mechanism: "ANONYMOUS"})
			p.header(sasl, plain)
			if err := <-p.served; err == nil {
				t.Error("Serve says nothing")
			}
		})
	})
}

// TestHandshakeTimeout connects and falls silent at various points.
func TestHandshakeTimeout(t *testing.T) {
	h := wire.HeaderOf(wire.ProtocolAMQP)
	open := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Open{ContainerID: "c"})
	for name, say := range map[string][]byte{
		"nothing":       nil,
		"half a header": h[:4],
		"a header":      h[:],
		"half an open":  append(h[:], open[:len(open)-1]...),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := connect(t, new(owner).open, amqp.Options{})
				go func() { _, _ = io.Copy(io.Discard, p.nc) }()
				start := time.Now()
				p.write(say)
				if err := <-p.served; err == nil {
					t.Error("Serve says nothing")
				}
				if took := time.Since(start); took < 30*time.Second || took > 40*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestTrickle sends signs of life instead of an open.
func TestTrickle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		go func() { _, _ = io.Copy(io.Discard, p.nc) }()
		h := wire.HeaderOf(wire.ProtocolAMQP)
		p.write(h[:])
		for start := time.Now(); ; time.Sleep(time.Second) {
			if _, err := p.nc.Write(wire.AppendFrame(nil, wire.FrameAMQP, 0, nil)); err != nil {
				break
			}
			if time.Since(start) > time.Minute {
				t.Fatal("it goes on for ever")
			}
		}
		if err := <-p.served; err == nil {
			t.Error("Serve says nothing")
		}
	})
}

func TestOpenRefused(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want amqp.Symbol
	}{
		"with a condition": {fmt.Errorf("no: %w", amqp.Errorf(amqp.NotFound, "no such host")), amqp.NotFound},
		"without":          {errors.New("disk on fire"), amqp.InternalError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &owner{refuse: c.err}
				p := connect(t, o.open, amqp.Options{})
				p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
				closing := hear[*wire.Close](p)
				if conditionOf(closing.Error) != c.want || strings.Contains(closing.Error.Description, "fire") {
					t.Errorf("closed with %v, want %s", closing.Error, c.want)
				}
				_ = p.nc.Close()
				if err := <-p.served; err == nil {
					t.Error("Serve says nothing")
				}
				if o.closed != 0 {
					t.Error("Closed was called for a peer that there never was")
				}
			})
		})
	}
}

// TestRulesOfConnections breaks one rule after the other.
func TestRulesOfConnections(t *testing.T) {
	frame := func(b ...byte) []byte { return b }
	list := func(channel uint16, p wire.Performative) []byte {
		return wire.AppendFrame(nil, wire.FrameAMQP, channel, p)
	}
	for name, c := range map[string]struct {
		say  []byte
		want amqp.Symbol
	}{
		"a frame too large":          {frame(0, 1, 0, 1, 2, 0, 0, 0), amqp.ConnectionFraming},
		"a frame too small":          {frame(0, 0, 0, 4, 2, 0, 0, 0), amqp.ConnectionFraming},
		"data within the head":       {frame(0, 0, 0, 8, 1, 0, 0, 0), amqp.ConnectionFraming},
		"a frame of SASL":            {wire.AppendFrame(nil, wire.FrameSASL, 0, &wire.SASLOutcome{}), amqp.ConnectionFraming},
		"a frame that is no AMQP":    {frame(0, 0, 0, 9, 2, 0, 0, 0, 0x41), amqp.DecodeError},
		"an unknown performative":    {frame(0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x60, 0x45), amqp.DecodeError},
		"a second open":              {list(0, &wire.Open{ContainerID: "c"}), amqp.NotAllowed},
		"a second begin":             {list(0, &wire.Begin{}), amqp.NotAllowed},
		"a begin that answers none":  {list(1, &wire.Begin{HasRemoteChannel: true}), amqp.NotAllowed},
		"a channel too high":         {list(5000, &wire.Begin{}), amqp.NotAllowed},
		"a handle too high":          {list(0, &wire.Attach{Name: "n", Handle: 256}), amqp.ConnectionFraming},
		"an end without a session":   {list(1, &wire.End{}), amqp.NotAllowed},
		"an attach without one":      {list(1, &wire.Attach{Name: "n"}), amqp.NotAllowed},
		"a detach without one":       {list(1, &wire.Detach{}), amqp.NotAllowed},
		"a flow without one":         {list(1, &wire.Flow{}), amqp.NotAllowed},
		"a transfer without one":     {list(1, &wire.Transfer{}), amqp.NotAllowed},
		"a disposition without one":  {list(1, &wire.Disposition{Role: wire.RoleReceiver}), amqp.NotAllowed},
		"a settle mode that is none": {list(0, &wire.Attach{Name: "n", SndSettleMode: 9}), amqp.DecodeError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := begin(t, &owner{}, amqp.Options{})
				p.write(c.say)
				err := p.wantClose(c.want)
				if err == nil || !errors.As(err, new(*amqp.Error)) && c.want != amqp.DecodeError {
					t.Errorf("Serve: %v, want an error", err)
				}
			})
		})
	}
}

func TestChannelAboveOwnHighest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512, ChannelMax: 1})
		p.send(2, &wire.Begin{})
		if err := p.wantClose(amqp.NotAllowed); err == nil {
			t.Error("Serve says nothing")
		}
	})
}

func TestFrameSizeTooSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 511})
		if c := hear[*wire.Close](p); conditionOf(c.Error) != amqp.InvalidField {
			t.Errorf("closed with %v", c.Error)
		}
		_ = p.nc.Close()
		if err := <-p.served; err == nil {
			t.Error("Serve says nothing")
		}
	})
}

// TestSignsOfLife counts what a peer hears that has nothing to say but wants
// to hear something every 30 seconds.
func TestSignsOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512, IdleTimeout: 30 * time.Second})
		last := time.Now()
		for range 100 {
			if h := p.next(); h.p != nil {
				t.Fatalf("heard %T, want a sign of life", h.p)
			}
			if gap := time.Since(last); gap > 15*time.Second || gap < 5*time.Second {
				t.Fatalf("a sign of life after %v", gap)
			}
			last = time.Now()
			p.write(wire.AppendFrame(nil, wire.FrameAMQP, 0, nil))
		}
		p.close()
	})
}

func TestNoSignsOfLifeUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
		time.Sleep(7 * time.Minute)
		p.silent()
		p.close()
	})
}

// TestImpatientPeer wants a sign of life every millisecond: it gets a bounded
// number.
func TestImpatientPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connect(t, new(owner).open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512, IdleTimeout: time.Millisecond})
		time.Sleep(10 * time.Second)
		if n := len(p.heard); n > 1000 {
			t.Errorf("%d signs of life in ten seconds", n)
		}
		p.close()
	})
}

func TestSilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{}, amqp.Options{IdleTimeout: time.Minute})
		start := time.Now()
		if err := p.wantClose(amqp.ConnectionForced); err == nil {
			t.Error("Serve says nothing")
		}
		if took := time.Since(start); took != 2*time.Minute {
			t.Errorf("closed after %v, want 2m", took)
		}
	})
}

func TestShutdown(t *testing.T) {
	for _, answers := range []bool{true, false} {
		t.Run(fmt.Sprint("answers ", answers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended []string
				o := &owner{
					receive: func(*amqp.Attach) (*amqp.Receiver, error) {
						return &amqp.Receiver{Detached: func() { ended = append(ended, "receiver") }}, nil
					},
					send: func(*amqp.Attach) (*amqp.Sender, error) {
						return &amqp.Sender{
							Run: func(ctx context.Context, _ *amqp.Out) error {
								<-ctx.Done()
								ended = append(ended, "run")
								return ctx.Err()
							},
							Detached: func() { ended = append(ended, "sender") },
						}, nil
					},
				}
				p := begin(t, o, amqp.Options{})
				p.attachSender(0)
				hear[*wire.Flow](p)
				p.attachReceiver(1)
				p.cancel()
				if c := hear[*wire.Close](p); conditionOf(c.Error) != amqp.ConnectionForced {
					t.Errorf("closed with %v", c.Error)
				}
				start := time.Now()
				if answers {
					p.send(0, &wire.Close{})
				}
				if err := <-p.served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if took := time.Since(start); answers && took > 0 || took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				if got := fmt.Sprint(ended, o.closed); got != "[run sender receiver] 1" {
					t.Errorf("ended were %v", got)
				}
			})
		})
	}
}

func TestCloseOfPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{}, amqp.Options{})
		p.send(0, &wire.Close{Error: amqp.Errorf("x:why", "because")})
		if c := hear[*wire.Close](p); c.Error != nil {
			t.Errorf("answered with %v", c.Error)
		}
		var e *amqp.Error
		if err := <-p.served; !errors.As(err, &e) || e.Condition != "x:why" {
			t.Errorf("Serve: %v, want the peer's error", err)
		}
	})
}

func TestCloseByOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{}
		p := begin(t, o, amqp.Options{})
		synctest.Wait()
		o.conn.Close(amqp.Errorf(amqp.ResourceLimitExceeded, "too many of you"))
		o.conn.Close(nil)
		// What the peer says before it has heard of the close is passed over.
		p.send(7, &wire.Begin{})
		p.send(9, &wire.Flow{})
		if err := p.wantClose(amqp.ResourceLimitExceeded); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestCutLine(t *testing.T) {
	half := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Flow{})
	for name, c := range map[string]struct {
		say   []byte
		clean bool
	}{
		"between frames": {nil, true},
		"within a frame": {half[:9], false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &owner{}
				p := begin(t, o, amqp.Options{})
				if c.say != nil {
					p.write(c.say)
				}
				_ = p.nc.Close()
				if err := <-p.served; (err == nil) != c.clean {
					t.Errorf("Serve: %v", err)
				}
				if o.closed != 1 {
					t.Errorf("Closed was called %d times", o.closed)
				}
			})
		})
	}
}

// TestDeafPeer has a sender for a peer that grants credit and reads nothing.
// It waits with little in memory and is rid of the peer in time.
func TestDeafPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		o := &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			for {
				if err := out.Send(ctx, 0, make([]byte, 1000)); err != nil {
					return err
				}
				sent++
			}
		})}
		p := begin(t, o, amqp.Options{})
		p.attachReceiver(0)
		p.deafen()
		start := time.Now()
		p.write(wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Flow{
			IncomingWindow: 1 << 30, HasHandle: true, LinkCredit: 1 << 30, HasLinkCredit: true,
		}))
		synctest.Wait()
		if sent < 100 || sent > 600 {
			t.Errorf("%d KB are in memory, want a few hundred", sent)
		}
		if err := <-p.served; err == nil {
			t.Error("Serve says nothing")
		}
		if took := time.Since(start); took < 60*time.Second || took > 70*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// deafen stops listening: what the server says stays in the pipe.
func (p *probe) deafen() {
	p.t.Helper()
	synctest.Wait()
	if err := p.nc.SetReadDeadline(time.Now()); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
	for range p.heard {
		p.t.Fatal("something was heard")
	}
}

// TestDeafAsker asks for the state of its session again and again, and reads
// no answer.
func TestDeafAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{}, amqp.Options{})
		p.deafen()
		flow := wire.AppendFrame(nil, wire.FrameAMQP, 0, &wire.Flow{IncomingWindow: 1, Echo: true})
		asked := 0
		for {
			n, err := p.nc.Write(bytes.Repeat(flow, 100))
			asked += n / len(flow)
			if err != nil {
				break
			}
		}
		if asked > 100_000 {
			t.Errorf("%d questions were taken", asked)
		}
		if err := <-p.served; err == nil {
			t.Error("Serve says nothing")
		}
	})
}
