package hub

import (
	"sync"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/space"
)

// A peer is one connection: what it is allowed and which links it holds.
type peer struct {
	ns         *Namespace
	conn       *amqp.Conn
	opened     time.Time // by the clock on the wall
	grants     grants
	tokens     desk // $cbs
	management desk // $management

	mu    sync.Mutex
	links map[*link]struct{}
}

// open answers a connection. Who came in by name and key has its policy's
// rights without an end; all others bring tokens.
func (ns *Namespace) open(c *amqp.Conn) (amqp.Peer, error) {
	p := &peer{ns: ns, conn: c, opened: time.Now(), links: make(map[*link]struct{})}
	p.tokens.answer, p.management.answer = p.putToken, p.read
	if login, ok := c.Identity().(proof); ok {
		if err := p.grant("", login); err != nil {
			return nil, amqp.Errorf(amqp.UnauthorizedAccess, "user %q: %s", c.User(), err)
		}
	}
	ns.peers.add(p)
	return p, nil
}

// Closed implements amqp.Peer.
func (p *peer) Closed() { p.ns.peers.remove(p) }

// Receive implements amqp.Peer: the client wants to send.
func (p *peer) Receive(a *amqp.Attach) (*amqp.Receiver, error) {
	r, err := p.receive(a)
	return r, p.refusal(a, err)
}

// Send implements amqp.Peer: the client wants to receive.
func (p *peer) Send(a *amqp.Attach) (*amqp.Sender, error) {
	s, err := p.send(a)
	return s, p.refusal(a, err)
}

func (p *peer) receive(a *amqp.Attach) (*amqp.Receiver, error) {
	if a.Target == nil || a.Target.Coordinator || a.Target.Dynamic {
		return nil, amqp.Errorf(amqp.NotImplemented, "a target with an address is needed; there are no transactions and no dynamic nodes")
	}
	at, err := address.Parse(a.Target.Address)
	if err != nil {
		return nil, amqp.Errorf(amqp.InvalidField, "%s", err)
	}
	switch at.Kind {
	case address.CBS:
		return p.tokens.receiver()
	case address.Management:
		return p.management.receiver()
	case address.Reader:
		return nil, amqp.Errorf(amqp.NotAllowed, "%s is to be received from, not to be sent to", at)
	default:
		return p.publisher(a, at)
	}
}

func (p *peer) send(a *amqp.Attach) (*amqp.Sender, error) {
	if a.Source == nil || a.Source.Dynamic {
		return nil, amqp.Errorf(amqp.NotImplemented, "a source with an address is needed; there are no dynamic nodes")
	}
	at, err := address.Parse(a.Source.Address)
	if err != nil {
		return nil, amqp.Errorf(amqp.InvalidField, "%s", err)
	}
	switch at.Kind {
	case address.CBS:
		return p.tokens.sender(a)
	case address.Management:
		return p.management.sender(a)
	case address.Reader:
		return p.receiver(a, at)
	default:
		return nil, amqp.Errorf(amqp.NotAllowed, "%s is not to be received from: want HUB/ConsumerGroups/GROUP/Partitions/N", at)
	}
}

// refusal makes an error of ours the peer's, counts it and writes it down.
func (p *peer) refusal(a *amqp.Attach, err error) error {
	if err == nil {
		return nil
	}
	told := p.ns.tell(err)
	p.ns.refused.add(told.Condition)
	p.ns.opt.Logger.Debug("link refused", "remote", p.conn.RemoteAddr().String(), "link", a.Name,
		"condition", string(told.Condition), "err", err)
	return told
}

// may says whether the peer has a right on a path now.
func (p *peer) may(path string, want access.Rights) bool {
	_, ok := p.allows(path, want, p.ns.Now())
	return ok
}

// lookUp finds the hub of a link that wants a right there. It is nil if there
// is none but the peer may make it.
func (p *peer) lookUp(at address.Address, want access.Rights) (*space.Hub, error) {
	path := at.String()
	if !p.may(path, want) {
		return nil, p.unauthorized(want, path)
	}
	h, err := p.ns.Hub(at.Hub)
	if err == nil {
		return h, nil
	}
	if want == access.Send && p.may(path, access.Manage) {
		if err := address.CheckHub(at.Hub); err != nil {
			return nil, amqp.Errorf(amqp.NotFound, "%s: %s", p.notFound(path).Description, err)
		}
		return nil, nil
	}
	return nil, p.notFound(path)
}

// noPartition is told to who asks for a partition that a hub has not.
func noPartition(hub, id string, count int) *amqp.Error {
	return amqp.Errorf(argumentOutOfRange, "hub %q has no partition %q: want 0 to %d", hub, id, count-1)
}
