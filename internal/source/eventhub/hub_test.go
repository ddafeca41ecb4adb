package eventhub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/event"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/retry"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/eventhub/wire"
	"nephoscope/internal/source/sourcetest"
)

// A publisher sends bodies to a partition of a hub.
type publisher interface {
	Publish(t testing.TB, hub string, partition int, bodies ...[]byte)
}

// publish sends events from one number to another, over four partitions.
func publish(t *testing.T, to publisher, from, end int) {
	t.Helper()
	bodies := make([][][]byte, 4)
	for i := from; i < end; i++ {
		bodies[i%4] = append(bodies[i%4], []byte(body(i)))
	}
	for i, list := range bodies {
		to.Publish(t, "hub", i, list...)
	}
}

// over returns a source of a namespace's hub.
func over(t testing.TB, ns *remotetest.Namespace, positions source.Positions, opt Options) *Source {
	t.Helper()
	cfg := testConfig()
	cfg.ConnectionString, cfg.Hub = ns.Root(t).Text(), "hub"
	s, err := New(positions, cfg, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuiteOverAMQP(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 4)
	publish(t, ns, 0, 200)
	sourcetest.Run(t, sourcetest.Case{
		Records: 200,
		Open: func(t *testing.T, positions source.Positions) source.Source {
			return over(t, ns, positions, Options{UntilCaughtUp: true})
		},
	})
}

func TestSuiteOverKafka(t *testing.T) {
	broker := remotetest.ServeKafka(t, "hub", 4)
	publish(t, broker, 0, 200)
	sourcetest.Run(t, sourcetest.Case{
		Records: 200,
		Open: func(t *testing.T, positions source.Positions) source.Source {
			cfg := testConfig()
			cfg.ConnectionString, cfg.Hub, cfg.Transport = broker.Login.Text(), "hub", remote.Kafka
			cfg.CustomEndpoint = fmt.Sprintf("%s:%d", broker.Host, broker.Port)
			s, err := New(positions, cfg, Options{UntilCaughtUp: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	})
}

// TestPositionIsGoodForEveryTransport reads one half over AMQP, the other over
// a websocket.
func TestPositionIsGoodForEveryTransport(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 4)
	sink := sourcetest.NewSink()
	for i, transport := range []remote.Transport{remote.AMQP, remote.WebSocket, remote.AMQP} {
		publish(t, ns, 100*i, 100*i+100)
		s := over(t, ns, sink, Options{UntilCaughtUp: true})
		s.cfg.Transport = transport
		target, err := s.cfg.target()
		if err != nil {
			t.Fatal(err)
		}
		s.connect = func() (wire.Client, error) { return wire.New(target) }
		if err := s.Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
	}
	if sink.Count() != 300 || len(sink.Records) != 300 {
		t.Errorf("got %d records, %d different, want 300", sink.Count(), len(sink.Records))
	}
}

// live runs a source until the test stops it.
func live(t *testing.T, s *Source, sink *sourcetest.Sink) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1) // it never waits for the test
	go func() { done <- s.Run(ctx, sink.Deliver) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
}

// until waits for something that must come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) { // between two looks at a hub over the network
		if time.Now().After(end) {
			t.Fatalf("%s did not come true", what)
		}
	}
}

func once(t *testing.T, sink *sourcetest.Sink, want int) {
	t.Helper()
	for record, n := range sink.Records {
		if n != 1 {
			t.Errorf("record %.60s arrived %d times, want once", record, n)
		}
	}
	if len(sink.Records) != want {
		t.Errorf("got %d records, want %d", len(sink.Records), want)
	}
}

func TestHubRestarts(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 4)
	sink := sourcetest.NewSink()
	stop := live(t, over(t, ns, sink, Options{Backoff: retry.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond}}), sink)
	for i := range 4 {
		publish(t, ns, 100*i, 100*i+100)
		if i%2 == 0 { // the others may be under way
			until(t, "all records", func() bool { return sink.Count() == 100*i+100 })
		}
		ns = ns.Restart(t, func() {})
	}
	until(t, "all records", func() bool { return sink.Count() >= 400 })
	stop()
	once(t, sink, 400)
}

// TestLostRightsAreSaidToBe: the key was renewed while the source read.
func TestLostRightsAreSaidToBe(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	ns.Publish(t, "hub", 0, []byte(body(0)))
	cfg := testConfig()
	cfg.ConnectionString, cfg.Hub = ns.Policy(t, "listener", access.Listen).Text(), "hub"
	sink := sourcetest.NewSink()
	s, err := New(sink, cfg, Options{Backoff: retry.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	stop := live(t, s, sink)
	defer stop()
	until(t, "the record", func() bool { return sink.Count() == 1 })
	if _, err := ns.Regenerate("", "listener", access.Primary); err != nil {
		t.Fatal(err)
	}
	ns.Restart(t, func() {})
	until(t, "the state says so", func() bool {
		p := s.Partitions()[0]
		return p.Phase == source.Waiting && strings.Contains(p.Reason, string(wire.Unauthorized)) && strings.Contains(p.Hint, "key and policy")
	})
}

func TestReadersShareAServedHub(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 4)
	sink := sourcetest.NewSink()
	reader := func(name string) *Source {
		return over(t, ns, sink, Options{
			Backoff: retry.Backoff{First: 10 * time.Millisecond, Most: 100 * time.Millisecond},
			Owners:  func(s string) lease.Owners { return lease.New(ledger{sink}, s, lease.Options{Owner: name}) },
		})
	}
	phase := func(s *Source, phase source.Phase) (n int) {
		for _, p := range s.Partitions() {
			if p.Phase == phase {
				n++
			}
		}
		return n
	}
	a, b := reader("a"), reader("b")
	stopA := live(t, a, sink)
	publish(t, ns, 0, 100)
	until(t, "all records", func() bool { return sink.Count() == 100 })
	stopB := live(t, b, sink)
	// The newcomer takes two partitions with higher epochs; the hub tells the
	// first reader, before that asks who has them.
	until(t, "the newcomer has its share", func() bool { return phase(b, source.Idle) == 2 && phase(a, source.Waiting)+phase(a, source.Idle) == 2 })
	publish(t, ns, 100, 200)
	until(t, "all records", func() bool { return sink.Count() >= 200 })
	for _, p := range a.Partitions() {
		if p.Phase == source.Waiting && !strings.Contains(p.Reason, string(wire.Stolen)) {
			t.Errorf("got %+v, want it to say that another has it", p)
		}
	}
	stopB()
	stopA()
	once(t, sink, 200)
}

// TestBodiesOfAllKinds: one bad body in the middle costs nothing else, and the
// lag goes back to 0.
func TestBodiesOfAllKinds(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	type content = azeventhubs.AMQPAnnotatedMessageBody
	var events []*azeventhubs.AMQPAnnotatedMessage
	for i, c := range []content{
		{Value: body(0)},
		{Value: []byte(body(1))},
		{Data: [][]byte{[]byte(body(2)[:30]), []byte(body(2)[30:])}},
		{Data: [][]byte{{}}},
		{Data: [][]byte{[]byte("\x1f\x8b broken")}},
		{Value: map[string]any{"records": []any{map[string]any{"time": "2026-05-04T07:00:00Z", "category": "Administrative", "correlationId": "c-5"}}}},
		{Sequence: [][]any{{map[string]any{"time": "2026-05-04T07:00:00Z", "correlationId": "c-6"}}}},
		{Value: int64(7)},
		{Data: [][]byte{[]byte(strings.Repeat("{", 100_000))}},
		{Data: [][]byte{[]byte(body(9))}},
	} {
		key := fmt.Sprint(i)
		events = append(events, &azeventhubs.AMQPAnnotatedMessage{Body: c, ApplicationProperties: map[string]any{"n": key}, Footer: map[any]any{"f": key}})
	}
	ns.Send(t, "hub", 0, events...)
	sink := sourcetest.NewSink()
	s := over(t, ns, sink, Options{UntilCaughtUp: true})
	if err := s.Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	all := ""
	for record := range sink.Records {
		if !strings.HasPrefix(record, "reject") {
			all += record
		}
	}
	for _, n := range []int{0, 1, 2, 5, 6, 9} {
		if !strings.Contains(all, fmt.Sprintf(`"c-%d"`, n)) {
			t.Errorf("record c-%d is missing in %s", n, all)
		}
	}
	if state := s.Partitions()[0]; state.Lag != (source.Lag{Known: true}) || state.Sequence != 9 || state.Missed != 0 {
		t.Errorf("got %+v, want the partition at its end", state)
	}
}

// taken is a sink for benchmarks: everything is durable at once.
func taken(context.Context, *event.Batch) (event.Wait, error) {
	return func() (event.Counts, error) { return event.Counts{}, nil }, nil
}

// nowhere is positions that nobody has moved.
type nowhere struct{}

func (nowhere) Position(context.Context, string, string) (string, error) { return "", nil }
