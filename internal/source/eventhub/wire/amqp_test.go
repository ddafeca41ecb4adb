package wire_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/source/eventhub/wire"
)

// plainly is a target that reads a hub of the namespace in the clear.
func plainly(ns *remotetest.Namespace, login access.ConnectionString, hub string) wire.Target {
	return wire.Target{
		Target: remote.Target{Host: "localhost", Port: ns.Port, Plain: true, Hub: hub, Login: login, Transport: remote.AMQP},
		Group:  "$Default", Reader: "test",
	}
}

// ways are targets that read a hub over each transport.
func ways(t *testing.T, ns *remotetest.Namespace, hub string) map[string]wire.Target {
	t.Helper()
	pem, err := os.ReadFile(ns.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", ns.CAFile())
	}
	plain := plainly(ns, ns.Root(t), hub)
	secured := plain
	secured.Plain, secured.Roots, secured.Login.Emulator = false, roots, false
	moved := secured // the namespace has another name and is dialled where it is
	moved.Host, moved.Port, moved.Address = "localhost", 0, ns.Addr
	socket, securedSocket := plain, moved
	socket.Transport, securedSocket.Transport = remote.WebSocket, remote.WebSocket
	return map[string]wire.Target{"plain": plain, "TLS": secured, "custom endpoint": moved, "websocket": socket, "secured websocket": securedSocket}
}

func bytesOf(bodies []string) (list [][]byte) {
	for _, b := range bodies {
		list = append(list, []byte(b))
	}
	return list
}

func TestAMQPReadsFromWhereItIsTold(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 2)
	ns.Publish(t, "hub", 1, bytesOf(numbered(0, 10))...)
	for name, target := range ways(t, ns, "hub") {
		t.Run(name, func(t *testing.T) {
			c := connect(t, target)
			names, err := c.Partitions(t.Context())
			if err != nil || strings.Join(names, " ") != "0 1" {
				t.Fatalf("got %q, %v, want partitions 0 and 1", names, err)
			}
			for partition, want := range map[string]wire.Properties{"0": {First: 0, Last: -1, Empty: true}, "1": {First: 0, Last: 9}} {
				got, err := c.Properties(t.Context(), partition)
				got.Enqueued = time.Time{}
				if err != nil || got != want {
					t.Errorf("partition %s: got %+v, %v, want %+v", partition, got, err, want)
				}
			}
			readsFromWhereItIsTold(t, c)
		})
	}
}

func readsFromWhereItIsTold(t *testing.T, c wire.Client) {
	t.Helper()
	all := read(t, c, "1", wire.Opening{Epoch: wire.NoEpoch}, 10)
	for name, start := range map[string]wire.Start{
		"sequence": {After: true, Sequence: 6},
		"offset":   {After: true, Sequence: 6, Offset: all[6].Offset},
		"time":     {At: time.Now().Add(-time.Hour)},
	} {
		first := int64(0)
		if start.After {
			first = 7
		}
		for i, e := range read(t, c, "1", wire.Opening{Start: start, Epoch: wire.NoEpoch}, int(10-first)) {
			want := first + int64(i)
			if e.Sequence != want || string(e.Body) != fmt.Sprint("body ", want) || e.Enqueued.IsZero() || e.Offset == "" {
				t.Errorf("%s: got %+v, want event %d", name, e, want)
			}
		}
	}
}

func TestAMQPBodies(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	type body = azeventhubs.AMQPAnnotatedMessageBody
	bodies := []body{
		{Data: [][]byte{[]byte("one")}},
		{Data: [][]byte{{}}},
		{Data: [][]byte{[]byte("several "), []byte("sections")}},
		{Value: "text"},
		{Value: []byte("bytes")},
		{Value: map[string]any{"a": int32(1)}},
		{Sequence: [][]any{{"a", int64(2)}, {true}}},
	}
	want := []string{"one", "", "several sections", "text", "bytes", `{"a":1}`, `["a",2,true]`}
	var events []*azeventhubs.AMQPAnnotatedMessage
	for _, b := range bodies {
		events = append(events, &azeventhubs.AMQPAnnotatedMessage{Body: b})
	}
	ns.Send(t, "hub", 0, events...)
	for i, e := range read(t, connect(t, plainly(ns, ns.Root(t), "hub")), "0", wire.Opening{Epoch: wire.NoEpoch}, len(want)) {
		if string(e.Body) != want[i] {
			t.Errorf("event %d: got %q, want %q", i, e.Body, want[i])
		}
	}
}

// refusal opens and receives, and returns the error.
func refusal(t *testing.T, c wire.Client, partition string, opt wire.Opening) error {
	t.Helper()
	r, err := c.Open(partition, opt)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it is refused
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = r.Receive(ctx, 1)
	return err
}

func TestAMQPErrorsSayWhatIsWrong(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	ns.Publish(t, "hub", 0, []byte("one"))
	root := plainly(ns, ns.Root(t), "hub")
	wrong, sender, missing, group := root, plainly(ns, ns.Policy(t, "sender", access.Send), "hub"), root, root
	wrong.Login.Key, missing.Hub, group.Group = "d3Jvbmc=", "other", "none"

	for name, c := range map[string]struct {
		wire.Target
		want wire.Kind
	}{"wrong key": {wrong, wire.Unauthorized}, "hub": {missing, wire.NotFound}} {
		if _, err := connect(t, c.Target).Partitions(t.Context()); wire.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want it %s", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		wire.Target
		partition string
		wire.Start
		want wire.Kind
	}{
		"wrong key":      {wrong, "0", wire.Start{}, wire.Unauthorized},
		"Send only":      {sender, "0", wire.Start{}, wire.Unauthorized},
		"hub":            {missing, "0", wire.Start{}, wire.NotFound},
		"group":          {group, "0", wire.Start{}, wire.NotFound},
		"partition":      {root, "7", wire.Start{}, wire.BadPartition},
		"beyond the end": {root, "0", wire.Start{After: true, Sequence: 99}, wire.BadOffset},
	} {
		if err := refusal(t, connect(t, c.Target), c.partition, wire.Opening{Start: c.Start, Epoch: wire.NoEpoch}); wire.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want it %s", name, err, c.want)
		}
	}
}

func TestHigherEpochTakesOver(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	ns.Publish(t, "hub", 0, bytesOf(numbered(0, 2))...)
	c := connect(t, plainly(ns, ns.Root(t), "hub"))
	first, err := c.Open("0", wire.Opening{Epoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Receive(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	read(t, c, "0", wire.Opening{Epoch: 2}, 2) // closes in the end
	if _, err := first.Receive(t.Context(), 1); wire.KindOf(err) != wire.Stolen {
		t.Errorf("the first: got %v, want it taken over", err)
	}
	second, err := c.Open("0", wire.Opening{Epoch: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Receive(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for name, epoch := range map[string]int64{"lower": 2, "none": wire.NoEpoch} {
		if err := refusal(t, c, "0", wire.Opening{Epoch: epoch}); wire.KindOf(err) != wire.Stolen {
			t.Errorf("epoch %s: got %v, want it taken over", name, err)
		}
	}
	for _, r := range []wire.Reader{first, second} {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReaderHoldsNoMoreThanItsBuffer reads events of half a megabyte with a
// buffer for four of them, and with one for less than one.
func TestReaderHoldsNoMoreThanItsBuffer(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	const n, size = 40, 500_000
	for i := range n {
		ns.Publish(t, "hub", 0, []byte(strings.Repeat(string(rune('a'+i%26)), size)))
	}
	c := connect(t, plainly(ns, ns.Root(t), "hub"))
	for _, buffer := range []int{300_000, 4 * size} {
		r, err := c.Open("0", wire.Opening{Epoch: wire.NoEpoch, Buffer: buffer})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		for got := 0; got < n; {
			events, err := r.Receive(ctx, n-got)
			if err != nil {
				t.Fatalf("buffer %d: after %d events: %v", buffer, got, err)
			}
			// What the library has not taken apart in time counts twice.
			if most := 2*buffer/size + 2; len(events) > most {
				t.Errorf("buffer %d: got %d events at once, want %d at most", buffer, len(events), most)
			}
			for _, e := range events {
				if len(e.Body) != size || e.Body[0] != byte('a'+got%26) {
					t.Errorf("event %d: got %d bytes of %c", got, len(e.Body), e.Body[0])
				}
				got++
			}
		}
		cancel()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReaderGoesOnAfterTheHubHasRestarted(t *testing.T) {
	ns := remotetest.Serve(t)
	ns.Make(t, "hub", 1)
	ns.Publish(t, "hub", 0, bytesOf(numbered(0, 2))...)
	c := connect(t, plainly(ns, ns.Root(t), "hub"))
	r, err := c.Open("0", wire.Opening{Epoch: wire.NoEpoch})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := c.Properties(ctx, "0"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Receive(ctx, 2); err != nil {
		t.Fatal(err)
	}
	ns = ns.Restart(t, func() {
		if _, err := r.Receive(ctx, 1); wire.KindOf(err) != wire.Lost || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the connection lost", err)
		}
	})
	if _, err := c.Properties(ctx, "0"); err != nil {
		t.Errorf("the properties after the restart: %v", err)
	}
	ns.Publish(t, "hub", 0, []byte("body 2"))
	for {
		events, err := r.Receive(ctx, 1)
		if err == nil {
			if events[0].Sequence != 2 {
				t.Errorf("got %+v, want the next event", events[0])
			}
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
