package hub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	goamqp "github.com/Azure/go-amqp"

	"nephoscope/internal/hub/access"
)

// publish sends batches to all partitions but the quiet one.
func (s *soak) publish(ctx context.Context) error {
	body := []byte(strings.Repeat("0123456789abcdef", 128))
	for n := 0; pause(ctx, s.hour/250); n++ {
		if err := s.publisher.renew(soakHub); err != nil {
			return err
		}
		sender, err := s.publisher.sender(fmt.Sprintf("%s/Partitions/%d", soakHub, n%quiet))
		if err != nil {
			return err
		}
		batch := &goamqp.Message{Format: 0x80013700}
		for range 20 {
			data, err := goamqp.NewMessage(body).MarshalBinary()
			if err != nil {
				return err
			}
			batch.Data = append(batch.Data, data)
		}
		switch err := s.send(sender, batch); {
		case saidOf(err) == goamqp.ErrCondDetachForced: // the machine stood still for half an hour
			s.publisher.forget(sender)
		case err != nil:
			return err
		}
	}
	return nil
}

// send sends a batch and counts its events when they are accepted.
func (s *soak) send(sender *goamqp.Sender, batch *goamqp.Message) error {
	ctx, cancel := shortly()
	defer cancel()
	if err := sender.Send(ctx, batch, nil); err != nil {
		return err
	}
	s.done.sent.Add(int64(len(batch.Data)))
	return nil
}

// listen reads what comes, at once.
func (s *soak) listen(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.listener.renew(soakHub); err != nil {
			return err
		}
		if err := s.heard.read(ctx, s.listener, s.hour/20); err != nil {
			return err
		}
	}
	if s.heard.gaps > 0 && s.calm() {
		return fmt.Errorf("%d events are missing although they were kept", s.heard.gaps)
	}
	return nil
}

// crawl reads much more slowly than events come, so that retention overtakes
// it.
func (s *soak) crawl(ctx context.Context) error {
	for pause(ctx, s.hour/400) {
		if err := s.slow.renew(soakHub); err != nil {
			return err
		}
		if err := s.crawled.read(ctx, s.slow, 0); err != nil {
			return err
		}
	}
	s.done.overtaken.Store(s.crawled.gaps)
	return nil
}

// overstay comes with tokens that run out, and wants its links to end then.
func (s *soak) overstay(ctx context.Context) error {
	for ctx.Err() == nil {
		g, err := s.enter(nil)
		if err != nil {
			return err
		}
		end := s.clock.now().Add(max(10*time.Minute, s.clock.in(time.Second))).Truncate(time.Second)
		if err := g.bring(soakHub, end); err != nil {
			return err
		}
		err = s.untilThrownOut(ctx, g, end)
		g.leave()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *soak) untilThrownOut(ctx context.Context, g *guest, end time.Time) error {
	sender, err := g.sender(soakHub + "/Partitions/1")
	if err != nil {
		return err
	}
	receiver, err := g.receiver("short", quiet, nil)
	if err != nil {
		return err
	}
	_, err = receiver.Receive(ctx, nil)
	switch {
	case ctx.Err() != nil:
		return nil
	case saidOf(err) != goamqp.ErrCondUnauthorizedAccess:
		return fmt.Errorf("receiver: %w, want it to be told that its token has run out", err)
	case s.clock.now().Before(end):
		return fmt.Errorf("receiver: told at %s that a token until %s has run out", s.clock.now(), end)
	}
	soon, cancel := shortly()
	defer cancel()
	for err = nil; err == nil; { // the publisher's link ends in the same round of upkeep, and its news are on their way
		err = s.send(sender, &goamqp.Message{Format: 0x80013700, Data: [][]byte{{0x00, 0x53, 0x75, 0xa0, 0}}})
		if soon.Err() != nil {
			return errors.New("sender: its token has run out and it may still send")
		}
	}
	if saidOf(err) != goamqp.ErrCondUnauthorizedAccess {
		return fmt.Errorf("sender: %w, want it to be told that its token has run out", err)
	}
	s.done.thrownOut.Add(1)
	return nil
}

// idle attaches to the quiet partition again and again.
func (s *soak) idle(ctx context.Context) error {
	g, err := s.enter(nil)
	if err != nil {
		return err
	}
	defer g.leave()
	for {
		if err := g.bring(soakHub, s.clock.now().Add(3*time.Hour)); err != nil {
			return err
		}
		began := s.clock.now()
		receiver, err := g.receiver("short", quiet, nil)
		if err != nil {
			return err
		}
		_, err = receiver.Receive(ctx, nil)
		switch {
		case ctx.Err() != nil:
			return nil
		case saidOf(err) != goamqp.ErrCondDetachForced:
			return fmt.Errorf("%w, want a link that is idle to be detached", err)
		case s.clock.now().Sub(began) < 30*time.Minute:
			return fmt.Errorf("detached after %s, want 30 minutes", s.clock.now().Sub(began))
		}
		s.done.detached.Add(1)
	}
}

// passBy comes, sends as an idempotent producer that nobody knows, receives a
// few events, and goes.
func (s *soak) passBy(ctx context.Context) error {
	for pause(ctx, s.hour/100) {
		if err := s.visit(nil); err != nil {
			return err
		}
		s.done.visits.Add(1)
	}
	return nil
}

// breakOff does as passBy and hangs up in the middle of everything.
func (s *soak) breakOff(ctx context.Context) error {
	for pause(ctx, s.hour/100) {
		nc, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, func() { _ = nc.Close() })
		_ = s.visit(nc) // it fails wherever it has got to
		timer.Stop()
		_ = nc.Close()
		s.done.hungUp.Add(1)
	}
	return nil
}

func (s *soak) visit(nc net.Conn) error {
	g, err := s.enter(nc)
	if err != nil {
		return err
	}
	defer g.leave()
	if err := g.bring(soakHub, s.clock.now().Add(3*time.Hour)); err != nil {
		return err
	}
	if nc == nil { // else it would not be known whether the events were taken
		if err := s.sendNumbered(g); err != nil {
			return err
		}
	}
	receiver, err := g.receiver("short", rand.IntN(quiet), nil)
	if err != nil {
		return err
	}
	soon, cancel := shortly()
	defer cancel()
	for range 3 {
		if _, err := receiver.Receive(soon, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *soak) sendNumbered(g *guest) error {
	soon, cancel := shortly()
	defer cancel()
	sender, err := g.session.NewSender(soon, soakHub+"/Partitions/2", producerOptions(nil))
	if err != nil {
		return err
	}
	id, _ := sender.Properties()[string(producerID)].(int64)
	return s.send(sender, numbered(id, 0, 1, 3))
}

// rival takes a partition away from itself, each time with a higher epoch.
func (s *soak) rival(ctx context.Context) error {
	g, err := s.enter(nil)
	if err != nil {
		return err
	}
	defer g.leave()
	if err := g.bring(soakHub, s.clock.now().Add(3*time.Hour)); err != nil {
		return err
	}
	var present *goamqp.Receiver
	for epoch := int64(1); pause(ctx, s.hour/100); epoch++ {
		next, err := g.receiver("epoch", 1, map[string]any{receiverEpoch: epoch})
		if err != nil {
			return err
		}
		if present != nil {
			if err := evicted(present); err != nil {
				return err
			}
			s.done.takeovers.Add(1)
		}
		present = next
	}
	return nil
}

// evicted wants a receiver to be told that another took its place.
func evicted(r *goamqp.Receiver) error {
	soon, cancel := shortly()
	defer cancel()
	for {
		if _, err := r.Receive(soon, nil); err == nil {
			continue // it was sent before
		} else if saidOf(err) != "amqp:link:stolen" {
			return fmt.Errorf("%w, want the receiver to be told that another took its place", err)
		}
		return nil
	}
}

// pause waits, and tells whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// shortly bounds what has to be answered at once.
func shortly() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 20*time.Second)
}

// A guest is a connection with its session and its way to bring tokens.
type guest struct {
	soak    *soak
	conn    *goamqp.Conn
	session *goamqp.Session
	ask     *goamqp.Sender
	answers *goamqp.Receiver
	until   time.Time // when the token that it renews runs out
	senders map[string]*goamqp.Sender
}

// enter connects, over nc if that is not nil.
func (s *soak) enter(nc net.Conn) (g *guest, err error) {
	soon, cancel := shortly()
	defer cancel()
	g = &guest{soak: s, senders: map[string]*goamqp.Sender{}}
	opt := &goamqp.ConnOptions{SASLType: goamqp.SASLTypeAnonymous(), HostName: "ns.example"}
	if nc == nil {
		g.conn, err = goamqp.Dial(soon, "amqp://"+s.addr, opt)
	} else {
		g.conn, err = goamqp.NewConn(soon, nc, opt)
	}
	if err != nil {
		return nil, err
	}
	if err = g.settle(soon); err != nil {
		g.leave()
		return nil, err
	}
	return g, nil
}

func (g *guest) settle(ctx context.Context) (err error) {
	if g.session, err = g.conn.NewSession(ctx, nil); err != nil {
		return err
	}
	if g.ask, err = g.session.NewSender(ctx, "$cbs", nil); err != nil {
		return err
	}
	g.answers, err = g.session.NewReceiver(ctx, "$cbs", &goamqp.ReceiverOptions{Credit: 10})
	return err
}

func (g *guest) leave() { _ = g.conn.Close() }

// renew brings a new token every hour, which is good for three.
func (g *guest) renew(path string) error {
	if g.until.Sub(g.soak.clock.now()) > 2*time.Hour {
		return nil
	}
	g.until = g.soak.clock.now().Add(3 * time.Hour)
	g.soak.done.renewed.Add(1)
	return g.bring(path, g.until)
}

// bring puts a token for a path, signed by the fast clock.
func (g *guest) bring(path string, until time.Time) error {
	soon, cancel := shortly()
	defer cancel()
	audience := "sb://ns.example/" + path
	token := access.Sign(audience, g.soak.root.Name, g.soak.root.PrimaryKey, until)
	err := g.ask.Send(soon, &goamqp.Message{
		Properties:            &goamqp.MessageProperties{MessageID: "token"},
		ApplicationProperties: map[string]any{"operation": "put-token", "type": "servicebus.windows.net:sastoken", "name": audience},
		Value:                 token,
	}, nil)
	if err != nil {
		return err
	}
	answer, err := g.answers.Receive(soon, nil)
	if err != nil {
		return err
	}
	if code := answer.ApplicationProperties["status-code"]; code != int32(202) {
		return fmt.Errorf("token until %s: status %v: %v", until, code, answer.ApplicationProperties["status-description"])
	}
	return nil
}

// sender is the guest's sender to a target.
func (g *guest) sender(target string) (*goamqp.Sender, error) {
	if s, ok := g.senders[target]; ok {
		return s, nil
	}
	soon, cancel := shortly()
	defer cancel()
	s, err := g.session.NewSender(soon, target, nil)
	if err != nil {
		return nil, err
	}
	g.senders[target] = s
	return s, nil
}

// forget lets the next sender to the same target be a new one.
func (g *guest) forget(s *goamqp.Sender) {
	maps.DeleteFunc(g.senders, func(_ string, held *goamqp.Sender) bool { return held == s })
}

func (g *guest) receiver(group string, partition int, properties map[string]any) (*goamqp.Receiver, error) {
	soon, cancel := shortly()
	defer cancel()
	return g.session.NewReceiver(soon, fmt.Sprintf("%s/ConsumerGroups/%s/Partitions/%d", soakHub, group, partition), &goamqp.ReceiverOptions{Properties: properties})
}

// A follower reads partition 0 over hours.
type follower struct {
	group  string
	credit int32
	link   *goamqp.Receiver
	next   int64 // the sequence number that is due
	gaps   int64 // how many were not to be had any more
}

// read reads events for a while, or one if that is 0.
func (f *follower) read(ctx context.Context, g *guest, while time.Duration) (err error) {
	if f.link == nil {
		soon, cancel := shortly()
		defer cancel()
		source := fmt.Sprintf("%s/ConsumerGroups/%s/Partitions/0", soakHub, f.group)
		after := goamqp.NewSelectorFilter(fmt.Sprintf("amqp.annotation.x-opt-sequence-number > '%d'", f.next-1))
		if f.link, err = g.session.NewReceiver(soon, source, &goamqp.ReceiverOptions{Credit: f.credit, Filters: []goamqp.LinkFilter{after}}); err != nil {
			return err
		}
	}
	if while > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, while)
		defer cancel()
	}
	for {
		m, err := f.link.Receive(ctx, nil)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case saidOf(err) == goamqp.ErrCondDetachForced:
			f.link = nil // for the next time
			return nil
		case err != nil:
			return err
		}
		sequence, _ := m.Annotations["x-opt-sequence-number"].(int64)
		if sequence < f.next {
			return fmt.Errorf("event %d came after %d", sequence, f.next-1)
		}
		f.gaps += sequence - f.next
		if f.next = sequence + 1; while == 0 {
			return nil
		}
	}
}

// saidOf is the condition that the hub ended a link or connection with.
func saidOf(err error) goamqp.ErrCond {
	var told *goamqp.Error
	if errors.As(err, &told) {
		return told.Condition
	}
	return ""
}
