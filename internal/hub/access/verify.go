package access

import "time"

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
func (g Grant) Allows(path string, want Rights, now time.Time) bool { return false }

// A Verifier checks tokens against the policies of one namespace. It is safe
// for concurrent use if its functions are.
type Verifier struct {
	// Namespace returns the policies that hold for all hubs.
	Namespace func() Policies
	// Hub returns the policies of one hub, nil for an unknown hub.
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
func (v *Verifier) Verify(token, audience string) (Grant, error) { return Grant{}, ErrMalformed }

// Login checks a policy's name and one of its keys, as SASL PLAIN gives them.
// With an empty hub only policies of the namespace count and the grant covers
// all of it; else the hub's policies too, and it covers that hub. Errors wrap
// ErrUnknownPolicy or ErrSignature.
func (v *Verifier) Login(hub, name, key string) (Grant, error) { return Grant{}, ErrUnknownPolicy }
