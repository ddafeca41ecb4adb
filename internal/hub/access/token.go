package access

import (
	"errors"
	"time"
)

// Why a token is refused; the errors of Verify and ParseToken wrap one of
// these. None of them says anything about keys.
var (
	ErrMalformed     = errors.New("malformed token")
	ErrUnknownPolicy = errors.New("token names an unknown policy")
	ErrSignature     = errors.New("token has a bad signature")
	ErrExpired       = errors.New("token has expired")
	ErrAudience      = errors.New("token is for another resource")
)

// IsSAS tells a shared access signature from other tokens (a JWT) by its
// prefix; what a client says about the type cannot be relied on.
func IsSAS(token string) bool { return false }

// Sign makes a token for a resource ("sb://host/hub") that expires at expiry,
// in whole seconds.
func Sign(resource, keyName, key string, expiry time.Time) string { return "" }

// A Token is a shared access signature taken apart. It has not been verified.
type Token struct {
	// Path is the entity path of sr, without scheme and host, as EntityPath
	// gives it; "" is the whole namespace.
	Path string
	// KeyName is the policy named by skn, percent-decoded.
	KeyName string
	// Expires is se.
	Expires time.Time

	signed    string // the raw sr, a line feed, the raw se
	signature []byte // sig, decoded
}

// ParseToken takes a token apart. Its errors wrap ErrMalformed and name the
// field.
func ParseToken(text string) (Token, error) { return Token{}, ErrMalformed }

// EntityPath is the path of an address or audience: without scheme, host,
// port and superfluous slashes. "amqps://host:5671/Hub/Partitions/0" and
// "/Hub/Partitions/0" are both "Hub/Partitions/0". Case is kept.
func EntityPath(address string) string { return address }

// Covers tells whether what is granted for one entity path holds for
// another: they are equal or the second lies below the first, segment by
// segment, without case. "" covers everything.
func Covers(granted, path string) bool { return false }
