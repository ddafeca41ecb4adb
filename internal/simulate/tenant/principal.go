package tenant

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Principal is an app registration of the tenant, with the rights of an
// owner except for what Deny takes away.
type Principal struct {
	// ClientID and ObjectID are GUIDs.
	ClientID, ObjectID string
	// Secret is its client secret; empty if it has none.
	Secret string
	// Assertion judges a client assertion, a token that the principal or a
	// platform has signed; nil if the principal has none.
	Assertion func(token string) error
	// Token is an access token that it has from somewhere and that never runs
	// out; empty if it has none.
	Token string
}

// A session is what a token stands for.
type session struct {
	principal Principal
	expires   time.Time // zero for never
}

// A denial is a permission that a principal does not have.
type denial struct{ clientID, action, scope string }

// Deny takes from a principal the permission for an action on a scope and
// what is below it. A star at the end of the action covers all that begin so.
func (t *Tenant) Deny(clientID, action, scope string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.denied = append(t.denied, denial{clientID, strings.ToLower(action), strings.ToLower(scope)})
}

// Allow gives back everything that Deny took from a principal.
func (t *Tenant) Allow(clientID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.denied[:0]
	for _, d := range t.denied {
		if d.clientID != clientID {
			kept = append(kept, d)
		}
	}
	t.denied = kept
}

// denials returns the actions that a principal may not do on a scope. The
// caller holds the lock.
func (t *Tenant) denials(p Principal, scope string) (actions []string) {
	scope = strings.ToLower(scope)
	for _, d := range t.denied {
		if d.clientID == p.ClientID && (scope == d.scope || strings.HasPrefix(scope, strings.TrimSuffix(d.scope, "/")+"/")) {
			actions = append(actions, d.action)
		}
	}
	return actions
}

// may tells whether a principal may do something. The caller holds the lock.
func (t *Tenant) may(p Principal, action, scope string) bool {
	action = strings.ToLower(action)
	for _, denied := range t.denials(p, scope) {
		begin, star := strings.CutSuffix(denied, "*")
		if denied == action || star && strings.HasPrefix(action, begin) {
			return false
		}
	}
	return true
}

// lifetime is how long a token is good.
const lifetime = time.Hour

// issue makes a token for a principal. It looks like Entra ID's, with claims
// that can be read; what it is good for is in the table only.
func (t *Tenant) issue(p Principal, audience string) string {
	now := t.now()
	claims, err := json.Marshal(map[string]any{
		"aud": audience, "iss": "https://sts.windows.net/" + t.company.TenantID.String() + "/", "tid": t.company.TenantID.String(),
		"appid": p.ClientID, "oid": p.ObjectID, "idtyp": "app", "iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "ver": "1.0",
	})
	if err != nil {
		panic("tenant: claims are strings and numbers: " + err.Error())
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + encode(claims) + "." + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	for old, s := range t.tokens {
		if s.expires.Before(now) {
			delete(t.tokens, old)
		}
	}
	t.tokens[token] = session{p, now.Add(lifetime)}
	return token
}

// holder returns who holds a token, and whether it is still good. The caller
// holds the lock.
func (t *Tenant) holder(token string) (p Principal, known, good bool) {
	for _, p := range t.principals {
		if p.Token != "" && p.Token == token {
			return p, true, true
		}
	}
	s, known := t.tokens[token]
	return s.principal, known, known && t.now().Before(s.expires)
}

// known returns the principals.
func (t *Tenant) known() []Principal {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.principals)
}

// Add makes another principal known.
func (t *Tenant) Add(p Principal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.principals = append(t.principals, p)
}
