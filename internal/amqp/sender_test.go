package amqp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// feed is what a sender has to send.
type feed struct {
	messages chan string
	wake     chan struct{}
}

func (f *feed) put(m string) {
	f.messages <- m
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run sends what there is, and idles between.
func (f *feed) run(ctx context.Context, out *amqp.Out) error {
	for {
		select {
		case m := <-f.messages:
			if err := out.Send(ctx, 0, []byte(m)); err != nil {
				return err
			}
		default:
			if err := out.Idle(ctx, f.wake); err != nil {
				return err
			}
		}
	}
}

// hearMessage hears a whole message of one frame.
func (p *probe) hearMessage() (*wire.Transfer, string) {
	p.t.Helper()
	h := p.next()
	tr, ok := h.p.(*wire.Transfer)
	if !ok || tr.More {
		p.t.Fatalf("heard %T %+v, want a message", h.p, h.p)
	}
	return tr, h.payload
}

// endless sends numbered messages for ever, unless they may not idle.
func endless(ctx context.Context, out *amqp.Out) error {
	for i := 0; ; i++ {
		if err := out.Send(ctx, 0, fmt.Appendf(nil, "m%d", i)); err != nil {
			return err
		}
	}
}

func TestSendingAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		filter := amqp.Map{{Key: amqp.Symbol("f"), Value: wire.Described{Descriptor: uint64(0x468c00000004), Value: "x > 1"}}}
		o := &owner{send: func(a *amqp.Attach) (*amqp.Sender, error) {
			if got := a.Source.Filter.Value("f"); got != filter[0].Value {
				t.Errorf("the filter is %v", got)
			}
			return &amqp.Sender{
				Answer: amqp.Answer{Target: &wire.Terminus{Address: "elsewhere"}},
				Run:    func(ctx context.Context, out *amqp.Out) error { return out.Idle(ctx, nil) },
			}, nil
		}}
		p := begin(t, o, amqp.Options{})
		p.send(0, &wire.Attach{
			Name: "r", Handle: 2, Role: wire.RoleReceiver, SndSettleMode: wire.SenderSettled,
			Source: &wire.Terminus{Address: "hub", Filter: filter}, Target: &wire.Terminus{},
		})
		a := hear[*wire.Attach](p)
		if a.Role != wire.RoleSender || a.InitialDeliveryCount != 0 || a.SndSettleMode != wire.SenderSettled ||
			a.Source.Address != "hub" || a.Source.Filter.Value("f") != filter[0].Value || a.Target.Address != "elsewhere" {
			t.Errorf("answered with %+v", a)
		}
		p.silent()
		p.close()
	})
}

// TestCreditOfPeer sends as many messages as there is credit for, over two
// links of one session: their ids are those of the session.
func TestCreditOfPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{send: running(endless)}, amqp.Options{})
		p.attachReceiver(0)
		p.attachReceiver(1)
		p.silent()
		id := uint32(0)
		for round := range uint32(3) {
			for handle := range uint32(2) {
				p.credit(handle, id, 5*round, 5)
				for i := range uint32(5) {
					tr, body := p.hearMessage()
					if tr.Handle != handle || tr.DeliveryID != id || !tr.HasDeliveryID || len(tr.DeliveryTag) == 0 ||
						!tr.HasMessageFormat || tr.MessageFormat != 0 || !tr.Settled || body != fmt.Sprintf("m%d", 5*round+i) {
						t.Fatalf("heard %q in %+v, want delivery %d", body, tr, id)
					}
					id++
				}
				p.silent()
			}
		}
		// Credit that comes again before it is used is no new credit.
		p.credit(0, id, 15, 2)
		p.credit(0, id, 15, 2)
		p.hearMessage()
		p.hearMessage()
		p.silent()
		// A smaller one takes it back; one without a delivery-count begins at 0.
		p.credit(0, id+2, 15, 1)
		p.silent()
		p.send(0, &wire.Flow{IncomingWindow: 1000, HasHandle: true, LinkCredit: 18, HasLinkCredit: true})
		p.hearMessage()
		p.silent()
		p.close()
	})
}

func TestSmallFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts := [][]byte{[]byte(strings.Repeat("a", 700)), nil, []byte("b"), []byte(strings.Repeat("c", 1500))}
		o := &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			if err := out.Send(ctx, 7, parts...); err != nil {
				return err
			}
			if err := out.Send(ctx, 0); err != nil {
				return err
			}
			return out.Idle(ctx, nil)
		})}
		p := connect(t, o.open, amqp.Options{})
		p.open(&wire.Open{ContainerID: "c", MaxFrameSize: 512})
		p.in.SetMax(512)
		p.send(0, &wire.Begin{IncomingWindow: 100, HandleMax: 255})
		hear[*wire.Begin](p)
		p.attachReceiver(0)
		p.credit(0, 0, 0, 10)
		var got strings.Builder
		for more := true; more; {
			h := p.next()
			tr := h.p.(*wire.Transfer)
			if tr.MessageFormat != 7 || tr.DeliveryID != 0 {
				t.Errorf("heard %+v", tr)
			}
			got.WriteString(h.payload)
			more = tr.More
		}
		if want := string(parts[0]) + "b" + string(parts[3]); got.String() != want {
			t.Errorf("the message is %q, want %q", got.String(), want)
		}
		if _, body := p.hearMessage(); body != "" {
			t.Errorf("the empty message is %q", body)
		}
		p.close()
	})
}

// TestDrain asks to drain when there is nothing to send, when there are
// messages left, and when there is no credit.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &feed{make(chan string, 10), make(chan struct{}, 1)}
		p := begin(t, &owner{send: running(f.run)}, amqp.Options{})
		p.attachReceiver(0)
		drain := func(count, credit uint32) {
			p.send(0, &wire.Flow{
				IncomingWindow: 1000, HasHandle: true, DeliveryCount: count, HasDeliveryCount: true,
				LinkCredit: credit, HasLinkCredit: true, Drain: true,
			})
		}
		drained := func(count uint32) {
			t.Helper()
			f := hear[*wire.Flow](p)
			if !f.HasHandle || !f.Drain || f.LinkCredit != 0 || f.DeliveryCount != count {
				t.Errorf("drained as %+v, want count %d", f, count)
			}
		}
		drain(0, 100)
		drained(100)
		// With two messages there and credit for five, three are given up.
		f.put("a")
		f.put("b")
		synctest.Wait()
		drain(100, 5)
		p.hearMessage()
		p.hearMessage()
		drained(105)
		// With more messages than credit, all is used.
		for range 3 {
			f.put("c")
		}
		synctest.Wait()
		drain(105, 2)
		p.hearMessage()
		p.hearMessage()
		drained(107)
		drain(107, 0)
		drained(107)
		p.credit(0, 4, 107, 1)
		p.hearMessage()
		p.silent()
		p.close()
	})
}

func TestEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{send: running(endless)}, amqp.Options{})
		p.attachReceiver(4)
		p.credit(4, 0, 0, 2)
		p.hearMessage()
		p.hearMessage()
		p.send(0, &wire.Flow{IncomingWindow: 9, HasHandle: true, Handle: 4, Echo: true})
		f := hear[*wire.Flow](p)
		if f.Handle != 4 || f.DeliveryCount != 2 || f.LinkCredit != 0 || f.NextOutgoingID != 3 || f.NextIncomingID != 10 ||
			f.IncomingWindow != 5000 || f.OutgoingWindow != 5000 || f.Drain || f.Echo {
			t.Errorf("echoed is %+v", f)
		}
		p.silent()
		p.close()
	})
}

// TestSettlingPeer asks for unsettled messages in receiver mode second, as
// Java does, and settles them.
func TestSettlingPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{send: running(endless)}, amqp.Options{})
		p.send(0, &wire.Attach{
			Name: "r", Role: wire.RoleReceiver, SndSettleMode: wire.SenderUnsettled, RcvSettleMode: wire.ReceiverSecond,
			Source: &wire.Terminus{Address: "a"}, Target: &wire.Terminus{},
		})
		if a := hear[*wire.Attach](p); a.SndSettleMode != wire.SenderUnsettled || a.RcvSettleMode != wire.ReceiverSecond {
			t.Errorf("answered with %+v", a)
		}
		p.credit(0, 0, 0, 6)
		for range 6 {
			if tr, _ := p.hearMessage(); tr.Settled {
				t.Errorf("heard %+v, want it unsettled", tr)
			}
		}
		tell := func(first, last uint32, settled bool, o wire.Outcome) {
			p.send(0, &wire.Disposition{Role: wire.RoleReceiver, First: first, Last: last, Settled: settled, State: wire.State{Outcome: o}})
		}
		answered := func(first, last uint32, o wire.Outcome) {
			t.Helper()
			d := hear[*wire.Disposition](p)
			if d.Role != wire.RoleSender || d.First != first || d.Last != last || !d.Settled || d.State.Outcome != o {
				t.Errorf("answered with %+v, want %d-%d %d", d, first, last, o)
			}
		}
		tell(1, 2, false, wire.OutcomeAccepted)
		answered(1, 2, wire.OutcomeAccepted)
		tell(1, 2, false, wire.OutcomeAccepted) // They are known no longer.
		tell(0, 0, false, wire.OutcomeNone)     // Nothing is decided.
		tell(0, 0, true, wire.OutcomeAccepted)  // Nothing is left to say.
		tell(100, 1<<31, false, wire.OutcomeAccepted)
		p.send(0, &wire.Disposition{Role: wire.RoleSender, First: 3, Last: 3, State: wire.State{Outcome: wire.OutcomeAccepted}})
		p.silent()
		tell(3, 5, false, wire.OutcomeReleased)
		answered(3, 5, wire.OutcomeReleased)
		p.silent()
		p.close()
	})
}

// TestUnsettledBound lets a settling peer have as many unsettled messages as
// it may, and then settles.
func TestUnsettledBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 1 << 14
		p := begin(t, &owner{send: running(endless)}, amqp.Options{})
		p.send(0, &wire.Attach{
			Name: "r", Role: wire.RoleReceiver, SndSettleMode: wire.SenderUnsettled, RcvSettleMode: wire.ReceiverSecond,
			Source: &wire.Terminus{Address: "a"}, Target: &wire.Terminus{},
		})
		hear[*wire.Attach](p)
		p.send(0, &wire.Flow{IncomingWindow: 1 << 30, HasHandle: true, LinkCredit: 1 << 30, HasLinkCredit: true})
		for range bound {
			p.hearMessage()
		}
		p.silent()
		p.send(0, &wire.Disposition{Role: wire.RoleReceiver, First: 10, Last: 19, Settled: true})
		for range 10 {
			p.hearMessage()
		}
		p.silent()
		p.send(0, &wire.Detach{Closed: true})
		hear[*wire.Detach](p)
		p.close()
	})
}

func TestSettledForOthers(t *testing.T) {
	for _, modes := range [][2]uint8{{wire.SenderUnsettled, wire.ReceiverFirst}, {wire.SenderMixed, wire.ReceiverSecond}, {wire.SenderSettled, wire.ReceiverFirst}} {
		synctest.Test(t, func(t *testing.T) {
			p := begin(t, &owner{send: running(endless)}, amqp.Options{})
			p.send(0, &wire.Attach{
				Name: "r", Role: wire.RoleReceiver, SndSettleMode: modes[0], RcvSettleMode: modes[1],
				Source: &wire.Terminus{Address: "a"}, Target: &wire.Terminus{},
			})
			if a := hear[*wire.Attach](p); a.SndSettleMode != modes[0] || a.RcvSettleMode != modes[1] {
				t.Errorf("answered with %+v, want modes %v", a, modes)
			}
			p.credit(0, 0, 0, 1)
			if tr, _ := p.hearMessage(); !tr.Settled {
				t.Errorf("heard %+v, want it settled in modes %v", tr, modes)
			}
			p.close()
		})
	}
}

// TestEndOfRun ends Run in several ways.
func TestEndOfRun(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want amqp.Symbol
	}{
		"done":    {nil, ""},
		"error":   {amqp.Errorf(amqp.LinkStolen, "taken"), amqp.LinkStolen},
		"wrapped": {fmt.Errorf("x: %w", amqp.Errorf(amqp.NotFound, "gone")), amqp.NotFound},
		"other":   {errors.New("secret"), amqp.InternalError},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				detached := 0
				o := &owner{send: func(*amqp.Attach) (*amqp.Sender, error) {
					return &amqp.Sender{
						Run: func(ctx context.Context, out *amqp.Out) error {
							if err := out.Send(ctx, 0, []byte("last words")); err != nil {
								t.Error(err)
							}
							return c.err
						},
						Detached: func() { detached++ },
					}, nil
				}}
				p := begin(t, o, amqp.Options{})
				p.attachReceiver(0)
				p.credit(0, 0, 0, 1)
				p.hearMessage()
				d := hear[*wire.Detach](p)
				if !d.Closed || conditionOf(d.Error) != c.want || d.Error != nil && strings.Contains(d.Error.Description, "secret") {
					t.Errorf("detached with %+v, want %q", d, c.want)
				}
				synctest.Wait()
				if detached != 1 {
					t.Errorf("%d detached, want 1", detached)
				}
				p.credit(0, 1, 1, 100) // Not heard any more.
				p.send(0, &wire.Detach{Closed: true})
				p.silent()
				p.close()
				if detached != 1 {
					t.Errorf("%d detached, want 1", detached)
				}
			})
		})
	}
}

// TestEndOfLink ends links whose Run waits in several places.
func TestEndOfLink(t *testing.T) {
	waits := map[string]func(context.Context, *amqp.Out) error{
		"for credit": endless,
		"in Idle":    func(ctx context.Context, out *amqp.Out) error { return out.Idle(ctx, nil) },
		"for the window": func(ctx context.Context, out *amqp.Out) error {
			return out.Send(ctx, 0, make([]byte, 10_000_000))
		},
		"elsewhere": func(ctx context.Context, out *amqp.Out) error {
			<-ctx.Done()
			return out.Send(ctx, 0, nil)
		},
	}
	ends := map[string]func(*probe, *amqp.Link){
		"by the peer":            func(p *probe, _ *amqp.Link) { p.send(0, &wire.Detach{Closed: true}) },
		"by the owner":           func(_ *probe, l *amqp.Link) { l.Detach(amqp.Errorf(amqp.LinkDetachForced, "go")) },
		"with the session":       func(p *probe, _ *amqp.Link) { p.send(0, &wire.End{}) },
		"with the connection":    func(p *probe, _ *amqp.Link) { p.send(0, &wire.Close{}) },
		"with the line":          func(p *probe, _ *amqp.Link) { _ = p.nc.Close() },
		"at the server's orders": func(p *probe, _ *amqp.Link) { p.cancel() },
	}
	for waiting, run := range waits {
		for ending, end := range ends {
			t.Run(waiting+" "+ending, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var link *amqp.Link
					ran := make(chan error, 1)
					o := &owner{send: func(a *amqp.Attach) (*amqp.Sender, error) {
						link = a.Link
						return &amqp.Sender{Run: func(ctx context.Context, out *amqp.Out) error {
							err := run(ctx, out)
							ran <- err
							return err
						}}, nil
					}}
					p := begin(t, o, amqp.Options{})
					p.attachReceiver(0)
					p.send(0, &wire.Flow{IncomingWindow: 3, HasHandle: true, LinkCredit: 1, HasLinkCredit: true})
					synctest.Wait()
					end(p, link)
					if err := <-ran; !errors.Is(err, amqp.ErrDetached) {
						t.Errorf("Run ended with %v, want ErrDetached", err)
					}
					<-link.Done()
					_ = p.nc.Close()
					p.gone()
				})
			})
		}
	}
}

// TestIdle wakes for its channel, open or closed, and for ctx.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var idle, send error
		credit := -1
		o := &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			wake := make(chan struct{}, 1)
			wake <- struct{}{}
			for range 3 {
				if err := out.Idle(ctx, wake); err != nil {
					return err
				}
				if len(wake) == 0 {
					close(wake)
					wake = nil
					break
				}
			}
			brief, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			idle = out.Idle(brief, wake)
			send = out.Send(brief, 0, nil)
			credit = out.Credit()
			return nil
		})}
		p := begin(t, o, amqp.Options{})
		p.attachReceiver(0)
		hear[*wire.Detach](p)
		if !errors.Is(idle, context.DeadlineExceeded) || !errors.Is(send, context.DeadlineExceeded) || credit != 0 {
			t.Errorf("Idle: %v, Send: %v, credit %d", idle, send, credit)
		}
		p.close()
	})
}

// TestReady waits for credit with nothing to send yet.
func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		credit := -1
		p := begin(t, &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			brief, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			if err := out.Ready(brief); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Ready without credit: %v", err)
			}
			close(asked)
			if err := out.Ready(ctx); err != nil {
				return err
			}
			credit = out.Credit()
			return out.Send(ctx, 0, []byte("fetched at last"))
		})}, amqp.Options{})
		p.attachReceiver(0)
		<-asked
		p.silent()
		p.credit(0, 0, 0, 3)
		if _, body := p.hearMessage(); body != "fetched at last" || credit != 3 {
			t.Errorf("heard %q with a credit of %d", body, credit)
		}
		hear[*wire.Detach](p)
		p.close()
	})
}

// TestWriteBuffer keeps what is sent until Flush. It begins when the writer has
// come to rest: one that is under way takes along what it finds.
func TestWriteBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send, flush := make(chan struct{}), make(chan struct{})
		o := &owner{send: running(func(ctx context.Context, out *amqp.Out) error {
			<-send
			for range 3 {
				if err := out.Send(ctx, 0, []byte("m")); err != nil {
					return err
				}
			}
			<-flush
			out.Flush()
			<-ctx.Done()
			return nil
		})}
		p := begin(t, o, amqp.Options{})
		p.attachReceiver(0)
		p.credit(0, 0, 0, 10)
		synctest.Wait()
		close(send)
		time.Sleep(time.Second)
		p.silent()
		close(flush)
		for range 3 {
			p.hearMessage()
		}
		p.close()
	})
}
