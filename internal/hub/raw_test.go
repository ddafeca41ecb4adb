package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goamqp "github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// dial connects as a generic client does: with a policy's name and key.
func (s *served) dial(t testing.TB, p access.Policy) *goamqp.Session {
	t.Helper()
	_, session := s.dialConn(t, goamqp.SASLTypePlain(p.Name, p.PrimaryKey))
	return session
}

func (s *served) dialConn(t testing.TB, sasl goamqp.SASLType) (*goamqp.Conn, *goamqp.Session) {
	t.Helper()
	conn, err := goamqp.Dial(soon(t), "amqp://"+s.addr, &goamqp.ConnOptions{SASLType: sasl, HostName: "ns.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	session, err := conn.NewSession(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn, session
}

func newSender(t testing.TB, s *goamqp.Session, target string, opt *goamqp.SenderOptions) *goamqp.Sender {
	t.Helper()
	sender, err := s.NewSender(soon(t), target, opt)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func newReceiver(t testing.TB, s *goamqp.Session, source string, opt *goamqp.ReceiverOptions) *goamqp.Receiver {
	t.Helper()
	receiver, err := s.NewReceiver(soon(t), source, opt)
	if err != nil {
		t.Fatal(err)
	}
	return receiver
}

// reader is where a partition of a hub is read for $Default.
func reader(hub string, partition int) string {
	return fmt.Sprintf("%s/ConsumerGroups/$Default/Partitions/%d", hub, partition)
}

func next(t testing.TB, r *goamqp.Receiver) *goamqp.Message {
	t.Helper()
	m, err := r.Receive(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantCondition wants an error of AMQP, be it a refused link, a rejected
// message or an ended link or connection.
func wantCondition(t testing.TB, err error, condition goamqp.ErrCond, words ...string) {
	t.Helper()
	var told *goamqp.Error
	var link *goamqp.LinkError
	var conn *goamqp.ConnError
	switch {
	case errors.As(err, &link) && link.RemoteErr != nil:
		told = link.RemoteErr
	case errors.As(err, &conn) && conn.RemoteErr != nil:
		told = conn.RemoteErr
	case !errors.As(err, &told):
		t.Errorf("%v: want an error with condition %s", err, condition)
		return
	}
	if told.Condition != condition {
		t.Errorf("condition %s (%s), want %s", told.Condition, told.Description, condition)
	}
	wantText(t, told, words...)
}

func TestPlainLogin(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	listener := s.policy(t, "", "listener", access.Listen)
	session := s.dial(t, listener)
	newReceiver(t, session, reader("hub", 0), nil)
	_, err := session.NewSender(soon(t), "hub", nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess, "'Send' claim(s)", "sb://ns.example/hub")

	listener.PrimaryKey = "wrong"
	if _, err := goamqp.Dial(soon(t), "amqp://"+s.addr, &goamqp.ConnOptions{
		SASLType: goamqp.SASLTypePlain(listener.Name, listener.PrimaryKey),
	}); err == nil {
		t.Error("a wrong key was let in")
	}
}

// Without a token nothing can be attached, but for the nodes.
func TestNoToken(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	_, session := s.dialConn(t, goamqp.SASLTypeAnonymous())
	_, err := session.NewReceiver(soon(t), reader("hub", 0), nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess, "'Listen' claim(s)", reader("hub", 0))
	_, err = session.NewSender(soon(t), "hub", nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess, "'Send' claim(s)")
	_, err = session.NewSender(soon(t), "nowhere", nil)
	wantCondition(t, err, goamqp.ErrCondUnauthorizedAccess) // and not whether it is there
	newSender(t, session, "$cbs", nil)
	newReceiver(t, session, "$management", nil)
}

func TestAddressesRefused(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 2)
	session := s.dial(t, s.root(t))
	f := func(err error, condition goamqp.ErrCond, words ...string) {
		t.Helper()
		wantCondition(t, err, condition, words...)
	}
	send := func(target string) error { _, err := session.NewSender(soon(t), target, nil); return err }
	receive := func(source string) error { _, err := session.NewReceiver(soon(t), source, nil); return err }
	f(send("hub/Partitions/2"), "com.microsoft:argument-out-of-range", "0 to 1")
	f(send("hub/Partitions/one"), "com.microsoft:argument-out-of-range")
	f(send(reader("hub", 0)), goamqp.ErrCondNotAllowed)
	f(send("hub/Queues/1"), goamqp.ErrCondInvalidField)
	f(send("not a name"), goamqp.ErrCondNotFound, "may stand in a name")
	f(receive("hub"), goamqp.ErrCondNotAllowed)
	f(receive("hub/Partitions/0"), goamqp.ErrCondNotAllowed)
	f(receive(reader("nowhere", 0)), goamqp.ErrCondNotFound, "status-code: 404")
	f(receive(reader("hub", 2)), "com.microsoft:argument-out-of-range")
	f(receive("hub/ConsumerGroups/none/Partitions/0"), goamqp.ErrCondNotFound, "could not be found")
	_, err := session.NewReceiver(soon(t), reader("hub", 0), &goamqp.ReceiverOptions{
		Filters: []goamqp.LinkFilter{goamqp.NewSelectorFilter("colour = 'red'")},
	})
	f(err, "com.microsoft:argument-error", "colour")

	refused := s.Stats().Refused
	if refused["amqp:not-found"] != 3 || refused["com.microsoft:argument-out-of-range"] != 3 {
		t.Errorf("refusals counted: %v", refused)
	}
}

// All the forms that clients write an address in lead to the same place.
func TestAddressForms(t *testing.T) {
	s := serve(t, Options{})
	h := s.hub(t, "Hub", 1)
	session := s.dial(t, s.root(t))
	for i, target := range []string{"hub", "/HUB/", "hub/partitions/0", "amqps://ns.example:5671/hub/Partitions/0"} {
		sender := newSender(t, session, target, nil)
		if err := sender.Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if got := h.Partitions()[0].State().Last; got != int64(i) {
			t.Errorf("%s: last sequence number %d, want %d", target, got, i)
		}
	}
	for _, source := range []string{"/hub/consumergroups/$default/partitions/0", "amqps://ns.example/hub/ConsumerGroups/%24Default/Partitions/0"} {
		if got := string(next(t, newReceiver(t, session, source, nil)).GetData()); got != "x" {
			t.Errorf("%s: received %q", source, got)
		}
	}
}

func TestOversize(t *testing.T) {
	s := serve(t, Options{MaxMessage: 4 << 10})
	s.hub(t, "hub", 1)
	sender := newSender(t, s.dial(t, s.root(t)), "hub", nil)
	if got := sender.MaxMessageSize(); got != 4<<10 {
		t.Errorf("MaxMessageSize = %d, want %d", got, 4<<10)
	}
	err := sender.Send(soon(t), goamqp.NewMessage(make([]byte, 8<<10)), nil)
	wantCondition(t, err, goamqp.ErrCondMessageSizeExceeded)
}

// What cannot be read is rejected, and the link goes on.
func TestMalformed(t *testing.T) {
	s := serve(t, Options{})
	h := s.hub(t, "hub", 1)
	sender := newSender(t, s.dial(t, s.root(t)), "hub", nil)
	f := func(m *goamqp.Message, words ...string) {
		t.Helper()
		wantCondition(t, sender.Send(soon(t), m, nil), goamqp.ErrCondDecodeError, words...)
	}
	good, err := goamqp.NewMessage([]byte("inner")).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	f(&goamqp.Message{Format: 0x80013700, Data: [][]byte{good, []byte("no message")}}, "event 1 of the batch")
	f(&goamqp.Message{Format: 0x80013700, Data: [][]byte{{}}}, "event 0 of the batch")
	f(&goamqp.Message{Format: 0x80013700, Value: "not a batch"}, "no event")
	if got := h.Partitions()[0].State().Last; got != -1 {
		t.Errorf("last sequence number %d, want none: a batch is kept as a whole or not at all", got)
	}
	if err := sender.Send(soon(t), &goamqp.Message{Format: 0x80013700, Data: [][]byte{good, good}}, nil); err != nil {
		t.Errorf("a good batch after bad ones: %v", err)
	}
}

// All of what a publisher wrote is received, in whatever section, except for
// delivery annotations and what is ours to write.
func TestSections(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	sent := &goamqp.Message{
		Header:              &goamqp.MessageHeader{Durable: true, Priority: 7},
		DeliveryAnnotations: goamqp.Annotations{"x-delivery": "dropped"},
		Annotations: goamqp.Annotations{
			"x-mine": int32(5), "x-opt-sequence-number": int64(99), "x-opt-offset": "99", "x-opt-partition-key": "k", "x-last": true,
		},
		Properties:            &goamqp.MessageProperties{MessageID: uint64(7), Subject: ptr("subject")},
		ApplicationProperties: map[string]any{"a": "b"},
		Sequence:              [][]any{{int64(1), "two"}, {true}},
		Footer:                goamqp.Annotations{"x-sum": int64(3)},
	}
	before := time.Now()
	if err := newSender(t, session, "hub", nil).Send(soon(t), sent, nil); err != nil {
		t.Fatal(err)
	}
	got := next(t, newReceiver(t, session, reader("hub", 0), nil))
	enqueued, ok := got.Annotations["x-opt-enqueued-time"].(time.Time)
	if !ok || enqueued.Before(before.Truncate(time.Millisecond)) || enqueued.After(time.Now()) {
		t.Errorf("enqueued %v", got.Annotations["x-opt-enqueued-time"])
	}
	delete(got.Annotations, "x-opt-enqueued-time")
	want := goamqp.Annotations{
		"x-mine": int32(5), "x-opt-sequence-number": int64(0), "x-opt-offset": "0", "x-opt-partition-key": "k", "x-last": true,
	}
	if diff := cmp.Diff(want, got.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if len(got.DeliveryAnnotations) > 0 || got.Header.Priority != 7 || got.Properties.MessageID != uint64(7) ||
		got.ApplicationProperties["a"] != "b" || got.Footer["x-sum"] != int64(3) {
		t.Errorf("received %+v", got)
	}
	if diff := cmp.Diff(sent.Sequence, got.Sequence); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// A key on the envelope routes the batch and marks each event without one.
func TestEnvelopeKey(t *testing.T) {
	s := serve(t, Options{})
	h := s.hub(t, "hub", 8)
	session := s.dial(t, s.root(t))
	plain, err := goamqp.NewMessage([]byte("no key")).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	batch := &goamqp.Message{Format: 0x80013700, Annotations: goamqp.Annotations{"x-opt-partition-key": "Jupiter"}, Data: [][]byte{plain, plain}}
	if err := newSender(t, session, "hub", nil).Send(soon(t), batch, nil); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(h.Partitions(), func(p *space.Partition) bool { return p.State().Last == 1 })
	if i < 0 {
		t.Fatal("no partition has the whole batch")
	}
	r := newReceiver(t, session, reader("hub", i), &goamqp.ReceiverOptions{Credit: 10})
	for range 2 {
		if got := next(t, r).Annotations["x-opt-partition-key"]; got != "Jupiter" {
			t.Errorf("partition key %v, want that of the envelope", got)
		}
	}
}

// producerOptions ask for an idempotent link.
func producerOptions(properties map[string]any) *goamqp.SenderOptions {
	return &goamqp.SenderOptions{DesiredCapabilities: []string{string(idempotent)}, Properties: properties}
}

func numbered(id int64, epoch int16, first int32, n int) *goamqp.Message {
	batch := &goamqp.Message{Format: 0x80013700}
	for i := range n {
		m := goamqp.NewMessage(fmt.Appendf(nil, "event %d", int(first)+i))
		m.Annotations = goamqp.Annotations{
			string(producerID): id, string(producerEpoch): epoch, string(producerSequence): first + int32(i),
		}
		data, err := m.MarshalBinary()
		if err != nil {
			panic(err)
		}
		batch.Data = append(batch.Data, data)
	}
	return batch
}

func TestIdempotentProducer(t *testing.T) {
	s := serve(t, Options{})
	h := s.hub(t, "hub", 2)
	session := s.dial(t, s.root(t))
	sender := newSender(t, session, "hub/Partitions/0", producerOptions(map[string]any{string(producerID): nil, "x": "kept"}))
	props := sender.Properties()
	id, ok := props[string(producerID)].(int64)
	epoch, okEpoch := props[string(producerEpoch)].(int16)
	first, okFirst := props[string(producerSequence)].(int32)
	if !ok || !okEpoch || !okFirst || id <= 0 || epoch != 0 || first != 0 || props["x"] != "kept" {
		t.Fatalf("link properties %v", props)
	}
	last := func(want int64) {
		t.Helper()
		if got := h.Partitions()[0].State().Last; got != want {
			t.Errorf("last sequence number %d, want %d", got, want)
		}
	}
	accepted := func(m *goamqp.Message) {
		t.Helper()
		if err := sender.Send(soon(t), m, nil); err != nil {
			t.Error(err)
		}
	}
	accepted(numbered(id, 0, 1, 3))
	accepted(numbered(id, 0, 1, 3)) // again
	last(2)
	accepted(numbered(id, 0, 4, 2))
	last(4)
	wantCondition(t, sender.Send(soon(t), numbered(id, 0, 9, 1), nil), "com.microsoft:out-of-order-sequence", "after 5")
	wantCondition(t, sender.Send(soon(t), numbered(id+1, 0, 6, 1), nil), "com.microsoft:argument-error")
	wantCondition(t, sender.Send(soon(t), goamqp.NewMessage([]byte("no numbers")), nil), "com.microsoft:argument-error")

	// Another link of the same producer goes on where it ended.
	again := newSender(t, session, "hub/Partitions/0", producerOptions(map[string]any{string(producerID): id}))
	if got := again.Properties()[string(producerSequence)]; got != int32(5) {
		t.Errorf("sequence number of the second link: %v, want 5", got)
	}
	// A higher epoch takes over, and shuts the lower one out.
	owner := newSender(t, session, "hub/Partitions/0", producerOptions(map[string]any{
		string(producerID): id, string(producerEpoch): int16(1), string(producerSequence): int32(0),
	}))
	if err := owner.Send(soon(t), numbered(id, 1, 100, 1), nil); err != nil {
		t.Error(err)
	}
	wantCondition(t, sender.Send(soon(t), numbered(id, 0, 6, 1), nil), "com.microsoft:producer-epoch-stolen")
	_, err := session.NewSender(soon(t), "hub/Partitions/0", producerOptions(map[string]any{
		string(producerID): id, string(producerEpoch): int16(0), string(producerSequence): int32(6),
	}))
	wantCondition(t, err, "com.microsoft:producer-epoch-stolen")
	_, err = session.NewSender(soon(t), "hub", producerOptions(nil))
	wantCondition(t, err, goamqp.ErrCondNotAllowed, "to a partition")
}

func TestRuntimeMetrics(t *testing.T) {
	s := serve(t, Options{})
	h := s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	sender := newSender(t, session, "hub", nil)
	for range 3 {
		m := goamqp.NewMessage([]byte("x"))
		m.Header = &goamqp.MessageHeader{Durable: true}
		if err := sender.Send(soon(t), m, nil); err != nil {
			t.Fatal(err)
		}
	}
	m := next(t, newReceiver(t, session, reader("hub", 0), &goamqp.ReceiverOptions{DesiredCapabilities: []string{string(runtimeMetric)}}))
	state := h.Partitions()[0].State()
	marks := m.DeliveryAnnotations
	retrieved, _ := marks["runtime_info_retrieval_time_utc"].(time.Time)
	if marks["last_enqueued_sequence_number"] != int64(2) || marks["last_enqueued_offset"] != state.LastOffset ||
		!state.LastEnqueued.Equal(marks["last_enqueued_time_utc"].(time.Time)) || time.Since(retrieved).Abs() > time.Minute {
		t.Errorf("delivery annotations %v, want where %+v stands", marks, state)
	}
	if m.Annotations["x-opt-sequence-number"] != int64(0) || !m.Header.Durable {
		t.Errorf("message %+v", m)
	}
}

// A clock that a test moves.
type clock struct{ nano atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.nano.Store(time.Now().UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.nano.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.nano.Add(int64(d)) }

// A client that drains its credit is answered, with events there and without.
func TestDrain(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	r := newReceiver(t, session, reader("hub", 0), &goamqp.ReceiverOptions{Credit: -1})
	drain := func() {
		t.Helper()
		if err := r.IssueCredit(5); err != nil {
			t.Fatal(err)
		}
		if err := r.DrainCredit(soon(t), nil); err != nil {
			t.Fatal(err)
		}
	}
	drain()
	sender := newSender(t, session, "hub", nil)
	for range 2 {
		if err := sender.Send(soon(t), goamqp.NewMessage([]byte("x")), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.IssueCredit(1); err != nil {
		t.Fatal(err)
	}
	next(t, r)
	drain() // may bring the second event, or not
	if r.Prefetched() == nil {
		if err := r.IssueCredit(1); err != nil {
			t.Fatal(err)
		}
		next(t, r)
	}
	drain()
}

// A receiver without credit costs no more than an event's memory, and goes on
// where it was when it gives some.
func TestSlowReceiver(t *testing.T) {
	s := serve(t, Options{})
	s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	r := newReceiver(t, session, reader("hub", 0), &goamqp.ReceiverOptions{Credit: -1})
	sender := newSender(t, session, "hub", nil)
	for i := range 20 {
		if err := sender.Send(soon(t), goamqp.NewMessage([]byte(strings.Repeat("x", i))), nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		if err := r.IssueCredit(1); err != nil {
			t.Fatal(err)
		}
		if got := len(next(t, r).GetData()); got != i {
			t.Fatalf("event %d has %d bytes", i, got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if m, err := r.Receive(ctx, nil); err == nil {
			t.Fatalf("an event beyond the credit: %q", m.GetData())
		}
		cancel()
	}
}
