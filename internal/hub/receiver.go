package hub

import (
	"context"
	"errors"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

const (
	selectorFilter             = "apache.org:selector-filter:string"
	receiverEpoch              = "com.microsoft:epoch"
	receiverName               = "com.microsoft:receiver-name"
	runtimeMetric  amqp.Symbol = "com.microsoft:enable-receiver-runtime-metric"
)

// pageBytes bounds what is read at once for a receiver.
const pageBytes = 256 << 10

// A receiver is a link over which a partition's events go out.
type receiver struct {
	*peer
	link    *link
	hub     *space.Hub
	part    *space.Partition
	seat    *space.Seat
	from    int64
	metrics bool
	size    int // of an event, as the last page had them
}

func (p *peer) receiver(a *amqp.Attach, at address.Address) (*amqp.Sender, error) {
	r, err := p.newReceiver(a, at)
	if err != nil {
		return nil, err
	}
	if err := r.part.Seats.Take(r.seat); err != nil {
		return nil, err
	}
	r.link = p.hold(a, at, access.Listen, r.hub)
	return &amqp.Sender{Answer: r.answer(a), Run: r.run, Detached: r.leave}, nil
}

// newReceiver finds what a client wants to receive, and from where on.
func (p *peer) newReceiver(a *amqp.Attach, at address.Address) (*receiver, error) {
	h, err := p.lookUp(at, access.Listen)
	if err != nil {
		return nil, err
	}
	r := &receiver{peer: p, hub: h, metrics: a.Desires(runtimeMetric)}
	group, ok := h.Group(at.Group)
	if !ok {
		return nil, p.notFound(at.String())
	}
	if r.part = h.Partition(at.Partition); r.part == nil {
		return nil, noPartition(h.Name(), at.Partition, len(h.Partitions()))
	}
	start, err := address.ParseSelector(text(a.Source.Filter.Value(selectorFilter)))
	if err != nil {
		return nil, amqp.Errorf(argumentError, "%s", err)
	}
	if r.from, err = r.part.Seek(start); err != nil {
		return nil, err
	}
	r.seat = newSeat(a, group)
	return r, nil
}

// newSeat asks for a seat in the client's name.
func newSeat(a *amqp.Attach, group string) *space.Seat {
	s := &space.Seat{Group: group, Name: text(a.Properties.Value(receiverName))}
	if s.Name == "" && a.Target != nil {
		s.Name = a.Target.Address
	}
	s.Epoch, s.HasEpoch = integer(a.Properties.Value(receiverEpoch))
	link := a.Link
	s.Evict = func(by *space.Seat) {
		link.Detach(amqp.Errorf(amqp.LinkStolen, "receiver %q with epoch %d takes the place of receiver %q with epoch %d: "+
			"to receive again, attach with a higher one", by.Name, by.Epoch, s.Name, s.Epoch))
	}
	return s
}

func (r *receiver) answer(a *amqp.Attach) amqp.Answer {
	answer := amqp.Answer{Properties: a.Properties}
	if r.metrics {
		answer.OfferedCapabilities = []amqp.Symbol{runtimeMetric}
	}
	return answer
}

func (r *receiver) leave() {
	r.part.Seats.Leave(r.seat)
	r.release(r.link)
}

// run sends events, straight from the journal's bytes, until the link ends.
func (r *receiver) run(ctx context.Context, out *amqp.Out) error {
	from := r.part.Reader(r.from)
	defer from.Close()
	for {
		if err := r.step(ctx, from, out); err != nil {
			return r.ended(err)
		}
	}
}

// step sends what there is when the client has room for it, or waits for more.
func (r *receiver) step(ctx context.Context, from *journal.Reader, out *amqp.Out) error {
	if err := out.Ready(ctx); err != nil {
		return err
	}
	changed := r.part.Changed()
	sent, err := r.sendPage(ctx, from, out)
	if err != nil || sent {
		return err
	}
	return out.Idle(ctx, changed)
}

// sendPage sends what one read gives, and says whether that was anything. It
// holds a page no longer than that, so that receivers that wait hold none.
func (r *receiver) sendPage(ctx context.Context, from *journal.Reader, out *amqp.Out) (sent bool, err error) {
	page := r.ns.pages.Get().(*journal.Page)
	defer r.ns.pages.Put(page)
	err = from.Read(page, r.limit(out.Credit()))
	if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
		r.ns.opt.Logger.Error("events lost", "hub", r.hub.Name(), "partition", r.part.Index, "err", err)
		return true, r.sendAll(ctx, page, out)
	}
	if err != nil || len(page.Events) == 0 {
		return false, err
	}
	return true, r.sendAll(ctx, page, out)
}

// limit is how many bytes to read for a client that has room for some events,
// by the size of those before; at least one event is read.
func (r *receiver) limit(credit int) int {
	return min(credit*(r.size+1), pageBytes)
}

func (r *receiver) sendAll(ctx context.Context, page *journal.Page, out *amqp.Out) error {
	var bytes int64
	count := 0
	defer func() { r.part.Out.Add(count, bytes) }()
	marks := r.newMetrics()
	for _, event := range page.Events {
		if err := out.Send(ctx, 0, marks.with(event.Wire)...); err != nil {
			return err
		}
		count++
		bytes += int64(len(event.Wire))
	}
	if count > 0 {
		r.size = int(bytes) / count
		r.link.touch(r.ns.Now())
	}
	return nil
}

// ended is what a receiver is told at the end. A journal that is closed under
// it belongs to a hub that was deleted, or to a namespace that is closing.
func (r *receiver) ended(err error) error {
	switch {
	case errors.Is(err, journal.ErrClosed) && r.hub.Deleted():
		return r.notFound(r.link.path)
	case errors.Is(err, journal.ErrClosed):
		return r.ns.tell(err)
	}
	return err
}
