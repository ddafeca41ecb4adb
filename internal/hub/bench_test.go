package hub

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	goamqp "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/journal"
)

// eventBytes is the size of an event's body in all benchmarks.
const eventBytes = 2 << 10

// BenchmarkIngest publishes events of 2 KB, durable when they count. The batch
// is what clients make of events that are there: 100, or one by one with as
// many on their way as the credit allows.
func BenchmarkIngest(b *testing.B) {
	for _, senders := range []int{1, 8} {
		for _, batch := range []int{1, 100} {
			b.Run(fmt.Sprintf("bare/senders=%d/batch=%d", senders, batch), func(b *testing.B) { ingestBare(b, senders, batch) })
		}
		b.Run(fmt.Sprintf("sdk/senders=%d/batch=100", senders), func(b *testing.B) { ingestSDK(b, senders) })
	}
}

// rate reports events per second, of b.N messages of batch events.
func rate(b *testing.B, batch int) {
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "events/s")
	b.SetBytes(int64(batch * eventBytes))
}

// share calls work for every sender with its share of b.N.
func share(b *testing.B, senders int, work func(sender, n int)) {
	var all sync.WaitGroup
	for i := range senders {
		n := b.N / senders
		if i < b.N%senders {
			n++
		}
		all.Go(func() { work(i, n) })
	}
	all.Wait()
}

func encodedBatch(b *testing.B, events int) (message []byte, format uint32) {
	b.Helper()
	one := wire.AppendData(nil, make([]byte, eventBytes))
	if events == 1 {
		return one, 0
	}
	for range events {
		message = wire.AppendData(message, one)
	}
	return message, wire.FormatBatch
}

// ingestBare sends encoded messages and counts their settlements.
func ingestBare(b *testing.B, senders, batch int) {
	s := serve(b, Options{})
	s.hub(b, "hub", 4)
	message, format := encodedBatch(b, batch)
	clients := make([]*bare, senders)
	for i := range clients {
		clients[i] = s.bareConn(b, s.root(b))
		clients[i].attach(wire.RoleSender, fmt.Sprint("hub/Partitions/", i%4))
	}
	b.ReportAllocs()
	b.ResetTimer()
	share(b, senders, func(sender, n int) { clients[sender].publish(n, format, message) })
	b.StopTimer()
	rate(b, batch)
}

// publish sends a message n times, as the credit allows, until all are
// settled.
func (b *bare) publish(n int, format uint32, message []byte) {
	for sent, settled := 0, 0; settled < n; {
		for sent < n && sent-settled < publisherCredit/2 {
			b.transfer(uint32(sent), format, message)
			sent++
		}
		if d, ok := b.next().(*wire.Disposition); ok {
			if d.State.Outcome != wire.OutcomeAccepted {
				b.t.Errorf("not accepted: %v", d.State.Error)
			}
			settled += int(d.Last-d.First) + 1
		}
	}
}

func ingestSDK(b *testing.B, senders int) {
	s := serve(b, Options{})
	s.hub(b, "hub", 4)
	w := &way{served: s, plain: true}
	const inBatch = 100
	clients := make([]*azeventhubs.ProducerClient, senders)
	for i := range clients {
		clients[i] = w.producer(b, "hub", s.root(b))
		send(b, clients[i], toPartition(fmt.Sprint(i%4)), texts("warm", 1)...)
	}
	event := &azeventhubs.EventData{Body: make([]byte, eventBytes)}
	events := make([]*azeventhubs.EventData, inBatch)
	for i := range events {
		events[i] = event
	}
	b.ReportAllocs()
	b.ResetTimer()
	share(b, senders, func(sender, n int) {
		for range n {
			if err := trySend(context.Background(), clients[sender], toPartition(fmt.Sprint(sender%4)), events...); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	rate(b, inBatch)
}

// filled is a hub with events in partition 0.
func filled(b *testing.B, events int) *served {
	b.Helper()
	s := serve(b, Options{})
	h := s.hub(b, "hub", 1)
	body := wire.AppendData(nil, make([]byte, eventBytes))
	var all sync.WaitGroup
	for done := 0; done < events; done += 100 {
		batch := journal.Batch{Events: make([]journal.Event, 100)}
		for i := range batch.Events {
			batch.Events[i].Body = body
		}
		all.Add(1)
		for {
			err := h.Partitions()[0].Append(batch, func(_ journal.Placed, err error) {
				if err != nil {
					b.Error(err)
				}
				all.Done()
			})
			if err == nil {
				break
			}
			time.Sleep(time.Millisecond) // the queue is full
		}
	}
	all.Wait()
	return s
}

// BenchmarkRead reads events of 2 KB from one partition, again and again.
func BenchmarkRead(b *testing.B) {
	const events = 100_000
	s := filled(b, events)
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for left := b.N; left > 0; left -= min(left, events) {
			c := s.bareConn(b, s.root(b))
			c.attach(wire.RoleReceiver, reader("hub", 0))
			c.consume(uint32(min(left, events)))
			_ = c.nc.Close()
		}
		rate(b, 1)
	})
	b.Run("go-amqp", func(b *testing.B) {
		b.ReportAllocs()
		for left := b.N; left > 0; left -= min(left, events) {
			conn, session := s.dialConn(b, goamqp.SASLTypePlain(s.root(b).Name, s.root(b).PrimaryKey))
			r := newReceiver(b, session, reader("hub", 0), &goamqp.ReceiverOptions{Credit: 2000})
			for range min(left, events) {
				if _, err := r.Receive(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
			_ = conn.Close()
		}
		rate(b, 1)
	})
}

// consume counts transfers, giving credit by the thousands.
func (b *bare) consume(n uint32) {
	const credit = 5000
	b.credit(0, credit)
	for got, given := uint32(0), uint32(credit); got < n; {
		if _, ok := b.next().(*wire.Transfer); !ok {
			continue
		}
		if got++; given-got < credit/2 {
			b.credit(got, credit)
			given = got + credit
		}
	}
}
