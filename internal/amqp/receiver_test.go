package amqp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

func TestAttachAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked *amqp.Attach
		o := &owner{receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
			asked = a
			return &amqp.Receiver{
				Answer: amqp.Answer{
					Properties:          amqp.Map{{Key: amqp.Symbol("k"), Value: int64(1)}},
					OfferedCapabilities: []amqp.Symbol{"c"},
				},
				MaxMessageSize: 1 << 20,
				Credit:         300,
			}, nil
		}}
		p := begin(t, o, amqp.Options{})
		p.send(0, &wire.Attach{
			Name: "link", Handle: 5, Role: wire.RoleSender, SndSettleMode: wire.SenderUnsettled, RcvSettleMode: wire.ReceiverSecond,
			Source: &wire.Terminus{Address: "me"}, Target: &wire.Terminus{Address: "hub/Partitions/0", Dynamic: true},
			InitialDeliveryCount: 40, MaxMessageSize: 1000,
			DesiredCapabilities: []amqp.Symbol{"d"}, Properties: amqp.Map{{Key: amqp.Symbol("p"), Value: "q"}},
		})
		a := hear[*wire.Attach](p)
		if a.Name != "link" || a.Handle != 5 || a.Role != wire.RoleReceiver || a.MaxMessageSize != 1000 ||
			a.SndSettleMode != wire.SenderUnsettled || a.RcvSettleMode != wire.ReceiverSecond ||
			a.Source.Address != "me" || a.Target.Address != "hub/Partitions/0" ||
			a.Properties.Value("k") != int64(1) || !slices.Equal(a.OfferedCapabilities, []amqp.Symbol{"c"}) {
			t.Errorf("answered with %+v", a)
		}
		if f := hear[*wire.Flow](p); !f.HasHandle || f.Handle != 5 || f.LinkCredit != 300 || f.DeliveryCount != 40 {
			t.Errorf("credit is given as %+v", f)
		}
		if asked.Name != "link" || asked.Conn != o.conn || !asked.Desires("d") || asked.Desires("e") || asked.Properties.Value("p") != "q" {
			t.Errorf("the owner was asked for %+v", asked)
		}
		p.close()
	})
}

// TestRefusedAttaches wants an attach without ends, then a detach with the
// error, and a link that is still good afterwards.
func TestRefusedAttaches(t *testing.T) {
	target := &wire.Terminus{Address: "a"}
	for name, c := range map[string]struct {
		err  error
		ask  wire.Attach
		want amqp.Symbol
	}{
		"receive": {amqp.Errorf(amqp.UnauthorizedAccess, "no"), wire.Attach{Role: wire.RoleSender, Target: target}, amqp.UnauthorizedAccess},
		"send":    {amqp.Errorf(amqp.NotFound, "no"), wire.Attach{Role: wire.RoleReceiver, Source: target}, amqp.NotFound},
		"wrapped": {fmt.Errorf("x: %w", amqp.Errorf(amqp.NotAllowed, "no")), wire.Attach{Target: target}, amqp.NotAllowed},
		"other":   {errors.New("secret"), wire.Attach{Target: target}, amqp.InternalError},
		"coordinator": {
			nil, wire.Attach{Target: &wire.Terminus{Coordinator: true}}, amqp.NotImplemented,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &owner{
					receive: func(*amqp.Attach) (*amqp.Receiver, error) { return nil, c.err },
					send:    func(*amqp.Attach) (*amqp.Sender, error) { return nil, c.err },
				}
				p := begin(t, o, amqp.Options{})
				for range 2 {
					c.ask.Name = "n"
					p.send(0, &c.ask)
					a := hear[*wire.Attach](p)
					if a.Source != nil || a.Target != nil || a.Name != "n" || a.Role == c.ask.Role {
						t.Errorf("answered with %+v", a)
					}
					d := hear[*wire.Detach](p)
					if !d.Closed || conditionOf(d.Error) != c.want || strings.Contains(d.Error.Description, "secret") {
						t.Errorf("detached with %+v", d)
					}
					p.message(0, 0, "late")
					p.send(0, &wire.Detach{Closed: true})
					p.silent()
				}
				p.close()
			})
		})
	}
}

// TestCredit is renewed at half, as deliveries are settled and not before.
func TestCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{})
		p.attachSender(0)
		if f := hear[*wire.Flow](p); f.LinkCredit != 10 {
			t.Fatalf("the credit is %d, want 10", f.LinkCredit)
		}
		for i := range uint32(10) {
			p.message(0, i, "m")
		}
		p.silent()
		for _, d := range taken[:4] {
			d.Settle(nil)
		}
		synctest.Wait()
		for len(p.heard) > 0 {
			hear[*wire.Disposition](p)
		}
		taken[4].Settle(nil)
		f := hear[*wire.Flow](p)
		if f.LinkCredit != 5 || f.DeliveryCount != 10 {
			t.Errorf("credit is renewed as %+v", f)
		}
		hear[*wire.Disposition](p)
		p.silent()
		p.close()
	})
}

func TestBeyondCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(2, &taken)}, amqp.Options{})
		p.attachSender(0)
		hear[*wire.Flow](p)
		for i := range uint32(3) {
			p.message(0, i, "m")
		}
		if d := hear[*wire.Detach](p); conditionOf(d.Error) != amqp.LinkTransferLimit {
			t.Errorf("detached with %v", d.Error)
		}
		if len(taken) != 2 {
			t.Errorf("%d messages, want 2", len(taken))
		}
		// A settlement that comes too late is kept to ourselves.
		taken[0].Settle(nil)
		p.silent()
		p.close()
	})
}

// TestFragments puts messages of two links together whose frames alternate.
func TestFragments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{})
		for handle := range uint32(2) {
			p.attachSender(handle)
			hear[*wire.Flow](p)
		}
		first := func(handle, id, format uint32) *wire.Transfer {
			return &wire.Transfer{Handle: handle, DeliveryID: id, HasDeliveryID: true, MessageFormat: format, HasMessageFormat: true, More: true}
		}
		long := strings.Repeat("long", 16000)
		p.transfer(0, first(0, 7, wire.FormatBatch), long)
		p.transfer(0, first(1, 8, 0), "b1")
		p.transfer(0, &wire.Transfer{Handle: 1, More: true}, "")
		p.transfer(0, &wire.Transfer{Handle: 0, More: true, DeliveryID: 7, HasDeliveryID: true}, long)
		p.transfer(0, &wire.Transfer{Handle: 1}, "b2")
		p.transfer(0, &wire.Transfer{Handle: 0}, long)
		synctest.Wait()
		var got []string
		for _, d := range taken {
			got = append(got, fmt.Sprintf("%d %x %.10s", len(d.Payload), d.Format, d.Payload))
		}
		want := []string{"4 0 b1b2", "192000 80013700 longlonglo"}
		if !slices.Equal(got, want) {
			t.Errorf("taken are %q, want %q", got, want)
		}
		p.close()
	})
}

func TestAborted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(2, &taken)}, amqp.Options{})
		p.attachSender(0)
		hear[*wire.Flow](p)
		for i := range uint32(6) { // Each gives its credit back.
			p.transfer(0, &wire.Transfer{DeliveryID: i, HasDeliveryID: true, More: true}, "lost")
			p.transfer(0, &wire.Transfer{Aborted: true}, "")
			if f := hear[*wire.Flow](p); f.LinkCredit != 2 || f.DeliveryCount != i+1 {
				t.Errorf("credit is renewed as %+v", f)
			}
		}
		p.message(0, 6, "kept")
		p.silent()
		if len(taken) != 1 || string(taken[0].Payload) != "kept" {
			t.Errorf("%d were taken", len(taken))
		}
		p.close()
	})
}

func TestRulesOfTransfers(t *testing.T) {
	const limit = 1 << 20
	begins := wire.Transfer{DeliveryID: 1, HasDeliveryID: true, More: true}
	for name, c := range map[string]struct {
		say  func(p *probe)
		want amqp.Symbol
	}{
		"too large": {func(p *probe) {
			for range limit/60000 + 1 {
				p.transfer(0, &begins, strings.Repeat("x", 60000))
			}
			// Clients hear of the message, and then of the link.
			if d := hear[*wire.Disposition](p); d.First != 1 || conditionOf(d.State.Error) != amqp.LinkMessageSizeExceeded {
				t.Errorf("settled with %+v, want it rejected for its size", d)
			}
		}, amqp.LinkMessageSizeExceeded},
		"another delivery within": {func(p *probe) {
			p.transfer(0, &begins, "a")
			p.message(0, 2, "b")
		}, amqp.NotAllowed},
		"no delivery-id": {func(p *probe) { p.transfer(0, &wire.Transfer{}, "a") }, amqp.InvalidField},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var taken []*amqp.Delivery
				p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{})
				p.attachSender(0)
				hear[*wire.Flow](p)
				c.say(p)
				if d := hear[*wire.Detach](p); !d.Closed || conditionOf(d.Error) != c.want {
					t.Errorf("detached with %+v, want %s", d, c.want)
				}
				p.message(0, 9, "late")
				p.send(0, &wire.Detach{Closed: true})
				p.silent()
				if len(taken) > 0 {
					t.Errorf("%d messages were taken", len(taken))
				}
				p.close()
			})
		})
	}
}

func TestTransferOnReceivingLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, &owner{send: running(func(ctx context.Context, out *amqp.Out) error { return out.Idle(ctx, nil) })}, amqp.Options{})
		p.attachReceiver(0)
		p.message(0, 0, "m")
		if d := hear[*wire.Detach](p); conditionOf(d.Error) != amqp.NotAllowed {
			t.Errorf("detached with %v", d.Error)
		}
		p.close()
	})
}

// dispositions hears all there are and writes them down.
func (p *probe) dispositions() string {
	p.t.Helper()
	synctest.Wait()
	var b strings.Builder
	for len(p.heard) > 0 {
		d, ok := p.next().p.(*wire.Disposition)
		if !ok {
			continue
		}
		if d.Role != wire.RoleReceiver || !d.Settled {
			p.t.Errorf("heard %+v", d)
		}
		outcome := "accepted"
		if d.State.Outcome != wire.OutcomeAccepted {
			outcome = string(d.State.Error.Condition)
		}
		fmt.Fprintf(&b, "%d-%d %s; ", d.First, d.Last, outcome)
	}
	return b.String()
}

// TestSettleRanges settles while the line is busy: what piles up is told in
// ranges.
func TestSettleRanges(t *testing.T) {
	full := amqp.Errorf("x:full", "no room")
	for name, c := range map[string]struct {
		order  []int
		refuse int
		want   string
	}{
		"in order":       {[]int{0, 1, 2, 3, 4, 5}, -1, "0-0 accepted; 1-5 accepted; "},
		"backwards":      {[]int{5, 4, 3, 2, 1, 0}, -1, "5-5 accepted; 0-4 accepted; "},
		"two by two":     {[]int{0, 1, 4, 2, 5, 3}, -1, "0-0 accepted; 1-2 accepted; 3-5 accepted; "},
		"one is refused": {[]int{0, 1, 2, 3, 4, 5}, 3, "0-0 accepted; 1-2 accepted; 3-3 x:full; 4-5 accepted; "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var taken []*amqp.Delivery
				p := begin(t, &owner{receive: taking(100, &taken)}, amqp.Options{})
				p.attachSender(0)
				hear[*wire.Flow](p)
				for i := range c.order {
					p.message(0, uint32(i), "m")
				}
				synctest.Wait()
				// The first settlement occupies the writer until it is heard.
				resume := p.pause()
				for n, i := range c.order {
					if n == 1 {
						synctest.Wait()
					}
					var err *amqp.Error
					if i == c.refuse {
						err = full
					}
					taken[i].Settle(err)
					taken[i].Settle(nil) // Once more does no harm.
				}
				resume()
				if got := p.dispositions(); got != c.want {
					t.Errorf("told is %q, want %q", got, c.want)
				}
				p.close()
			})
		})
	}
}

// TestSettledBeforeEnd settles and then ends link, session or connection at
// once: the settlement is told first.
func TestSettledBeforeEnd(t *testing.T) {
	ends := map[string]func(*probe, *owner, *amqp.Link){
		"detach by the owner": func(_ *probe, _ *owner, l *amqp.Link) { l.Detach(nil) },
		"detach by the peer":  func(p *probe, _ *owner, _ *amqp.Link) { p.send(0, &wire.Detach{Closed: true}) },
		"end by the peer":     func(p *probe, _ *owner, _ *amqp.Link) { p.send(0, &wire.End{}) },
		"end by the rules":    func(p *probe, _ *owner, _ *amqp.Link) { p.send(0, &wire.Transfer{Handle: 9}) },
		"close by the owner":  func(_ *probe, o *owner, _ *amqp.Link) { o.conn.Close(nil) },
		"close by the peer":   func(p *probe, _ *owner, _ *amqp.Link) { p.send(0, &wire.Close{}) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var taken []*amqp.Delivery
				var link *amqp.Link
				o := &owner{receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
					link = a.Link
					return taking(10, &taken)(a)
				}}
				p := begin(t, o, amqp.Options{})
				p.attachSender(0)
				hear[*wire.Flow](p)
				for i := range uint32(3) {
					p.message(0, i, "m")
				}
				synctest.Wait()
				resume := p.pause()
				taken[0].Settle(nil)
				synctest.Wait()
				taken[1].Settle(nil)
				taken[2].Settle(nil)
				end(p, o, link)
				synctest.Wait()
				resume()
				if d := hear[*wire.Disposition](p); d.Last != 0 {
					t.Errorf("told is %+v, want 0", d)
				}
				if d := hear[*wire.Disposition](p); d.First != 1 || d.Last != 2 {
					t.Errorf("told is %+v, want 1-2", d)
				}
				switch v := p.next().p.(type) {
				case *wire.Detach, *wire.End, *wire.Close:
				default:
					t.Errorf("heard %T, want an end", v)
				}
				_ = p.nc.Close()
				p.gone()
			})
		})
	}
}

// pause makes the probe listen no more until resume is called.
func (p *probe) pause() (resume func()) {
	p.deafen()
	return func() {
		_ = p.nc.SetReadDeadline(time.Time{})
		p.heard = make(chan heard, 1<<16)
		go p.listen()
	}
}

func TestSettledDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(2, &taken)}, amqp.Options{})
		p.attachSender(0)
		hear[*wire.Flow](p)
		p.transfer(0, &wire.Transfer{DeliveryID: 0, HasDeliveryID: true, Settled: true}, "m")
		p.silent()
		taken[0].Settle(nil)
		if f := hear[*wire.Flow](p); f.LinkCredit != 2 {
			t.Errorf("credit is renewed as %+v", f)
		}
		p.silent()
		p.close()
	})
}

// TestUnsettledBytes stops reading when too much is unsettled, and goes on.
func TestUnsettledBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(1000, &taken)}, amqp.Options{MaxUnsettledBytes: 100_000})
		p.attachSender(0)
		hear[*wire.Flow](p)
		body := strings.Repeat("x", 10_000)
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			for i := range uint32(100) {
				tr := wire.Transfer{DeliveryID: i, HasDeliveryID: true}
				if _, err := p.nc.Write(append(tr.AppendFrameHead(nil, 0, len(body)), body...)); err != nil {
					t.Error(err)
				}
			}
		}()
		for settled := 0; settled < 100; settled++ {
			synctest.Wait()
			if n := len(taken) - settled; n == 0 || n > 10 {
				t.Fatalf("%d messages are unsettled, want 1 to 10", n)
			}
			taken[settled].Settle(nil)
		}
		<-wrote
		p.close()
	})
}

// TestUnfinishedMessages begins messages on many links and finishes none:
// nobody could settle them, so waiting would be for ever.
func TestUnfinishedMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{MaxUnsettledBytes: 100_000})
		for handle := range uint32(3) {
			p.attachSender(handle)
			hear[*wire.Flow](p)
			p.transfer(0, &wire.Transfer{Handle: handle, DeliveryID: handle, HasDeliveryID: true, More: true}, strings.Repeat("x", 40_000))
		}
		if err := p.wantClose(amqp.ResourceLimitExceeded); err == nil {
			t.Error("Serve says nothing")
		}
	})
}

// TestDetachByOwner detaches while messages come in, from within Take, and
// from elsewhere.
func TestDetachByOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var link *amqp.Link
		taken, detached := 0, 0
		o := &owner{receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
			link = a.Link
			return &amqp.Receiver{
				Credit: 10,
				Take: func(*amqp.Delivery) {
					if taken++; taken == 2 {
						link.Detach(amqp.Errorf(amqp.LinkStolen, "by another one"))
					}
				},
				Detached: func() { detached++ },
			}, nil
		}}
		p := begin(t, o, amqp.Options{})
		p.attachSender(0)
		hear[*wire.Flow](p)
		for i := range uint32(3) {
			p.message(0, i, "m")
		}
		if d := hear[*wire.Detach](p); !d.Closed || conditionOf(d.Error) != amqp.LinkStolen {
			t.Errorf("detached with %+v", d)
		}
		<-link.Done()
		link.Detach(nil)
		p.silent()
		if taken != 2 || detached != 0 {
			t.Errorf("%d taken, %d detached, want 2, 0", taken, detached)
		}
		p.send(0, &wire.Detach{Closed: true})
		p.silent()
		if detached != 1 {
			t.Errorf("%d detached, want 1", detached)
		}
		p.close()
		if detached != 1 {
			t.Errorf("%d detached, want 1", detached)
		}
	})
}

// TestDetachWithinAttach detaches a link before its attach is answered.
func TestDetachWithinAttach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stolen := amqp.Errorf(amqp.LinkStolen, "at once")
		detached := 0
		o := &owner{
			receive: func(a *amqp.Attach) (*amqp.Receiver, error) {
				a.Link.Detach(stolen)
				return &amqp.Receiver{Detached: func() { detached++ }}, nil
			},
			send: func(a *amqp.Attach) (*amqp.Sender, error) {
				a.Link.Detach(stolen)
				return &amqp.Sender{
					Run:      func(ctx context.Context, out *amqp.Out) error { return out.Send(ctx, 0, []byte("x")) },
					Detached: func() { detached++ },
				}, nil
			},
		}
		p := begin(t, o, amqp.Options{})
		for _, attach := range []func(uint32) *wire.Attach{p.attachSender, p.attachReceiver} {
			if a := attach(0); a.Source != nil || a.Target != nil {
				t.Errorf("answered with %+v", a)
			}
			if d := hear[*wire.Detach](p); conditionOf(d.Error) != amqp.LinkStolen {
				t.Errorf("detached with %v", d.Error)
			}
			p.send(0, &wire.Detach{Closed: true})
			p.silent()
		}
		if detached != 2 {
			t.Errorf("%d detached, want 2", detached)
		}
		p.close()
	})
}

// TestDetachByPeer answers with the same finality.
func TestDetachByPeer(t *testing.T) {
	for _, closed := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var taken []*amqp.Delivery
			p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{})
			p.attachSender(0)
			hear[*wire.Flow](p)
			p.message(0, 0, "m")
			p.send(0, &wire.Detach{Closed: closed, Error: amqp.Errorf("x:y", "z")})
			if d := hear[*wire.Detach](p); d.Closed != closed || d.Error != nil {
				t.Errorf("answered with %+v", d)
			}
			taken[0].Settle(nil)
			p.silent()
			p.attachSender(0)
			hear[*wire.Flow](p)
			p.close()
		})
	}
}

// TestUnreadRejections has a peer that sends what is rejected and reads none of
// it: it is read no further, as its answers would pile up.
func TestUnreadRejections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &owner{receive: func(*amqp.Attach) (*amqp.Receiver, error) {
			return &amqp.Receiver{Credit: 100, Take: func(d *amqp.Delivery) {
				d.Settle(amqp.Errorf(amqp.DecodeError, "no"))
			}}, nil
		}}
		p := connect(t, o.open, amqp.Options{})
		p.header(wire.HeaderOf(wire.ProtocolAMQP), wire.HeaderOf(wire.ProtocolAMQP))
		p.send(0, &wire.Open{ContainerID: "probe", MaxFrameSize: 65536})
		p.send(0, &wire.Begin{IncomingWindow: 1000, OutgoingWindow: 1000, HandleMax: 255})
		p.send(0, &wire.Attach{Name: "s", Role: wire.RoleSender, Source: &wire.Terminus{}, Target: &wire.Terminus{Address: "a"}})
		for range 4 { // open, begin, attach, flow
			if _, err := p.in.Next(); err != nil {
				t.Fatal(err)
			}
		}
		const most = 50_000
		sent := uint32(0)
		for ; sent < most; sent++ {
			_ = p.nc.SetWriteDeadline(time.Now().Add(time.Second))
			tr := &wire.Transfer{DeliveryID: sent, HasDeliveryID: true, DeliveryTag: []byte{1}}
			if _, err := p.nc.Write(tr.AppendFrameHead(nil, 0, 0)); err != nil {
				break
			}
		}
		if sent == most {
			t.Errorf("%d rejections wait to be read", sent)
		}
		_ = p.nc.Close()
		p.gone()
		p.cancel()
	})
}
