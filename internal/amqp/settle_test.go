package amqp_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

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
