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

// grants are what a connection's tokens allow. A token for an audience that
// has one replaces it.
type grants struct {
	mu         sync.Mutex
	byAudience map[string]access.Grant
}

// put keeps a grant. It refuses the one too many.
func (g *grants) put(audience string, grant access.Grant, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := strings.ToLower(audience)
	_, replaces := g.byAudience[key]
	if !replaces && len(g.byAudience) >= maxGrants {
		g.forget(now)
	}
	if !replaces && len(g.byAudience) >= maxGrants {
		return fmt.Errorf("%d tokens for different resources are valid on this connection, and no more are allowed", maxGrants)
	}
	if g.byAudience == nil {
		g.byAudience = make(map[string]access.Grant)
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

// none says whether nothing was ever granted.
func (g *grants) none() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.byAudience) == 0
}
