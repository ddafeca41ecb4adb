package call

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of the length of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Names of the parameters of pages.
type Names struct{ Limit, Token string }

// Limit reads how long a page may be, fallback if the call does not say.
func (n Names) limit(q url.Values, fallback int) (int, error) {
	text := q.Get(n.Limit)
	if text == "" {
		return fallback, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > MaxLimit {
		return 0, Bad(n.Limit, "%s %q: want 1 to %d", n.Limit, text, MaxLimit)
	}
	return limit, nil
}

// A Page is a part of a list.
type Page struct {
	Limit int
	Token string // where it begins, "" for the start
	names Names
	url   *url.URL
	host  string
}

// PageOf reads which page a call wants.
func PageOf(r *http.Request, names Names) (Page, error) {
	q := r.URL.Query()
	limit, err := names.limit(q, DefaultLimit)
	if err != nil {
		return Page{}, err
	}
	p := Page{Limit: limit, names: names, url: r.URL, host: r.Host}
	token, err := base64.RawURLEncoding.DecodeString(q.Get(names.Token))
	if err != nil {
		return p, p.badToken()
	}
	p.Token = string(token)
	return p, nil
}

func (p Page) badToken() *Problem {
	return Bad(p.names.Token, "%s is none of this server: follow nextLink as it is", p.names.Token)
}

// Skip is how many come before the page, if tokens are numbers.
func (p Page) Skip() (int, error) {
	if p.Token == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(p.Token)
	if err != nil || n < 0 {
		return 0, p.badToken()
	}
	return n, nil
}

// After is the time and the id of the last one before the page, if tokens are
// of that kind; zero at the start.
func (p Page) After() (time.Time, string, error) {
	if p.Token == "" {
		return time.Time{}, "", nil
	}
	when, id, _ := strings.Cut(p.Token, " ")
	t, err := time.Parse(time.RFC3339Nano, when)
	if err != nil {
		return t, id, p.badToken()
	}
	return t, id, nil
}

// Next is the address of the page that begins at a token.
func (p Page) Next(token string) string {
	q := p.url.Query()
	q.Set(p.names.Token, base64.RawURLEncoding.EncodeToString([]byte(token)))
	next := url.URL{Scheme: "http", Host: p.host, Path: p.url.Path, RawQuery: q.Encode()}
	return next.String()
}

// PastToken is the token of the page that begins after one with this time and
// id.
func PastToken(t time.Time, id string) string { return t.UTC().Format(time.RFC3339Nano) + " " + id }

// Cut makes a page of a list that holds one more than the page's limit if there
// are further ones. token tells where the next page begins, behind the last of
// this one.
func Cut[T any](p Page, list []T, token func(last T) string) List[T] {
	if len(list) <= p.Limit {
		if list == nil {
			list = []T{}
		}
		return List[T]{Value: list}
	}
	list = list[:p.Limit]
	return List[T]{Value: list, NextLink: p.Next(token(list[p.Limit-1]))}
}

// Slice makes a page of a whole list, by the number of those before it.
func Slice[T any](p Page, list []T) (List[T], error) {
	skip, err := p.Skip()
	if err != nil {
		return List[T]{}, err
	}
	return Cut(p, list[min(skip, len(list)):], func(T) string { return strconv.Itoa(skip + p.Limit) }), nil
}
