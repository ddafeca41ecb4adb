package hub

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/hub/access"
)

// maxGrants bounds the tokens of one connection: one per audience.
const maxGrants = 1024

// A proof is what a client has shown for a grant, a token or a key: calling it
// judges that by the policies that hold now.
type proof func() (access.Grant, error)

// A proven grant stands as long as its proof does.
type proven struct {
	access.Grant
	again proof
}

// grants are what a connection's tokens allow. A token for an audience that
// has one replaces it.
type grants struct {
	mu         sync.Mutex
	byAudience map[string]proven
	revision   uint64 // of the policies by which all have been judged
}

// grant keeps what a proof gives for an audience.
func (p *peer) grant(audience string, again proof) error {
	revision := p.ns.Revision()
	grant, err := again()
	if err != nil {
		return err
	}
	return p.grants.put(audience, proven{grant, again}, revision, p.ns.Now())
}

// allows asks the grants as the policies are now.
func (p *peer) allows(path string, want access.Rights, now time.Time) (until time.Time, ok bool) {
	p.grants.review(p.ns.Revision())
	return p.grants.allow(path, want, now)
}

// review judges all grants again if the policies are others than last time:
// rights end with the key that they were got by.
func (g *grants) review(revision uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.revision == revision {
		return
	}
	g.revision = revision
	for audience, grant := range g.byAudience {
		if still, err := grant.again(); err != nil {
			delete(g.byAudience, audience)
		} else {
			g.byAudience[audience] = proven{still, grant.again}
		}
	}
}

// put keeps a grant that was judged by a revision of the policies. It refuses
// the one too many.
func (g *grants) put(audience string, grant proven, revision uint64, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.revision = min(g.revision, revision)
	key := strings.ToLower(audience)
	_, replaces := g.byAudience[key]
	if !replaces && len(g.byAudience) >= maxGrants {
		g.forget(now)
	}
	if !replaces && len(g.byAudience) >= maxGrants {
		return fmt.Errorf("%d tokens for different resources are valid on this connection, and no more are allowed", maxGrants)
	}
	if g.byAudience == nil {
		g.byAudience = make(map[string]proven)
	}
	g.byAudience[key] = grant
	return nil
}

// forget drops the grants that have run out.
func (g *grants) forget(now time.Time) {
	for key, grant := range g.byAudience {
		if grant.Expired(now) {
			delete(g.byAudience, key)
		}
	}
}

// allow says whether any grant gives the rights on a path, and until when the
// one that was found does; the zero time means for good. No rights wanted means
// that any will do.
func (g *grants) allow(path string, want access.Rights, now time.Time) (until time.Time, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	// Most clients bring a token for just this path.
	if grant, ok := g.byAudience[strings.ToLower(path)]; ok && grant.Allows(path, want, now) {
		return grant.Expires, true
	}
	for _, grant := range g.byAudience {
		if grant.Allows(path, want, now) {
			return grant.Expires, true
		}
	}
	return time.Time{}, false
}

// none says whether nothing was granted, or nothing that still is.
func (g *grants) none() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.byAudience) == 0
}
