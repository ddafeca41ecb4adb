package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
)

// A request is a message to one of the two nodes that answer questions.
type request struct {
	id         any
	replyTo    string
	properties wire.Map // application properties
	body       any
}

// A reply answers it.
type reply struct {
	code        int32
	description string
	condition   amqp.Symbol // of a failure
	body        any
}

const (
	deskCredit     = 100      // requests on their way, as many as the service's
	maxRequest     = 64 << 10 // bytes
	maxUnread      = 64       // replies on one link that the peer has not made room for
	maxUnreadBytes = 1 << 20  // and of all of them
	maxDeskLinks   = 32       // of a connection, each way: who has no token yet may have them too
	maxBoxName     = 4 << 10  // bytes, of name and address
)

// A desk is a node of one connection where questions are asked on one link and
// answered on another: $cbs or $management. Clients say in different ways
// which link the answer is for: by its target's address, by its name, or not
// at all.
type desk struct {
	answer func(request) reply
	unread atomic.Int64 // bytes of replies

	mu    sync.Mutex
	boxes []*box // the newest last
	asks  int    // links that requests come in on
}

// receiver takes the requests of one link. They are answered at once, in the
// connection's goroutine.
func (d *desk) receiver() (*amqp.Receiver, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asks >= maxDeskLinks {
		return nil, amqp.Errorf(amqp.ResourceLimitExceeded, "%d links to this node are open on this connection", maxDeskLinks)
	}
	d.asks++
	return &amqp.Receiver{
		MaxMessageSize: maxRequest,
		Credit:         deskCredit,
		Detached:       d.asked,
		Take: func(delivery *amqp.Delivery) {
			if err := d.take(delivery.Payload); err != nil {
				delivery.Settle(err)
				return
			}
			delivery.Settle(nil)
		},
	}, nil
}

// asked forgets a link that requests came in on.
func (d *desk) asked() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asks--
}

func (d *desk) take(message []byte) *amqp.Error {
	req, err := parseRequest(message)
	if err != nil {
		return amqp.Errorf(amqp.DecodeError, "request: %s", err)
	}
	to := d.find(req.replyTo)
	if to == nil {
		return amqp.Errorf(amqp.NotAllowed, "no receiver is attached that the reply to %q could go to", req.replyTo)
	}
	if !to.put(d.answer(req).encode(req.id)) {
		return amqp.Errorf(serverBusy, "%d replies, or %d bytes of them, have not been read", maxUnread, maxUnreadBytes)
	}
	return nil
}

// sender gives a link its box.
func (d *desk) sender(a *amqp.Attach) (*amqp.Sender, error) {
	b := &box{name: a.Name, wake: make(chan struct{}, 1), bytes: &d.unread}
	if a.Target != nil {
		b.address = a.Target.Address
	}
	if len(b.name)+len(b.address) > maxBoxName {
		return nil, amqp.Errorf(amqp.InvalidField, "the link's name and target are longer than %d bytes", maxBoxName)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.boxes) >= maxDeskLinks {
		return nil, amqp.Errorf(amqp.ResourceLimitExceeded, "%d links from this node are open on this connection", maxDeskLinks)
	}
	d.boxes = append(d.boxes, b)
	return &amqp.Sender{Run: b.run, Detached: func() { d.remove(b) }}, nil
}

func (d *desk) remove(gone *box) {
	gone.close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, b := range d.boxes {
		if b == gone {
			d.boxes = append(d.boxes[:i:i], d.boxes[i+1:]...)
			return
		}
	}
}

// find is the box that a reply goes to, nil if there is none: the one of that
// address, or of that name, or the newest.
func (d *desk) find(replyTo string) *box {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.boxes) - 1; i >= 0 && replyTo != ""; i-- {
		if d.boxes[i].address == replyTo || d.boxes[i].name == replyTo {
			return d.boxes[i]
		}
	}
	if len(d.boxes) == 0 {
		return nil
	}
	return d.boxes[len(d.boxes)-1]
}

// A box holds the replies for one link until its peer has room for them.
type box struct {
	address, name string
	wake          chan struct{}

	bytes *atomic.Int64 // of the desk

	mu     sync.Mutex
	unread [][]byte
	closed bool
}

func (b *box) put(message []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.unread) >= maxUnread {
		return false
	}
	if b.bytes.Add(int64(len(message))) > maxUnreadBytes {
		b.bytes.Add(-int64(len(message)))
		return false
	}
	b.unread = append(b.unread, message)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

func (b *box) next() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.unread) == 0 {
		return nil
	}
	first := b.unread[0]
	b.unread[0] = nil
	b.unread = b.unread[1:]
	b.bytes.Add(-int64(len(first)))
	return first
}

// close throws away what will not be read.
func (b *box) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, message := range b.unread {
		b.bytes.Add(-int64(len(message)))
	}
	b.unread, b.closed = nil, true
}

func (b *box) run(ctx context.Context, out *amqp.Out) error {
	for {
		message := b.next()
		var err error
		if message == nil {
			err = out.Idle(ctx, b.wake)
		} else {
			err = out.Send(ctx, 0, message)
		}
		if err != nil {
			return err
		}
	}
}

func parseRequest(message []byte) (request, error) {
	sections, err := wire.ParseSections(message)
	if err != nil {
		return request{}, err
	}
	properties, err := wire.DecodeProperties(sections.Properties)
	if err != nil {
		return request{}, fmt.Errorf("properties: %w", err)
	}
	req := request{id: properties.MessageID, replyTo: properties.ReplyTo}
	if req.properties, err = wire.DecodeMap(sections.ApplicationProperties); err != nil {
		return request{}, fmt.Errorf("application properties: %w", err)
	}
	for data := range sections.Data() {
		req.body = data
		return req, nil
	}
	req.body, err = wire.DecodeSection(sections.Body)
	return req, err
}

// text is an application property, be it a string, symbol or binary.
func (r request) text(key string) string { return text(r.properties.Value(key)) }

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case wire.Symbol:
		return string(v)
	case []byte:
		return string(v)
	case wire.Described:
		return text(v.Value)
	}
	return ""
}

// encode writes the reply to the request with an id. Status and description
// stand under both names that clients look for.
func (r reply) encode(id any) []byte {
	properties := wire.Map{
		{Key: "status-code", Value: r.code},
		{Key: "statusCode", Value: r.code},
		{Key: "status-description", Value: r.description},
		{Key: "statusDescription", Value: r.description},
	}
	if r.condition != "" {
		properties = append(properties, wire.Entry{Key: "error-condition", Value: r.condition},
			wire.Entry{Key: "errorCondition", Value: r.condition})
	}
	b := wire.AppendProperties(nil, &wire.Properties{CorrelationID: id})
	b = wire.AppendSection(b, wire.SectionApplicationProperties, properties)
	return wire.AppendSection(b, wire.SectionValue, r.body)
}
