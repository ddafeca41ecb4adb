package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/coder/websocket"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/listen"
	"nephoscope/internal/hub/space"
)

// The official Go client against the hub, over every way in.
func TestGoClient(t *testing.T) {
	s := serve(t, Options{})
	ways := []way{
		{name: "plain", served: s, plain: true},
		{name: "tls", served: s, tls: trusting(t, s)},
		{name: "websocket", served: s, tls: trusting(t, s), socket: webSocket(s)},
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			for _, c := range goCases {
				t.Run(c.name, func(t *testing.T) {
					h := s.hub(t, strings.ReplaceAll(w.name+"-"+c.name, " ", "-"), 4)
					c.run(t, &w, h)
				})
			}
		})
	}
}

// A way into a served namespace.
type way struct {
	name string
	*served
	plain  bool
	tls    *tls.Config
	socket func(context.Context, azeventhubs.WebSocketConnParams) (net.Conn, error)
}

func trusting(t testing.TB, s *served) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(readFile(t, s.CAFile())) {
		t.Fatalf("%s holds no certificate", s.CAFile())
	}
	// The client takes host and port for the name to verify.
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

func webSocket(s *served) func(context.Context, azeventhubs.WebSocketConnParams) (net.Conn, error) {
	return func(ctx context.Context, _ azeventhubs.WebSocketConnParams) (net.Conn, error) {
		ws, res, err := websocket.Dial(ctx, "ws://"+s.addr+listen.WebsocketPath, &websocket.DialOptions{
			HTTPClient: http.DefaultClient, Subprotocols: []string{"amqp"},
		})
		if err != nil {
			return nil, err
		}
		_ = res
		return websocket.NetConn(context.Background(), ws, websocket.MessageBinary), nil
	}
}

// quick tries again soon, and only once.
var quick = azeventhubs.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond, MaxRetryDelay: time.Millisecond}

func (w *way) producer(t testing.TB, hub string, p access.Policy) *azeventhubs.ProducerClient {
	t.Helper()
	c, err := azeventhubs.NewProducerClientFromConnectionString(w.connection(p, w.plain), hub,
		&azeventhubs.ProducerClientOptions{TLSConfig: w.tls, NewWebSocketConn: w.socket, RetryOptions: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSoon(t, c) })
	return c
}

func (w *way) consumer(t testing.TB, hub, group string, p access.Policy) *azeventhubs.ConsumerClient {
	t.Helper()
	c, err := azeventhubs.NewConsumerClientFromConnectionString(w.connection(p, w.plain), hub, group,
		&azeventhubs.ConsumerClientOptions{
			TLSConfig: w.tls, NewWebSocketConn: w.socket, RetryOptions: quick, InstanceID: "consumer-" + group,
		})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSoon(t, c) })
	return c
}

func closeSoon(t testing.TB, c interface{ Close(context.Context) error }) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// open opens a partition to read from a start.
func openPartition(t testing.TB, c *azeventhubs.ConsumerClient, id string, start azeventhubs.StartPosition, epoch ...int64) *azeventhubs.PartitionClient {
	t.Helper()
	opt := &azeventhubs.PartitionClientOptions{StartPosition: start}
	if len(epoch) > 0 {
		opt.OwnerLevel = &epoch[0]
	}
	p, err := c.NewPartitionClient(id, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSoon(t, p) })
	return p
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// send sends events in one batch.
func send(t testing.TB, c *azeventhubs.ProducerClient, to *azeventhubs.EventDataBatchOptions, events ...*azeventhubs.EventData) {
	t.Helper()
	if err := trySend(soon(t), c, to, events...); err != nil {
		t.Fatal(err)
	}
}

func trySend(ctx context.Context, c *azeventhubs.ProducerClient, to *azeventhubs.EventDataBatchOptions, events ...*azeventhubs.EventData) error {
	batch, err := c.NewEventDataBatch(ctx, to)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := batch.AddEventData(e, nil); err != nil {
			return err
		}
	}
	return c.SendEventDataBatch(ctx, batch, nil)
}

func texts(prefix string, n int) []*azeventhubs.EventData {
	events := make([]*azeventhubs.EventData, n)
	for i := range events {
		events[i] = &azeventhubs.EventData{Body: fmt.Appendf(nil, "%s %d", prefix, i)}
	}
	return events
}

// receive wants n events.
func receive(t testing.TB, p *azeventhubs.PartitionClient, n int) []*azeventhubs.ReceivedEventData {
	t.Helper()
	var all []*azeventhubs.ReceivedEventData
	for len(all) < n {
		events, err := p.ReceiveEvents(soon(t), n-len(all), nil)
		if err != nil {
			t.Fatalf("after %d of %d events: %v", len(all), n, err)
		}
		all = append(all, events...)
	}
	return all
}

// wantBodies reads as many events as there are bodies, and wants just those.
func wantBodies(t testing.TB, p *azeventhubs.PartitionClient, bodies ...string) {
	t.Helper()
	var got []string
	for _, e := range receive(t, p, len(bodies)) {
		got = append(got, string(e.Body))
	}
	if !slices.Equal(got, bodies) {
		t.Errorf("received %q, want %q", got, bodies)
	}
}

func toPartition(id string) *azeventhubs.EventDataBatchOptions {
	return &azeventhubs.EventDataBatchOptions{PartitionID: &id}
}

func ptr[T any](v T) *T { return &v }

var earliest = azeventhubs.StartPosition{Earliest: ptr(true)}

type goCase struct {
	name string
	run  func(t *testing.T, w *way, h *space.Hub)
}

var goCases = []goCase{
	{"properties", goProperties},
	{"batch", goBatch},
	{"every field", goFields},
	{"partition key", goPartitionKey},
	{"round robin", goRoundRobin},
	{"starts", goStarts},
	{"latest", goLatest},
	{"beyond the end", goBeyond},
	{"two groups", goGroups},
	{"epoch", goEpoch},
	{"five receivers", goFive},
	{"wrong key", goWrongKey},
	{"expired token", goExpiredToken},
	{"rights", goRights},
	{"hub policy", goHubPolicy},
	{"oversize", goOversize},
	{"large batch", goLarge},
	{"not there", goMissing},
	{"first event", goFirstEvent},
}

func goProperties(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	props, err := producer.GetEventHubProperties(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if props.Name != h.Name() || !slices.Equal(props.PartitionIDs, []string{"0", "1", "2", "3"}) ||
		!props.CreatedOn.Equal(h.Created().Truncate(time.Millisecond)) || props.GeoReplicationEnabled {
		t.Errorf("properties %+v", props)
	}
	part, err := producer.GetPartitionProperties(soon(t), "2", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !part.IsEmpty || part.LastEnqueuedSequenceNumber != -1 || part.BeginningSequenceNumber != 0 || part.LastEnqueuedOffset != "-1" {
		t.Errorf("empty partition %+v", part)
	}
	send(t, producer, toPartition("2"), texts("e", 3)...)
	if part, err = producer.GetPartitionProperties(soon(t), "2", nil); err != nil {
		t.Fatal(err)
	}
	if part.IsEmpty || part.LastEnqueuedSequenceNumber != 2 || part.LastEnqueuedOn.IsZero() || part.PartitionID != "2" {
		t.Errorf("partition with events %+v", part)
	}
	_, err = producer.GetPartitionProperties(soon(t), "4", nil)
	wantText(t, err, "no partition \"4\"")
}

func goBatch(t *testing.T, w *way, h *space.Hub) {
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("1"), texts("event", 1000)...)
	p := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "1", earliest)
	for i, e := range receive(t, p, 1000) {
		if string(e.Body) != fmt.Sprint("event ", i) || e.SequenceNumber != int64(i) {
			t.Fatalf("event %d: %q with sequence number %d", i, e.Body, e.SequenceNumber)
		}
		if e.Offset == "" || e.EnqueuedTime == nil || time.Since(*e.EnqueuedTime).Abs() > time.Minute {
			t.Fatalf("event %d: offset %q, enqueued %v", i, e.Offset, e.EnqueuedTime)
		}
	}
}

// What a publisher puts into an event, a receiver finds.
func goFields(t *testing.T, w *way, h *space.Hub) {
	sent := &azeventhubs.EventData{
		Body: []byte{0, 1, 255}, ContentType: ptr("application/json"), CorrelationID: "corr", MessageID: ptr("id-1"),
		Properties: map[string]any{"text": "t", "n": int64(5), "yes": true},
	}
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), sent)
	got := receive(t, openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest), 1)[0]
	if !slices.Equal(got.Body, sent.Body) || *got.ContentType != "application/json" || got.CorrelationID != "corr" || *got.MessageID != "id-1" {
		t.Errorf("received %+v", got.EventData)
	}
	for k, v := range sent.Properties {
		if got.Properties[k] != v {
			t.Errorf("property %q = %v, want %v", k, got.Properties[k], v)
		}
	}
	if got.PartitionKey != nil {
		t.Errorf("partition key %q, want none", *got.PartitionKey)
	}
}

func goPartitionKey(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	consumer := w.consumer(t, h.Name(), "$Default", w.root(t))
	want := make([][]string, 4)
	for i := range 12 {
		key := fmt.Sprint("Schlüssel ", i)
		p := address.PartitionOf(key, 4)
		want[p] = append(want[p], key)
		send(t, producer, &azeventhubs.EventDataBatchOptions{PartitionKey: &key}, texts(key, 2)...)
	}
	for id, keys := range want {
		if len(keys) == 0 {
			continue
		}
		var got []string
		for _, e := range receive(t, openPartition(t, consumer, fmt.Sprint(id), earliest), 2*len(keys)) {
			got = append(got, *e.PartitionKey)
		}
		if got = slices.Compact(got); !slices.Equal(got, keys) {
			t.Errorf("partition %d has the keys %q, want %q", id, got, keys)
		}
	}
}

func goRoundRobin(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	for range 8 {
		send(t, producer, nil, texts("whole batch", 3)...)
	}
	for _, p := range h.Partitions() {
		if got := p.State().Last; got != 5 {
			t.Errorf("partition %d ends at %d, want 5: two batches of three", p.Index, got)
		}
	}
}

func goStarts(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	consumer := w.consumer(t, h.Name(), "$Default", w.root(t))
	send(t, producer, toPartition("0"), texts("old", 2)...)
	middle := h.Partitions()[0].State().LastEnqueued.Add(time.Millisecond)
	until(t, "a later millisecond", func() bool { return time.Now().After(middle.Add(time.Millisecond)) })
	send(t, producer, toPartition("0"), texts("new", 2)...)
	all := receive(t, openPartition(t, consumer, "0", earliest), 4)
	f := func(start azeventhubs.StartPosition, bodies ...string) {
		t.Helper()
		p := openPartition(t, consumer, "0", start, 0) // with an epoch, so that it takes its forerunner's place
		wantBodies(t, p, bodies...)
	}
	f(azeventhubs.StartPosition{Offset: &all[1].Offset}, "new 0", "new 1")
	f(azeventhubs.StartPosition{Offset: &all[1].Offset, Inclusive: true}, "old 1", "new 0", "new 1")
	f(azeventhubs.StartPosition{SequenceNumber: ptr(int64(2))}, "new 1")
	f(azeventhubs.StartPosition{SequenceNumber: ptr(int64(2)), Inclusive: true}, "new 0", "new 1")
	f(azeventhubs.StartPosition{EnqueuedTime: &middle}, "new 0", "new 1")
	f(azeventhubs.StartPosition{EnqueuedTime: ptr(middle.Add(-time.Hour)), Inclusive: true}, "old 0", "old 1", "new 0", "new 1")
	f(azeventhubs.StartPosition{Latest: ptr(true), Inclusive: true}, "new 1")
}

func goLatest(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	send(t, producer, toPartition("3"), texts("before", 3)...)
	p := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "3", azeventhubs.StartPosition{Latest: ptr(true)})
	heard := make(chan string, 1)
	go func() {
		events, err := p.ReceiveEvents(soon(t), 1, nil)
		if err != nil || len(events) != 1 {
			heard <- fmt.Sprint(len(events), " events, ", err)
			return
		}
		heard <- string(events[0].Body)
	}()
	until(t, "the receiver's arrival", func() bool { return receivers(h, 3) == 1 })
	send(t, producer, toPartition("3"), texts("after", 1)...)
	if got := <-heard; got != "after 0" {
		t.Errorf("heard %s, want the event that came later", got)
	}
}

func goBeyond(t *testing.T, w *way, h *space.Hub) {
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), texts("e", 1)...)
	p := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", azeventhubs.StartPosition{SequenceNumber: ptr(int64(500))})
	_, err := p.ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "com.microsoft:argument-error", "500")
}

func goGroups(t *testing.T, w *way, h *space.Hub) {
	if err := w.CreateGroup(h.Name(), "Second"); err != nil {
		t.Fatal(err)
	}
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), texts("for all", 2)...)
	for _, group := range []string{"$Default", "second"} {
		p := openPartition(t, w.consumer(t, h.Name(), group, w.root(t)), "0", earliest, 1)
		wantBodies(t, p, "for all 0", "for all 1")
	}
	_, err := openPartition(t, w.consumer(t, h.Name(), "third", w.root(t)), "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "amqp:not-found", "could not be found")
}

// The later claimant of the same epoch wins; a lower one is refused.
func goEpoch(t *testing.T, w *way, h *space.Hub) {
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), texts("e", 1)...)
	first := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest, 7)
	wantBodies(t, first, "e 0")
	lost := make(chan error, 1)
	go func() {
		_, err := first.ReceiveEvents(soon(t), 1, nil)
		lost <- err
	}()
	second := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest, 7)
	wantBodies(t, second, "e 0")
	var e *azeventhubs.Error
	if err := <-lost; !errors.As(err, &e) || e.Code != azeventhubs.ErrorCodeOwnershipLost {
		t.Errorf("the first receiver heard %v, want that it lost the ownership", err)
	}
	_, err := openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest, 6).ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "amqp:link:stolen", "epoch 7")
	_, err = openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "amqp:link:stolen", "without an epoch")
}

func goFive(t *testing.T, w *way, h *space.Hub) {
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), texts("e", 1)...)
	consumer := w.consumer(t, h.Name(), "$Default", w.root(t))
	for range space.MaxSeats {
		wantBodies(t, openPartition(t, consumer, "0", earliest), "e 0")
	}
	_, err := openPartition(t, consumer, "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "amqp:resource-limit-exceeded", "consumer-$Default")
}

func wantUnauthorized(t *testing.T, err error) {
	t.Helper()
	var e *azeventhubs.Error
	if !errors.As(err, &e) || e.Code != azeventhubs.ErrorCodeUnauthorizedAccess {
		t.Errorf("%v: want an error with the code for missing rights", err)
	}
}

func goWrongKey(t *testing.T, w *way, h *space.Hub) {
	policy := w.root(t)
	policy.PrimaryKey = access.NewKey()
	_, err := w.producer(t, h.Name(), policy).GetEventHubProperties(soon(t), nil)
	wantText(t, err, "401", "bad signature")
	err = trySend(soon(t), w.producer(t, h.Name(), policy), nil, texts("e", 1)...)
	wantUnauthorized(t, err)
	wantText(t, err, "bad signature")
	policy.Name = "Nobody"
	_, err = openPartition(t, w.consumer(t, h.Name(), "$Default", policy), "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantUnauthorized(t, err)
	wantText(t, err, "unknown policy")

	second := w.root(t)
	second.PrimaryKey = second.SecondaryKey
	if _, err := w.producer(t, h.Name(), second).GetEventHubProperties(soon(t), nil); err != nil {
		t.Errorf("with the secondary key: %v", err)
	}
}

func goExpiredToken(t *testing.T, w *way, h *space.Hub) {
	policy := w.root(t)
	c := access.ConnectionString{Host: "127.0.0.1", Emulator: w.plain, EntityPath: h.Name()}
	host, port, _ := net.SplitHostPort(w.addr)
	c.Host = host
	if _, err := fmt.Sscan(port, &c.Port); err != nil {
		t.Fatal(err)
	}
	f := func(expires time.Time) error {
		c.Signature = access.Sign(c.Resource(), policy.Name, policy.PrimaryKey, expires)
		client, err := azeventhubs.NewProducerClientFromConnectionString(c.Text(), "",
			&azeventhubs.ProducerClientOptions{TLSConfig: w.tls, NewWebSocketConn: w.socket, RetryOptions: quick})
		if err != nil {
			t.Fatal(err)
		}
		defer closeSoon(t, client)
		return trySend(soon(t), client, nil, texts("e", 1)...)
	}
	if err := f(time.Now().Add(time.Hour)); err != nil {
		t.Errorf("with a token that is valid: %v", err)
	}
	err := f(time.Now().Add(-time.Minute))
	wantUnauthorized(t, err)
	wantText(t, err, "token has expired")
}

func goRights(t *testing.T, w *way, h *space.Hub) {
	sender := w.policy(t, h.Name(), "sender", access.Send)
	listener := w.policy(t, h.Name(), "listener", access.Listen)
	send(t, w.producer(t, h.Name(), sender), toPartition("0"), texts("e", 1)...)
	wantBodies(t, openPartition(t, w.consumer(t, h.Name(), "$Default", listener), "0", earliest), "e 0")

	_, err := openPartition(t, w.consumer(t, h.Name(), "$Default", sender), "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantUnauthorized(t, err)
	wantText(t, err, "'Listen' claim(s) are required", "/ConsumerGroups/$Default/Partitions/0")
	err = trySend(soon(t), w.producer(t, h.Name(), listener), nil, texts("e", 1)...)
	wantUnauthorized(t, err)
	wantText(t, err, "'Send' claim(s) are required")

	for _, policy := range []access.Policy{sender, listener} {
		if _, err := w.producer(t, h.Name(), policy).GetEventHubProperties(soon(t), nil); err != nil {
			t.Errorf("policy %s may read what a hub is made of: %v", policy.Name, err)
		}
	}
}

// A policy of one hub opens no other.
func goHubPolicy(t *testing.T, w *way, h *space.Hub) {
	other := w.hub(t, h.Name()+"-other", 1)
	policy := w.policy(t, h.Name(), "mine", access.Manage)
	send(t, w.producer(t, h.Name(), policy), nil, texts("e", 1)...)
	wantUnauthorized(t, trySend(soon(t), w.producer(t, other.Name(), policy), nil, texts("e", 1)...))
}

func goOversize(t *testing.T, w *way, h *space.Hub) {
	producer := w.producer(t, h.Name(), w.root(t))
	batch, err := producer.NewEventDataBatch(soon(t), &azeventhubs.EventDataBatchOptions{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: make([]byte, 1<<20)}, nil); !errors.Is(err, azeventhubs.ErrEventDataTooLarge) {
		t.Errorf("AddEventData = %v, want %v", err, azeventhubs.ErrEventDataTooLarge)
	}
	_, err = producer.NewEventDataBatch(soon(t), &azeventhubs.EventDataBatchOptions{MaxBytes: 1<<20 + 1})
	wantText(t, err, "1048576")
}

func goLarge(t *testing.T, w *way, h *space.Hub) {
	body := []byte(strings.Repeat("0123456789abcdef", 1<<16-8))
	send(t, w.producer(t, h.Name(), w.root(t)), toPartition("0"), &azeventhubs.EventData{Body: body})
	got := receive(t, openPartition(t, w.consumer(t, h.Name(), "$Default", w.root(t)), "0", earliest), 1)[0]
	if string(got.Body) != string(body) {
		t.Errorf("received %d bytes that are not the %d sent", len(got.Body), len(body))
	}
}

func goMissing(t *testing.T, w *way, h *space.Hub) {
	sender := w.policy(t, "", "sender-"+w.name, access.Send)
	_, err := w.producer(t, "nowhere", w.root(t)).GetEventHubProperties(soon(t), nil)
	wantText(t, err, "404", "could not be found")
	_, err = openPartition(t, w.consumer(t, "nowhere", "$Default", w.root(t)), "0", earliest).ReceiveEvents(soon(t), 1, nil)
	wantText(t, err, "amqp:not-found", "could not be found")
	err = trySend(soon(t), w.producer(t, "nowhere", sender), nil, texts("e", 1)...)
	wantText(t, err, "404", "could not be found")
	err = trySend(soon(t), w.producer(t, h.Name(), w.root(t)), toPartition("9"), texts("e", 1)...)
	wantText(t, err, "com.microsoft:argument-out-of-range")
}

// A sender with Manage makes the hub with its first event, and not before.
func goFirstEvent(t *testing.T, w *way, _ *space.Hub) {
	name := "Insights-" + w.name
	producer := w.producer(t, name, w.root(t))
	batch, err := producer.NewEventDataBatch(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Hub(name); !errors.Is(err, space.ErrNoHub) {
		t.Errorf("Hub before the first event: %v, want %v", err, space.ErrNoHub)
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: []byte("the first")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := producer.SendEventDataBatch(soon(t), batch, nil); err != nil {
		t.Fatal(err)
	}
	h, err := w.Hub(strings.ToUpper(name))
	if err != nil || h.Name() != name || len(h.Partitions()) != 4 {
		t.Fatalf("Hub after the first event: %v, %v", h, err)
	}
	wantBodies(t, openPartition(t, w.consumer(t, name, "$Default", w.root(t)), "0", earliest), "the first")
}
