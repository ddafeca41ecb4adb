package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// plan works out the states that changes lead to from those that are known, and
// the batch that makes them so.
func (r *Resources) plan(ctx context.Context, b *store.Batch, changes []Change) ([]*state, *store.Batch, error) {
	full := &store.Batch{}
	if b != nil {
		full.Rows = append(full.Rows, b.Rows...)
		full.Positions = append(full.Positions, b.Positions...)
	}
	rows := schema.NewRows(r.table)
	next := make([]*state, len(changes))
	ahead := map[id]*state{} // what earlier changes of these lead to
	for i, c := range changes {
		if err := valid(&c); err != nil {
			return nil, nil, err
		}
		key := idOf(c.Type, c.Name)
		before, ok := ahead[key]
		if !ok {
			before = r.state(key)
		}
		s, err := r.step(before, c)
		if err != nil {
			return nil, nil, err
		}
		if err := r.appendRow(rows, before, s); err != nil {
			return nil, nil, err
		}
		p, err := r.position(ctx, before, s)
		if err != nil {
			return nil, nil, err
		}
		next[i], ahead[key] = s, s
		full.Positions = append(full.Positions, p)
	}
	if rows.Len() > 0 {
		full.Rows = append(full.Rows, rows)
	}
	return next, full, nil
}

func (r *Resources) state(key id) *state {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.states[key]
}

// position makes a change conditional on the state it starts from. Of one that
// was deleted long ago retention has left nothing but its position.
func (r *Resources) position(ctx context.Context, before, next *state) (event.Position, error) {
	p := event.Position{Source: positionSource, Partition: next.Type + "/" + strings.ToLower(next.Name), To: next.Etag}
	if before != nil {
		p.From = before.Etag
		return p, nil
	}
	var err error
	p.From, err = r.store.Position(ctx, p.Source, p.Partition)
	return p, err
}

// step makes one change of a state, nil for none.
func (r *Resources) step(before *state, c Change) (*state, error) {
	if err := agrees(before, &c); err != nil {
		return nil, err
	}
	s := &state{Resource: c.Resource, gone: c.Delete}
	s.Modified = schema.DatetimeOf(r.now()).Time() // the store keeps 100 ns
	if before != nil && !s.Modified.After(before.Modified) {
		s.Modified = before.Modified.Add(100 * time.Nanosecond)
	}
	s.Created = s.Modified
	if before != nil && !before.gone {
		s.Created = before.Created
	}
	s.Etag = strconv.FormatInt(int64(schema.DatetimeOf(s.Modified)), 36)
	if c.Delete {
		s.Name, s.Body = before.Name, nil
	}
	return s, nil
}

// agrees tells whether a state is what a change demands.
func agrees(before *state, c *Change) error {
	exists := before != nil && !before.gone
	conflict := &ConflictError{Type: c.Type, Name: c.Name, Match: c.Match}
	if exists {
		conflict.Found, conflict.By = before.Etag, before.By
	}
	switch {
	case c.Delete && !exists:
		return fmt.Errorf("%s %q: %w", c.Type, c.Name, ErrNotFound)
	case c.Match == Any:
		return nil
	case c.Match == Absent && exists, c.Match == Existing && !exists:
		return conflict
	case c.Match != Absent && c.Match != Existing && c.Match != conflict.Found:
		return conflict
	}
	return nil
}

// maxName is the longest name, in characters.
const maxName = 260

// valid checks what every resource must keep to, and makes the body compact.
func valid(c *Change) error {
	if c.Type == "" || strings.ContainsFunc(c.Type, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return &InvalidError{"type", fmt.Sprintf("%q is not a word of letters", c.Type)}
	}
	if c.Name == "" || !utf8.ValidString(c.Name) || utf8.RuneCountInString(c.Name) > maxName {
		return &InvalidError{"name", fmt.Sprintf("must have 1 to %d characters", maxName)}
	}
	if i := strings.IndexFunc(c.Name, func(r rune) bool { return r == '/' || !unicode.IsPrint(r) }); i >= 0 {
		return &InvalidError{"name", fmt.Sprintf("%q has a character at byte %d that names cannot have", c.Name, i)}
	}
	if c.Delete {
		return nil
	}
	return validBody(c)
}

func validBody(c *Change) error {
	if len(c.Body) > MaxBody {
		return &InvalidError{"body", fmt.Sprintf("has %d bytes: at most %d are kept", len(c.Body), MaxBody)}
	}
	if !utf8.Valid(c.Body) || !json.Valid(c.Body) {
		return &InvalidError{"body", "is not JSON"}
	}
	return nil
}
