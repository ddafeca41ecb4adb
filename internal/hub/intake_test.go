package hub

import (
	"bytes"
	"errors"
	"testing"

	goamqp "github.com/Azure/go-amqp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/journal"
)

func TestIntakesAreBounded(t *testing.T) {
	for name, one := range map[string]struct{ events, bytes int }{"events": {maxIntake, 0}, "bytes": {0, 1000}} {
		t.Run(name, func(t *testing.T) {
			i := intakes{most: 1000}
			if err := i.reserve(one.events, one.bytes); err != nil {
				t.Fatal(err)
			}
			more := func() error { return i.reserve(min(one.events, 1), min(one.bytes, 1)) }
			if err := more(); !errors.Is(err, errIntake) {
				t.Errorf("one too many: %v, want %v", err, errIntake)
			}
			i.release(min(one.events, 1), min(one.bytes, 1))
			if err := more(); err != nil {
				t.Errorf("with room again: %v", err)
			}
		})
	}
}

// What one connection may send is still bounded for all connections together,
// and what was answered, one way or the other, makes room again.
func TestIntakeOfTheNamespace(t *testing.T) {
	s := serve(t, Options{MaxIntake: 50_000})
	s.hub(t, "hub", 1)
	out := newSender(t, s.dial(t, s.root(t)), "hub", nil)
	for range 5 {
		wantCondition(t, out.Send(soon(t), goamqp.NewMessage(make([]byte, 60_000)), nil), "com.microsoft:server-busy")
		if err := out.Send(soon(t), goamqp.NewMessage(make([]byte, 30_000)), nil); err != nil {
			t.Fatalf("a message that there is room for: %v", err)
		}
	}
	until(t, "room for all", func() bool { return s.intakes.bytes.Load() == 0 && s.intakes.events.Load() == 0 })
}

// Messages that are not whole are bounded for all connections together too; who
// goes away in the middle of one leaves its room to the others.
func TestUnfinishedIntakeOfTheNamespace(t *testing.T) {
	s := serve(t, Options{MaxIntake: 100_000})
	s.hub(t, "hub", 1)
	begin := func() *bare {
		c := s.bareConn(t, s.root(t))
		c.attach(wire.RoleSender, "hub")
		tr := wire.Transfer{HasDeliveryID: true, HasMessageFormat: true, More: true}
		c.out = append(tr.AppendFrameHead(c.out, 0, 60_000), make([]byte, 60_000)...)
		c.flush()
		return c
	}
	for range 3 {
		held := []*bare{begin(), begin()}
		refused := make(chan struct{}, len(held))
		for _, c := range held {
			go func() { // ends with the connection
				if c.hearsBusy() {
					refused <- struct{}{}
				}
			}()
		}
		select {
		case <-refused:
		case <-soon(t).Done():
			t.Fatal("none of the senders was told that there is no room")
		}
		for _, c := range held {
			_ = c.nc.Close()
		}
		until(t, "the end of the connections", func() bool { return s.Stats().Connections == 0 })
	}
}

// hearsBusy reads until the link is ended for want of room, or all ends.
func (b *bare) hearsBusy() bool {
	for {
		f, err := b.frames.Next()
		if err != nil {
			return false
		}
		p, _, err := b.parser.Parse(f.Body)
		if d, ok := p.(*wire.Detach); err == nil && ok && d.Error != nil && d.Error.Condition == serverBusy {
			return true
		}
	}
}

// Annotations without ours are a slice of what came; with some of ours, a copy
// without them.
func TestAnnotations(t *testing.T) {
	mine := wire.Map{{Key: wire.Symbol("x-a"), Value: int64(1)}, {Key: wire.Symbol("x-opt-mine"), Value: "text"}}
	section := wire.AppendSection(nil, wire.SectionMessageAnnotations, mine)
	pairs, count := annotations(section)
	if count != 2 || !bytes.HasSuffix(section, pairs) || &pairs[0] != &section[len(section)-len(pairs)] {
		t.Errorf("%d annotations %x, want the end of %x", count, pairs, section)
	}
	all := append(wire.Map{{Key: wire.Symbol("x-opt-offset"), Value: "7"}}, mine...)
	all = append(all, wire.Entry{Key: wire.Symbol("x-opt-enqueued-time"), Value: nil})
	copied, count := annotations(wire.AppendSection(nil, wire.SectionMessageAnnotations, all))
	if count != 2 || !bytes.Equal(copied, pairs) {
		t.Errorf("%d annotations %x, want %x", count, copied, pairs)
	}
	if none, count := annotations(nil); count != 0 || len(none) != 0 {
		t.Errorf("no annotations are %d: %x", count, none)
	}
}

// What is taken apart and kept is a message that every receiver can read,
// whatever came in.
func FuzzIntake(f *testing.F) {
	one := wire.AppendData(nil, []byte("body"))
	f.Add(one, false)
	f.Add(wire.AppendData(wire.AppendData(nil, one), one), true)
	f.Add(append(wire.AppendSection(nil, wire.SectionMessageAnnotations, wire.Map{
		{Key: wire.Symbol(keyAnnotation), Value: "key"}, {Key: producerID, Value: int64(1)}, {Key: producerSequence, Value: int32(2)},
	}), one...), false)
	j, err := journal.Open(f.TempDir(), journal.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = j.Close() })
	f.Fuzz(func(t *testing.T, payload []byte, batch bool) {
		var in intake
		format := uint32(0)
		if batch {
			format = wire.FormatBatch
		}
		if in.parse(payload, format) != nil {
			return
		}
		first := j.State().Last + 1
		done := make(chan error, 1)
		if err := j.Append(journal.Batch{Events: in.events}, func(_ journal.Placed, err error) { done <- err }); err != nil {
			t.Skipf("the journal is busy: %v", err) // nothing of the message is at fault
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		r := j.Reader(first)
		defer r.Close()
		var page journal.Page
		if err := r.Read(&page, 1<<20); err != nil {
			t.Fatal(err)
		}
		for i, stored := range page.Events {
			sections, err := wire.ParseSections(stored.Wire)
			if err != nil {
				t.Fatalf("event %d cannot be read: %v", i, err)
			}
			if !bytes.Equal(sections.Body, in.events[i].Body) {
				t.Errorf("event %d has the body %x, want %x", i, sections.Body, in.events[i].Body)
			}
			if key, ok := partitionKey(sections.MessageAnnotations); ok != in.events[i].HasPartitionKey || key != in.events[i].PartitionKey {
				t.Errorf("event %d has the key %q, want %q", i, key, in.events[i].PartitionKey)
			}
		}
	})
}

// A request that can be read is answered with a message that can be.
func FuzzDesk(f *testing.F) {
	f.Add(wire.AppendSection(wire.AppendSection(nil, wire.SectionApplicationProperties, wire.Map{
		{Key: "operation", Value: "put-token"}, {Key: "name", Value: "sb://h/hub"},
	}), wire.SectionValue, "SharedAccessSignature sr=a&sig=b&se=1&skn=c"))
	f.Fuzz(func(t *testing.T, message []byte) {
		req, err := parseRequest(message)
		if err != nil {
			return
		}
		answer := reply{code: 200, description: req.text("operation"), body: req.body}.encode(req.id)
		if _, err := parseRequest(answer); err != nil {
			t.Errorf("the answer %x cannot be read: %v", answer, err)
		}
	})
}
