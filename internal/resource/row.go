package resource

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// appendRow adds the history row of a state.
func (r *Resources) appendRow(rows *schema.Rows, before, s *state) error {
	var body bytes.Buffer
	if !s.gone {
		if err := json.Compact(&body, s.Body); err != nil {
			return &InvalidError{"body", "is not JSON: " + err.Error()}
		}
		s.Body = body.Bytes()
	}
	for _, v := range []struct {
		column string
		value  any
	}{
		{"TimeGenerated", schema.DatetimeOf(s.Modified)},
		{"ResourceType", s.Type},
		{"ResourceName", s.Name},
		{"ResourceKey", strings.ToLower(s.Name)},
		{"ResourceStatus", status(before, s)},
		{"Etag", s.Etag},
		{"CreatedTime", schema.DatetimeOf(s.Created)},
		{"Body", schema.DynamicValue(body.String())},
		{"ModifiedBy", strings.ToValidUTF8(s.By, "\uFFFD")},
	} {
		if err := rows.Set(v.column, v.value); err != nil {
			rows.Discard()
			return fmt.Errorf("write %s %q: %w", s.Type, s.Name, err)
		}
	}
	rows.End(rowID(s))
	return nil
}

// status says what a change did.
func status(before, s *state) string {
	switch {
	case s.gone:
		return tables.StatusDelete
	case before == nil || before.gone:
		return tables.StatusCreate
	}
	return tables.StatusUpdate
}

// rowID identifies a state.
func rowID(s *state) schema.ID {
	h := xxh3.HashString128(strings.Join([]string{positionSource, s.Type, strings.ToLower(s.Name), s.Etag}, "\x00"))
	var id schema.ID
	binary.BigEndian.PutUint64(id[:8], h.Hi)
	binary.BigEndian.PutUint64(id[8:], h.Lo)
	return id
}

// present asks for the newest row of every resource.
const present = tableName + " | summarize arg_max(_Sequence, *) by ResourceType, ResourceKey"

// load reads the present states out of the store.
func (r *Resources) load(ctx context.Context) (err error) {
	cursor, err := r.ask(ctx, present)
	if err != nil {
		return fmt.Errorf("read resources: %w", err)
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	states := map[id]*state{}
	for {
		values, err := cursor.Next()
		if err != nil {
			return fmt.Errorf("read resources: %w", err)
		}
		if values == nil {
			break
		}
		s := readRow(cursor.Columns(), values)
		states[idOf(s.Type, s.Name)] = s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = states
	r.announce()
	return nil
}

// readRow reads a state.
func readRow(columns []schema.Column, values []any) *state {
	at := func(name string) any {
		i := slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name })
		if i < 0 {
			return nil
		}
		return values[i]
	}
	text := func(name string) string { s, _ := at(name).(string); return s }
	when := func(name string) time.Time { t, _ := at(name).(schema.DatetimeValue); return t.Time() }
	body, _ := at("Body").(schema.DynamicValue)
	return &state{
		Resource: Resource{
			Type: text("ResourceType"), Name: text("ResourceName"), Etag: text("Etag"), By: text("ModifiedBy"),
			Created: when("CreatedTime"), Modified: when("TimeGenerated"), Body: json.RawMessage(body),
		},
		gone: text("ResourceStatus") == tables.StatusDelete,
	}
}
