// Package access says who may do what with a hub: rights, the policies that
// carry them with two keys each, the tokens that are signed with such a key,
// and the connection strings that hold one. It stands beside the protocol:
// the server asks it before a link is attached, clients make tokens with it.
//
// Invariant: no key and no signature ever appears in an error, in String or in
// a log value; only the methods whose name says so (Text) give it away.
package access

import (
	"errors"
	"fmt"
	"strings"
)

// Rights are a set of claims. Manage holds the other two.
type Rights uint8

// The claims of the service.
const (
	Send   Rights = 1 << 0
	Listen Rights = 1 << 1
	Manage Rights = 1<<2 | Send | Listen
)

// ErrRights is what errors about rights wrap.
var ErrRights = errors.New("rights must be one or more of Manage, Send, Listen")

// Has tells whether all wanted claims are in the set.
func (r Rights) Has(want Rights) bool { return r&want == want }

// Names are the claims of the set, in the service's words and order: a set
// with Manage names all three.
func (r Rights) Names() []string {
	names := []string{}
	if r.Has(Manage) {
		names = append(names, "Manage")
	}
	if r.Has(Send) {
		names = append(names, "Send")
	}
	if r.Has(Listen) {
		names = append(names, "Listen")
	}
	return names
}

// String lists the claims with commas: "Send, Listen".
func (r Rights) String() string { return strings.Join(r.Names(), ", ") }

// ParseRights reads claims between commas or spaces, in any case and order.
func ParseRights(text string) (Rights, error) {
	var r Rights
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		switch {
		case strings.EqualFold(word, "Manage"):
			r |= Manage
		case strings.EqualFold(word, "Send"):
			r |= Send
		case strings.EqualFold(word, "Listen"):
			r |= Listen
		default:
			return 0, fmt.Errorf("%q: %w", word, ErrRights)
		}
	}
	if r == 0 {
		return 0, ErrRights
	}
	return r, nil
}

func (r Rights) valid() bool { return r == Send || r == Listen || r == Send|Listen || r == Manage }

// MarshalText writes what String says, for JSON.
func (r Rights) MarshalText() ([]byte, error) {
	if !r.valid() {
		return nil, ErrRights
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads what ParseRights does.
func (r *Rights) UnmarshalText(text []byte) error {
	parsed, err := ParseRights(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
