package amqp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

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

// TestUnfinishedMessagesOfAll: what all connections hold of messages that are
// not whole is bounded; what goes beyond is told so, the others go on, and what
// has ended makes room.
func TestUnfinishedMessagesOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken []*amqp.Delivery
		const busy = amqp.Symbol("x:busy")
		p := begin(t, &owner{receive: taking(10, &taken)}, amqp.Options{MaxPartialBytes: 100_000, Busy: busy})
		half := func(handle uint32) {
			p.attachSender(handle)
			hear[*wire.Flow](p)
			p.transfer(0, &wire.Transfer{Handle: handle, DeliveryID: handle, HasDeliveryID: true, More: true}, strings.Repeat("x", 40_000))
		}
		for handle := range uint32(3) {
			half(handle)
		}
		if d := hear[*wire.Disposition](p); d.First != 2 || conditionOf(d.State.Error) != busy {
			t.Errorf("settled %d with %v, want the third with %s", d.First, d.State.Error, busy)
		}
		if d := hear[*wire.Detach](p); d.Handle != 2 || conditionOf(d.Error) != busy {
			t.Errorf("detached %d with %v, want the third with %s", d.Handle, d.Error, busy)
		}
		p.transfer(0, &wire.Transfer{Handle: 0, DeliveryID: 0, HasDeliveryID: true}, "end")
		synctest.Wait()
		if len(taken) != 1 || len(taken[0].Payload) != 40_003 {
			t.Fatalf("%d messages taken, want the first, which is whole now", len(taken))
		}
		half(3) // where the first was
		p.transfer(0, &wire.Transfer{Handle: 3, DeliveryID: 3, HasDeliveryID: true}, "end")
		synctest.Wait()
		if len(taken) != 2 {
			t.Errorf("%d messages taken, want another one with room again", len(taken))
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
