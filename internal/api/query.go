package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/api/call"
)

// A query reads the parameters of a call. The first that is wrong is its error.
type query struct {
	values url.Values
	err    error
}

func (q *query) fail(name, format string, args ...any) {
	if q.err == nil {
		q.err = call.Bad(name, "%s %s", name, fmt.Sprintf(format, args...))
	}
}

// maxText bounds what people search for, in bytes.
const maxText = 1000

func (q *query) text(name string) string {
	text := q.values.Get(name)
	if len(text) > maxText {
		q.fail(name, "has %d bytes: at most %d are taken", len(text), maxText)
	}
	return text
}

// time is zero if the parameter is not given.
func (q *query) time(name string) time.Time {
	text := q.values.Get(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.fail(name, "%q: want a time such as 2026-03-02T09:15:00Z", text)
	}
	return t
}

// words reads a parameter that can be given several times, each one of the
// allowed words in any case.
func words[T ~string](q *query, name string, allowed []T) []T {
	var list []T
	for _, text := range q.values[name] {
		i := slices.IndexFunc(allowed, func(a T) bool { return strings.EqualFold(string(a), text) })
		if i < 0 {
			q.fail(name, "%q: want %s", text, oneOf(allowed))
			return nil
		}
		list = append(list, allowed[i])
	}
	return list
}

// word reads one of the allowed words, "" if the parameter is not given.
func word[T ~string](q *query, name string, allowed []T) T {
	list := words(q, name, allowed)
	switch {
	case len(list) == 0:
		return ""
	case len(list) > 1:
		q.fail(name, "is given %d times: want it once", len(list))
	}
	return list[0]
}

// oneOf lists words for people: New, Active or Closed.
func oneOf[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}
