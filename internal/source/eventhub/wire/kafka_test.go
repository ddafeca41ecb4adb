package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/remote"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/source/eventhub/wire"
)

// kafka starts a broker that has the hub, and returns where it is.
func kafka(t *testing.T) (*remotetest.Broker, wire.Target) {
	t.Helper()
	b := remotetest.ServeKafka(t, "hub", 2)
	return b, wire.Target{Target: remote.Target{Host: b.Host, Port: b.Port, Plain: true, Hub: "hub", Transport: remote.Kafka, Login: b.Login}}
}

func connect(t *testing.T, to wire.Target) wire.Client {
	t.Helper()
	client, err := wire.New(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// read returns n events of a partition.
func read(t *testing.T, c wire.Client, partition string, opt wire.Opening, n int) []wire.Event {
	t.Helper()
	r, err := c.Open(partition, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var events []wire.Event
	for len(events) < n {
		more, err := r.Receive(ctx, n-len(events))
		if err != nil {
			t.Fatalf("after %d events: %v", len(events), err)
		}
		events = append(events, more...)
	}
	return events
}

func numbered(from, to int) (bodies []string) {
	for i := from; i < to; i++ {
		bodies = append(bodies, fmt.Sprint("body ", i))
	}
	return bodies
}

func TestKafkaReadsFromWhereItIsTold(t *testing.T) {
	broker, target := kafka(t)
	broker.Publish(t, "hub", 1, bytesOf(numbered(0, 10))...)
	c := connect(t, target)
	names, err := c.Partitions(t.Context())
	if err != nil || strings.Join(names, " ") != "0 1" {
		t.Fatalf("got %q, %v, want partitions 0 and 1", names, err)
	}
	for name, start := range map[string]struct {
		wire.Start
		first int64
	}{
		"earliest": {wire.Start{}, 0},
		"position": {wire.Start{After: true, Sequence: 6, Offset: "opaque"}, 7},
		"time":     {wire.Start{At: time.Now().Add(-time.Hour)}, 0},
	} {
		events := read(t, c, "1", wire.Opening{Start: start.Start, Epoch: wire.NoEpoch}, int(10-start.first))
		for i, e := range events {
			want := start.first + int64(i)
			if e.Sequence != want || string(e.Body) != fmt.Sprint("body ", want) || e.Enqueued.IsZero() {
				t.Errorf("%s: got %+v, want event %d", name, e, want)
			}
		}
	}
}

func TestKafkaProperties(t *testing.T) {
	broker, target := kafka(t)
	broker.Publish(t, "hub", 0, bytesOf(numbered(0, 3))...)
	c := connect(t, target)
	for partition, want := range map[string]wire.Properties{"0": {First: 0, Last: 2}, "1": {First: 0, Last: -1, Empty: true}} {
		if got, err := c.Properties(t.Context(), partition); err != nil || got != want {
			t.Errorf("partition %s: got %+v, %v, want %+v", partition, got, err, want)
		}
	}
	if _, err := c.Properties(t.Context(), "7"); wire.KindOf(err) != wire.NotFound {
		t.Errorf("got %v, want it not found", err)
	}
}

func TestKafkaErrorsSayWhatIsWrong(t *testing.T) {
	_, target := kafka(t)
	missing := target
	missing.Hub = "other"
	if _, err := connect(t, missing).Partitions(t.Context()); wire.KindOf(err) != wire.NotFound {
		t.Errorf("another hub: got %v, want it not found", err)
	}
	wrong := target
	wrong.Login.Key = "b3RoZXI="
	if _, err := connect(t, wrong).Partitions(t.Context()); wire.KindOf(err) != wire.Unauthorized {
		t.Errorf("wrong key: got %v, want it not authorised", err)
	}
	if _, err := connect(t, target).Open("x", wire.Opening{}); wire.KindOf(err) != wire.BadPartition {
		t.Errorf("partition x: got %v, want no such partition", err)
	}
}

func TestKafkaReaderStops(t *testing.T) {
	broker, target := kafka(t)
	broker.Publish(t, "hub", 0, bytesOf(numbered(0, 2))...)
	r, err := connect(t, target).Open("0", wire.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	if events, err := r.Receive(t.Context(), 1); err != nil || len(events) != 1 {
		t.Fatalf("got %v, %v, want one event", events, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if events, err := r.Receive(ctx, 10); err != nil || len(events) != 1 {
		t.Errorf("got %v, %v, want the event that there is when the time is over", events, err)
	}
	if events, err := r.Receive(ctx, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, %v, want that the time is over", events, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
