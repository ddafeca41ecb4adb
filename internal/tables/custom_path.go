package tables

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/event"
)

// A recordPath is a place in a record, from the outside in.
type recordPath []step

// A step is a member's key, or an element's index when key is "" and index is
// above -1.
type step struct {
	key     string
	index   int
	element bool
}

// parsePath reads a.b, a[0].b, a["key with dots"].b.
func parsePath(s string) (recordPath, error) {
	var path recordPath
	rest := s
	for rest != "" || len(path) == 0 {
		next, after, ok := cutStep(rest, len(path) == 0)
		if !ok {
			return nil, fmt.Errorf("path %q: want keys like a.b, a[0].b or a[\"b.c\"]", s)
		}
		path = append(path, next)
		rest = after
	}
	return path, nil
}

// cutStep cuts the first step off.
func cutStep(s string, first bool) (step, string, bool) {
	if strings.HasPrefix(s, "[") {
		return cutBracket(s[1:])
	}
	if !first {
		if !strings.HasPrefix(s, ".") {
			return step{}, "", false
		}
		s = s[1:]
	}
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	return step{key: s[:end]}, s[end:], end > 0
}

func cutBracket(s string) (step, string, bool) {
	if quoted, err := strconv.QuotedPrefix(s); err == nil {
		key, err := strconv.Unquote(quoted)
		rest, closed := strings.CutPrefix(s[len(quoted):], "]")
		return step{key: key}, rest, closed && err == nil
	}
	digits, rest, closed := strings.Cut(s, "]")
	index, err := strconv.Atoi(digits)
	return step{index: index, element: true}, rest, closed && err == nil && index >= 0
}

// in returns the value at that place.
func (p recordPath) in(v event.Value) event.Value {
	for _, s := range p {
		if !s.element {
			v = v.Get(s.key)
			continue
		}
		if v.Kind() != event.Array {
			return event.Value{}
		}
		v = element(v, s.index)
	}
	return v
}

func element(array event.Value, index int) event.Value {
	v := array.First()
	for ; v.Exists() && index > 0; index-- {
		v = v.Next(array)
	}
	return v
}

// names tells whether the path is just that member of the record.
func (p recordPath) names(key []byte) bool {
	return len(p) == 1 && !p[0].element && p[0].key == string(key)
}

// A condition is one demand on a record.
type condition struct {
	field  recordPath
	exists bool     // or must not exist; null counts as not there
	any    []string // if not empty: the text is one of these
	prefix string   // if not empty: the text begins so
}

func (c *condition) holds(v event.Value) bool {
	v = c.field.in(v)
	there := v.Exists() && v.Kind() != event.Null
	if there != c.exists || !there {
		return there == c.exists
	}
	if len(c.any) == 0 && c.prefix == "" {
		return true
	}
	own := plain(v).b
	for _, want := range c.any {
		if string(own) == want {
			return true
		}
	}
	return c.prefix != "" && bytes.HasPrefix(own, []byte(c.prefix))
}

// claims tells whether a record meets all conditions.
func (s *customSpec) claims(rec *event.Record) bool {
	for i := range s.match {
		if !s.match[i].holds(rec.Root()) {
			return false
		}
	}
	return true
}
