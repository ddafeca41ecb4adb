// Package remotetest gives tests a hub to reach: the embedded one, served on a
// loopback address, with publishers for it, and a broker of Kafka.
package remotetest

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/hub"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// A Namespace is served until the test ends.
type Namespace struct {
	*hub.Namespace
	Addr string // host:port, where all transports are
	Port int
	opt  hub.Options
	stop func()
}

// Serve opens a namespace and serves it.
func Serve(t testing.TB) *Namespace {
	t.Helper()
	return ServeWith(t, hub.Options{})
}

// ServeWith is Serve with options, in a folder of its own.
func ServeWith(t testing.TB, opt hub.Options) *Namespace {
	t.Helper()
	opt.Space.Dir = t.TempDir()
	return serve(t, opt, "127.0.0.1:0")
}

func serve(t testing.TB, opt hub.Options, address string) *Namespace {
	t.Helper()
	ns, err := hub.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(errors.Join(err, ns.Close()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1) // it never waits for the test
	go func() { ended <- ns.Serve(ctx, ln) }()
	n := &Namespace{Namespace: ns, Addr: ln.Addr().String(), Port: ln.Addr().(*net.TCPAddr).Port, opt: opt}
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, ns.Close()); err != nil {
			t.Errorf("stop the hub: %v", err)
		}
	})
	t.Cleanup(n.stop)
	return n
}

// Restart ends the namespace and serves it again at the same address, after
// the function between has run.
func (n *Namespace) Restart(t testing.TB, between func()) *Namespace {
	t.Helper()
	n.stop()
	between()
	return serve(t, n.opt, n.Addr)
}

// Make makes a hub.
func (n *Namespace) Make(t testing.TB, name string, partitions int) {
	t.Helper()
	if _, err := n.Create(name, space.Settings{Partitions: partitions}); err != nil {
		t.Fatal(err)
	}
}

// Policy makes a policy of the namespace and returns its connection string for
// AMQP in the clear.
func (n *Namespace) Policy(t testing.TB, name string, rights access.Rights) access.ConnectionString {
	t.Helper()
	p, err := n.AddPolicy("", name, rights)
	if err != nil {
		t.Fatal(err)
	}
	return n.connection(p)
}

// Root is the connection string of the policy with all rights.
func (n *Namespace) Root(t testing.TB) access.ConnectionString {
	t.Helper()
	p, ok := n.Policies().Find(space.RootPolicy)
	if !ok {
		t.Fatal("the root policy is gone")
	}
	return n.connection(p)
}

func (n *Namespace) connection(p access.Policy) access.ConnectionString {
	return access.ConnectionString{Host: "localhost", Port: n.Port, KeyName: p.Name, Key: p.PrimaryKey, Emulator: true}
}

// Events returns what lies in the partitions of a hub, one after the other;
// nothing if there is no such hub.
func (n *Namespace) Events(t testing.TB, name string) (list []space.Event) {
	t.Helper()
	h, err := n.Hub(name)
	if errors.Is(err, space.ErrNoHub) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	for i := range h.Settings().Partitions {
		events, err := n.Peek(space.Peek{Hub: name, Partition: strconv.Itoa(i), Count: 1 << 20, First: true})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, events...)
	}
	return list
}

// Publish sends a message for each body to a partition, as many in one batch
// as fit.
func (n *Namespace) Publish(t testing.TB, hub string, partition int, bodies ...[]byte) {
	t.Helper()
	var events []*azeventhubs.AMQPAnnotatedMessage
	for _, body := range bodies {
		events = append(events, &azeventhubs.AMQPAnnotatedMessage{Body: azeventhubs.AMQPAnnotatedMessageBody{Data: [][]byte{body}}})
	}
	n.Send(t, hub, partition, events...)
}

// Send is Publish for messages of any kind.
func (n *Namespace) Send(t testing.TB, hub string, partition int, events ...*azeventhubs.AMQPAnnotatedMessage) {
	t.Helper()
	client, err := azeventhubs.NewProducerClientFromConnectionString(n.Root(t).Text(), hub, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background() // benchmarks send while they tidy up
	id := strconv.Itoa(partition)
	for len(events) > 0 {
		batch, err := client.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: &id})
		if err != nil {
			t.Fatal(err)
		}
		for len(events) > 0 {
			err := batch.AddAMQPAnnotatedMessage(events[0], nil)
			if errors.Is(err, azeventhubs.ErrEventDataTooLarge) && batch.NumEvents() > 0 {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			events = events[1:]
		}
		if err := client.SendEventDataBatch(ctx, batch, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
