package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
func (p Policy) Validate() error {
	switch {
	case !validName(p.Name):
		return fmt.Errorf("%q: %w", p.Name, ErrPolicyName)
	case !p.Rights.valid():
		return fmt.Errorf("policy %q: %w", p.Name, ErrRights)
	case !validKey(p.PrimaryKey):
		return fmt.Errorf("policy %q: primary key: %w", p.Name, ErrPolicyKey)
	case !validKey(p.SecondaryKey):
		return fmt.Errorf("policy %q: secondary key: %w", p.Name, ErrPolicyKey)
	}
	return nil
}

func validName(name string) bool {
	if name == "" || len(name) > 50 || !alphanumeric(name[0]) || !alphanumeric(name[len(name)-1]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// validKey refuses what would not survive in a connection string.
func validKey(key string) bool {
	for i := range len(key) {
		if c := key[i]; c <= ' ' || c > '~' || c == ';' {
			return false
		}
	}
	return key != "" && len(key) <= 256
}

// String is the policy without its keys.
func (p Policy) String() string { return p.Name + " (" + p.Rights.String() + ")" }

// GoString is String, so that no verb of fmt shows the keys.
func (p Policy) GoString() string { return p.String() }

// LogValue is String.
func (p Policy) LogValue() slog.Value { return slog.StringValue(p.String()) }

// holds compares a key with both of the policy's in constant time.
func (p Policy) holds(key string) bool {
	return key != "" && equal(key, p.PrimaryKey)|equal(key, p.SecondaryKey) == 1
}

// equal compares by hashes, so that not even the length shows.
func equal(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

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
func (s Policies) Validate() error {
	if len(s) > MaxPolicies {
		return fmt.Errorf("%d policies of at most %d: %w", len(s), MaxPolicies, ErrPolicyLimit)
	}
	for i, p := range s {
		if err := p.Validate(); err != nil {
			return err
		}
		if s[:i].index(p.Name) >= 0 {
			return fmt.Errorf("%q: %w", p.Name, ErrPolicyExists)
		}
	}
	return nil
}

// Find looks up a policy by name.
func (s Policies) Find(name string) (Policy, bool) {
	i := s.index(name)
	if i < 0 {
		return Policy{}, false
	}
	return s[i], true
}

func (s Policies) index(name string) int {
	return slices.IndexFunc(s, func(p Policy) bool { return strings.EqualFold(p.Name, name) })
}

// With is the set and one more policy. It refuses a name that is there, a
// policy that is not valid, and the thirteenth.
func (s Policies) With(p Policy) (Policies, error) {
	bigger := append(slices.Clone(s), p)
	if err := bigger.Validate(); err != nil {
		return nil, fmt.Errorf("add policy: %w", err)
	}
	return bigger, nil
}

// Without is the set without the named policy.
func (s Policies) Without(name string) (Policies, error) {
	i := s.index(name)
	if i < 0 {
		return nil, fmt.Errorf("remove policy: %q: %w", name, ErrPolicyUnknown)
	}
	return slices.Delete(slices.Clone(s), i, i+1), nil
}

// Regenerated is the set with a fresh key in the named policy, which is also
// returned. Tokens made with the old key are refused from then on.
func (s Policies) Regenerated(name string, which Key) (Policies, Policy, error) {
	i := s.index(name)
	if i < 0 {
		return nil, Policy{}, fmt.Errorf("regenerate key: %q: %w", name, ErrPolicyUnknown)
	}
	changed := slices.Clone(s)
	if which == Secondary {
		changed[i].SecondaryKey = NewKey()
	} else {
		changed[i].PrimaryKey = NewKey()
	}
	return changed, changed[i], nil
}
