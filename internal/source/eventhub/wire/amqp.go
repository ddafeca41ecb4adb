package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

const (
	// closeTimeout bounds the goodbye on a connection that may be dead.
	closeTimeout = 5 * time.Second
	// digTime is how long the library may take to take apart what it has read;
	// each time that was not enough, as much longer the next time.
	digTime = 10 * time.Millisecond
	// frame is what the hub sends of an event beside its body, at the least.
	frame = 100
	// calm is how long a link must have lasted for its end to be no failure.
	calm = 500 * time.Millisecond
)

// amqpClient reads a hub with Microsoft's client library. Each reader has a
// connection of its own, so that partitions do not wait for one another, and
// one more is for the management node.
//
// The library dials through its hook for websockets whatever the transport is,
// so that a gate can be put below it and a port in the connection string does
// no harm. It is told not to repeat by itself: whoever uses a Reader knows
// better when, and says what is going on meanwhile.
type amqpClient struct {
	target Target

	mu         sync.Mutex
	management *azeventhubs.ConsumerClient
}

func newAMQPClient(t Target) (*amqpClient, error) {
	management, err := t.consumer(nil)
	if err != nil {
		return nil, err
	}
	return &amqpClient{target: t, management: management}, nil
}

// consumer returns the library's client, which reads through the gate if that
// is not nil.
func (t *Target) consumer(g *gate) (*azeventhubs.ConsumerClient, error) {
	opt := &azeventhubs.ConsumerClientOptions{
		ApplicationID: "nephoscope", InstanceID: t.Reader,
		RetryOptions:     azeventhubs.RetryOptions{MaxRetries: -1},
		NewWebSocketConn: t.dialer(g),
	}
	if t.Credential != nil {
		return azeventhubs.NewConsumerClient(t.Host, t.Hub, t.Group, t.Credential, opt)
	}
	return azeventhubs.NewConsumerClientFromConnectionString(t.Login.Text(), t.Hub, t.Group, opt)
}

func (t *Target) dialer(g *gate) func(context.Context, azeventhubs.WebSocketConnParams) (net.Conn, error) {
	return func(ctx context.Context, _ azeventhubs.WebSocketConnParams) (net.Conn, error) {
		conn, err := t.Dial(ctx)
		if err != nil || g == nil {
			return conn, err
		}
		return newGatedConn(conn, g), nil
	}
}

func (c *amqpClient) Partitions(ctx context.Context) (names []string, err error) {
	err = c.ask(ctx, func(m *azeventhubs.ConsumerClient) error {
		p, err := m.GetEventHubProperties(ctx, nil)
		names = p.PartitionIDs
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the properties of hub %s: %w", c.target.Hub, err)
	}
	return names, nil
}

func (c *amqpClient) Properties(ctx context.Context, partition string) (held Properties, err error) {
	err = c.ask(ctx, func(m *azeventhubs.ConsumerClient) error {
		p, err := m.GetPartitionProperties(ctx, partition, nil)
		held = Properties{First: p.BeginningSequenceNumber, Last: p.LastEnqueuedSequenceNumber, Enqueued: p.LastEnqueuedOn, Empty: p.IsEmpty}
		return err
	})
	if err != nil {
		return Properties{}, fmt.Errorf("read the properties of partition %s: %w", partition, err)
	}
	return held, nil
}

// ask puts a question to the management node, and once more over a new
// connection if the one there was is lost: the library does not renew it when
// it was asked for a partition's properties.
func (c *amqpClient) ask(ctx context.Context, question func(*azeventhubs.ConsumerClient) error) error {
	c.mu.Lock()
	asked := c.management
	c.mu.Unlock()
	err := explain(question(asked))
	if err == nil || ctx.Err() != nil || KindOf(err) != Lost {
		return err
	}
	renewed, failed := c.renew(asked)
	if failed != nil {
		return err
	}
	return explain(question(renewed))
}

// renew replaces the client with the lost connection, unless another caller
// has done so.
func (c *amqpClient) renew(lost *azeventhubs.ConsumerClient) (*azeventhubs.ConsumerClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.management != lost {
		return c.management, nil
	}
	renewed, err := c.target.consumer(nil)
	if err != nil {
		return nil, err
	}
	c.management = renewed
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = lost.Close(ctx) // its connection is gone
	return renewed, nil
}

func (c *amqpClient) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return c.management.Close(ctx)
}

func (c *amqpClient) Open(partition string, opt Opening) (Reader, error) {
	r := &amqpReader{partition: partition, gate: newGate(opt.buffer())}
	var err error
	if r.client, err = c.target.consumer(r.gate); err != nil {
		return nil, fmt.Errorf("open partition %s: %w", partition, err)
	}
	link := &azeventhubs.PartitionClientOptions{StartPosition: opt.Start.amqp(), Prefetch: c.target.prefetch()}
	if opt.Epoch >= 0 {
		link.OwnerLevel = &opt.Epoch
	}
	if r.events, err = r.client.NewPartitionClient(partition, link); err != nil {
		return nil, fmt.Errorf("open partition %s: %w", partition, err)
	}
	return r, nil
}

// amqp says in the library's words where to start. The service's own offset is
// preferred, since it is what the service keeps its events by.
func (s Start) amqp() azeventhubs.StartPosition {
	yes := true
	switch {
	case s.After && s.Offset != "":
		return azeventhubs.StartPosition{Offset: &s.Offset}
	case s.After:
		return azeventhubs.StartPosition{SequenceNumber: &s.Sequence}
	case !s.At.IsZero():
		return azeventhubs.StartPosition{EnqueuedTime: &s.At, Inclusive: true}
	case s.Latest:
		return azeventhubs.StartPosition{Latest: &yes}
	}
	return azeventhubs.StartPosition{Earliest: &yes}
}

// amqpReader is one partition on its own connection.
type amqpReader struct {
	partition string
	gate      *gate
	client    *azeventhubs.ConsumerClient
	events    *azeventhubs.PartitionClient
	digs      int // in a row that found nothing
	// detached is when the hub ended the link last. It does so when nothing
	// comes for half an hour; the library attaches again, but only once while it
	// waits for an event.
	detached time.Time
}

// Receive lets the library wait, and stops it when the buffer is full.
func (r *amqpReader) Receive(ctx context.Context, most int) ([]Event, error) {
	for {
		inner, cancel := context.WithCancel(ctx)
		r.gate.arm(cancel)
		events, err := r.receive(inner, most)
		cancel()
		if len(events) > 0 || err != nil && (ctx.Err() != nil || !errors.Is(err, context.Canceled)) {
			return events, err
		}
		if events, err = r.dig(ctx, most); len(events) > 0 || err != nil {
			return events, err
		}
	}
}

// dig gets what is still on its way inside the library when the buffer is full
// but nothing has arrived. If there is nothing, then what fills the buffer is
// the beginning of an event that is larger, or is not there at all.
func (r *amqpReader) dig(ctx context.Context, most int) ([]Event, error) {
	r.gate.arm(nil)
	r.digs++
	inner, cancel := context.WithTimeout(ctx, time.Duration(r.digs)*digTime)
	defer cancel()
	events, err := r.receive(inner, 1)
	switch {
	case ctx.Err() != nil, err != nil && inner.Err() == nil:
		return nil, err
	case len(events) == 0:
		r.gate.refill()
		return nil, nil
	}
	r.digs = 0
	inner, cancel = context.WithCancel(ctx)
	cancel()
	more, err := r.receive(inner, most-1)
	if err != nil {
		return events, nil // that it was cancelled, or it comes again
	}
	return append(events, more...), nil
}

// receive waits for most events, or fewer if ctx ends before.
func (r *amqpReader) receive(ctx context.Context, most int) ([]Event, error) {
	if most < 1 {
		return nil, nil
	}
	received, err := r.events.ReceiveEvents(ctx, most, nil)
	switch {
	case err == nil:
		r.gate.add(heldBy(received))
		return eventsOf(received), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case unreadable(err):
		return nil, &Error{Kind: Unreadable, Err: err}
	}
	if err = explain(err); KindOf(err) == Detached && time.Since(r.detached) > calm {
		r.detached = time.Now()
		return r.receive(ctx, most)
	}
	return nil, fmt.Errorf("read partition %s: %w", r.partition, err)
}

// heldBy is what events took on the wire at the least.
func heldBy(events []*azeventhubs.ReceivedEventData) int {
	n := frame * len(events)
	for _, e := range events {
		n += len(e.Body)
	}
	return n
}

func eventsOf(received []*azeventhubs.ReceivedEventData) []Event {
	if len(received) == 0 {
		return nil
	}
	events := make([]Event, len(received))
	for i, e := range received {
		events[i] = Event{Body: bodyOf(e), Sequence: e.SequenceNumber, Offset: e.Offset}
		if e.EnqueuedTime != nil {
			events[i].Enqueued = *e.EnqueuedTime
		}
	}
	return events
}

func (r *amqpReader) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	r.gate.refill() // the peer's goodbye is behind what it sent
	return errors.Join(r.events.Close(ctx), r.client.Close(ctx))
}
