package hub

import (
	"sync"
	"sync/atomic"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/space"
)

// A link is a publisher's or a receiver's, as upkeep sees it.
type link struct {
	link *amqp.Link
	path string
	want access.Rights
	hub  atomic.Pointer[space.Hub] // nil before the first event has made it
	// until is when the grant ends that was found last, zero for never, and
	// revision the policies that it was found by. Only upkeep looks at them.
	until    time.Time
	revision uint64
	// group is a receiver's, empty for a publisher.
	group  string
	active atomic.Int64 // when something last went over it, in Unix nanoseconds
}

// hold keeps a link among those that upkeep looks at, until release.
func (p *peer) hold(a *amqp.Attach, at address.Address, want access.Rights, h *space.Hub) *link {
	l := &link{link: a.Link, path: at.String(), want: want, group: at.Group}
	l.until = p.ns.Now() // the next sweep finds a grant, or ends the link
	l.hub.Store(h)
	l.touch(p.ns.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[l] = struct{}{}
	return l
}

func (p *peer) release(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (l *link) touch(now time.Time) { l.active.Store(now.UnixNano()) }

func (l *link) idle(now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - l.active.Load())
}

// end detaches a link and counts why.
func (p *peer) end(l *link, why *amqp.Error) {
	p.ns.refused.add(why.Condition)
	l.link.Detach(why)
}

// maxStranger is how long a connection may be open without a token, by the
// clock on the wall: nobody who has none is to hold one of the connections.
const maxStranger = time.Minute

// sweep ends the links that may not go on: whose tokens have run out, whose hub
// or group is gone, or over which nothing has gone for too long; and the
// connection of a peer that never brought a token.
func (p *peer) sweep(now time.Time) {
	if age := time.Since(p.opened); age >= p.ns.opt.stranger && p.grants.none() {
		p.conn.Close(amqp.Errorf(amqp.UnauthorizedAccess, "no token came in %s", p.ns.opt.stranger))
	}
	for _, l := range p.held() {
		if why := p.why(l, now); why != nil {
			p.end(l, why)
		}
	}
}

func (p *peer) held() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*link, 0, len(p.links))
	for l := range p.links {
		all = append(all, l)
	}
	return all
}

// why says why a link has to end, nil if it may go on.
func (p *peer) why(l *link, now time.Time) *amqp.Error {
	if h := l.hub.Load(); h != nil {
		_, hasGroup := h.Group(l.group)
		if h.Deleted() || l.group != "" && !hasGroup {
			return p.notFound(l.path)
		}
	}
	if !p.stillMay(l, now) {
		return p.unauthorized(l.want, l.path)
	}
	if limit := p.ns.opt.IdleLinks; limit > 0 && l.idle(now) >= limit {
		return amqp.Errorf(amqp.LinkDetachForced, "nothing has gone over the link %s for %s", l.path, limit)
	}
	return nil
}

// stillMay says whether there is a grant for a link. It looks for one when that
// of last time has run out, or the policies are others.
func (p *peer) stillMay(l *link, now time.Time) (ok bool) {
	revision := p.ns.Revision()
	if l.revision == revision && (l.until.IsZero() || now.Before(l.until)) {
		return true
	}
	l.revision = revision
	l.until, ok = p.allows(l.path, l.want, now)
	return ok
}

// A register holds the peers of all connections.
type register struct {
	mu  sync.Mutex
	all map[*peer]struct{}
}

func (r *register) add(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = make(map[*peer]struct{})
	}
	r.all[p] = struct{}{}
}

func (r *register) remove(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, p)
}

func (r *register) list() []*peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*peer, 0, len(r.all))
	for p := range r.all {
		all = append(all, p)
	}
	return all
}
