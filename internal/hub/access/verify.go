package access

import (
	"fmt"
	"time"
)

// A Grant is what a verified token or key allows.
type Grant struct {
	// Rights are those of the policy.
	Rights Rights
	// Path is the entity path that the grant covers, with everything below;
	// "" is the whole namespace.
	Path string
	// Expires is when the grant runs out; zero means never (a key given in
	// person, by SASL PLAIN).
	Expires time.Time
	// Policy is the name of the policy.
	Policy string
}

// Allows tells whether the grant holds at now and gives the wanted rights on
// an entity path.
func (g Grant) Allows(path string, want Rights, now time.Time) bool {
	return g.Rights.Has(want) && Covers(g.Path, path) && !g.Expired(now)
}

// Expired tells whether the grant has run out.
func (g Grant) Expired(now time.Time) bool { return !g.Expires.IsZero() && !now.Before(g.Expires) }

// A Verifier checks tokens against the policies of one namespace. It is safe
// for concurrent use if its functions are.
type Verifier struct {
	// Namespace returns the policies that hold for all hubs.
	Namespace func() Policies
	// Hub returns the policies of one hub, nil for an unknown hub; the name
	// comes as the client wrote it.
	Hub func(name string) Policies
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Verify checks a shared access signature: form, policy, signature against
// both keys in constant time, expiry, and that it covers the audience (an
// address or entity path). A token whose resource lies in a hub may be signed
// by a policy of that hub or of the namespace; one for the whole namespace by
// the latter only. The grant covers the token's resource. Errors wrap
// ErrMalformed, ErrUnknownPolicy, ErrSignature, ErrExpired or ErrAudience.
func (v *Verifier) Verify(token, audience string) (Grant, error) {
	t, err := ParseToken(token)
	if err != nil {
		return Grant{}, err
	}
	p, err := v.find(hubOf(t.Path), t.KeyName, t.signedBy, ErrSignature)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{Rights: p.Rights, Path: t.Path, Expires: t.Expires, Policy: p.Name}
	if now := v.now(); g.Expired(now) {
		return Grant{}, fmt.Errorf("%w at %s; it is %s now", ErrExpired, stamp(t.Expires), stamp(now))
	}
	if path := EntityPath(audience); !Covers(t.Path, path) {
		return Grant{}, fmt.Errorf("%w: it covers %q, not %q", ErrAudience, t.Path, path)
	}
	return g, nil
}

// Login checks a policy's name and one of its keys, as SASL PLAIN gives them.
// With an empty hub only policies of the namespace count and the grant covers
// all of it; else the hub's policies too, and it covers that hub. Errors wrap
// ErrUnknownPolicy or ErrKey.
func (v *Verifier) Login(hub, name, key string) (Grant, error) {
	p, err := v.find(hub, name, func(p Policy) bool { return p.holds(key) }, ErrKey)
	if err != nil {
		return Grant{}, err
	}
	return Grant{Rights: p.Rights, Path: hub, Policy: p.Name}, nil
}

// find looks for the policy of a name that fits, first among the hub's and
// then among the namespace's, which may both have one. If there is one and
// none fits, the error wraps mismatch.
func (v *Verifier) find(hub, name string, fits func(Policy) bool, mismatch error) (Policy, error) {
	sets := []Policies{v.Namespace()}
	if hub != "" {
		sets = []Policies{v.Hub(hub), v.Namespace()}
	}
	err := fmt.Errorf("%w %q", ErrUnknownPolicy, name)
	for _, set := range sets {
		p, ok := set.Find(name)
		if !ok {
			continue
		}
		if fits(p) {
			return p, nil
		}
		err = fmt.Errorf("%w: policy %q", mismatch, p.Name)
	}
	return Policy{}, err
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
