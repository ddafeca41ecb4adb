package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Why a token or a key is refused; the errors of Verify, ParseToken and Login
// wrap one of these.
var (
	ErrMalformed     = errors.New("malformed token")
	ErrUnknownPolicy = errors.New("unknown policy")
	ErrSignature     = errors.New("token has a bad signature")
	ErrExpired       = errors.New("token has expired")
	ErrAudience      = errors.New("token is for another resource")
	ErrKey           = errors.New("wrong key")
)

const tokenPrefix = "SharedAccessSignature "

// maxToken is the longest token that is looked at.
const maxToken = 8 << 10

// IsSAS tells a shared access signature from other tokens (a JWT) by its
// prefix; what a client says about the type cannot be relied on.
func IsSAS(token string) bool {
	return len(token) >= len(tokenPrefix) && strings.EqualFold(token[:len(tokenPrefix)], tokenPrefix)
}

// Sign makes a token for a resource ("sb://host/hub") that expires at expiry,
// in whole seconds.
func Sign(resource, keyName, key string, expiry time.Time) string {
	sr := url.QueryEscape(resource)
	se := strconv.FormatInt(expiry.Unix(), 10)
	sig := base64.StdEncoding.EncodeToString(mac(key, sr+"\n"+se))
	return tokenPrefix + "sr=" + sr + "&sig=" + url.QueryEscape(sig) + "&se=" + se + "&skn=" + url.QueryEscape(keyName)
}

// mac signs with the bytes of a key as it is written.
func mac(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

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
func ParseToken(text string) (Token, error) {
	switch {
	case !IsSAS(text):
		return Token{}, malformed("it does not begin with %q", tokenPrefix)
	case len(text) > maxToken:
		return Token{}, malformed("it is longer than %d bytes", maxToken)
	}
	fields, err := tokenFields(strings.TrimSpace(text[len(tokenPrefix):]))
	if err != nil {
		return Token{}, err
	}
	t := Token{signed: fields.sr + "\n" + fields.se}
	if t.Path, err = tokenPath(fields.sr); err != nil {
		return Token{}, err
	}
	if t.Expires, err = tokenExpiry(fields.se); err != nil {
		return Token{}, err
	}
	if t.KeyName, err = url.PathUnescape(fields.skn); err != nil || len(t.KeyName) > 256 {
		return Token{}, malformed("skn is not a percent-encoded name of at most 256 bytes")
	}
	if t.signature, err = tokenSignature(fields.sig); err != nil {
		return Token{}, err
	}
	return t, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// rawFields are a token's fields as they came.
type rawFields struct{ sr, sig, se, skn string }

// tokenFields cuts a token into its fields. Fields that we do not know are not
// signed and mean nothing.
func tokenFields(text string) (rawFields, error) {
	var fields rawFields
	known := map[string]*string{"sr": &fields.sr, "sig": &fields.sig, "se": &fields.se, "skn": &fields.skn}
	for part := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(part, "=")
		field := known[name]
		if field == nil {
			continue
		}
		if *field != "" {
			return fields, malformed("%s is there twice", name)
		}
		*field = value
	}
	for _, name := range []string{"sr", "sig", "se", "skn"} {
		if *known[name] == "" {
			return fields, malformed("%s is missing", name)
		}
	}
	return fields, nil
}

// tokenPath is the entity path of a raw sr.
func tokenPath(sr string) (string, error) {
	resource, err := url.QueryUnescape(sr)
	if err != nil {
		return "", malformed("sr is not percent-encoded")
	}
	scheme, _, ok := strings.Cut(resource, "://")
	if !ok || !slices.Contains([]string{"sb", "amqp", "amqps", "http", "https"}, strings.ToLower(scheme)) {
		return "", malformed("sr does not begin with sb://, amqp://, amqps://, http:// or https://")
	}
	return EntityPath(resource), nil
}

// tokenExpiry reads se: seconds since 1970, up to the end of the year 9999.
func tokenExpiry(se string) (time.Time, error) {
	n, err := strconv.ParseUint(se, 10, 63)
	if err != nil || n > 253_402_300_799 {
		return time.Time{}, malformed("se is not a number of seconds since 1970")
	}
	return time.Unix(int64(n), 0).UTC(), nil
}

// tokenSignature decodes sig. A plus sign may have come as it is.
func tokenSignature(sig string) ([]byte, error) {
	text, err := url.PathUnescape(sig)
	if err != nil {
		return nil, malformed("sig is not percent-encoded")
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(signature) != sha256.Size {
		return nil, malformed("sig is not the base64 text of %d bytes", sha256.Size)
	}
	return signature, nil
}

// signedBy tells, in constant time, whether a policy's key made the signature.
// Anybody could sign with an empty key, so a policy without keys has none.
func (t Token) signedBy(p Policy) bool {
	primary := subtle.ConstantTimeCompare(t.signature, mac(p.PrimaryKey, t.signed))
	secondary := subtle.ConstantTimeCompare(t.signature, mac(p.SecondaryKey, t.signed))
	return primary == 1 && p.PrimaryKey != "" || secondary == 1 && p.SecondaryKey != ""
}
