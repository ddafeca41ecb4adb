package watchlist

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/zeebo/xxh3"

	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

func newID() string { return uuid.NewString() }

// self adds the row about the list itself.
func (d *draft) self() error {
	w := d.list
	status := tables.StatusUpdate
	switch {
	case d.deleted:
		status = tables.StatusDelete
	case d.fresh:
		status = tables.StatusCreate
	}
	created := schema.DatetimeOf(w.Created)
	if d.fresh {
		created = d.now
	}
	return d.append(w.ID, status, []value{
		{"_DTItemType", tables.WatchlistItself},
		{"SearchKey", w.SearchKey},
		{"CreatedTimeUTC", created},
		{"CreatedBy", person(w.CreatedBy)},
	})
}

// put adds the row of an item's new state.
func (d *draft) put(it *Item, fields schema.DynamicValue, status string) error {
	if status == tables.StatusCreate {
		d.list.Items++
		it.Created = d.now.Time()
	}
	return d.item(it, status, value{"WatchlistItem", fields}, value{"EntityMapping", schema.DynamicValue(it.Entities)})
}

// remove adds the row that ends an item.
func (d *draft) remove(it *Item) error {
	d.list.Items--
	return d.item(it, tables.StatusDelete)
}

func (d *draft) item(it *Item, status string, more ...value) error {
	return d.append(it.ID, status, append(more,
		value{"_DTItemType", tables.WatchlistItem},
		value{"WatchlistItemId", it.ID},
		value{"SearchKey", it.Key},
		value{"CreatedTimeUTC", schema.DatetimeOf(it.Created)},
	))
}

// A value is what a column of a row holds.
type value struct {
	column string
	value  any
}

// append adds a row: what is the same in all rows of a change, and more.
func (d *draft) append(id, status string, more []value) error {
	w := d.list
	tags, _ := json.Marshal(append([]string{}, w.Labels...)) // texts always marshal
	for _, v := range append([]value{
		{"TenantId", d.lists.opt.WorkspaceID},
		{"TimeGenerated", d.now},
		{"WatchlistId", w.ID},
		{"WatchlistName", w.DisplayName},
		{"WatchlistAlias", w.Alias},
		{"Source", w.Source},
		{"Provider", w.Provider},
		{"Notes", w.Description},
		{"Tags", string(tags)},
		{"DefaultDuration", w.DefaultDuration},
		{"UpdatedBy", person(d.by)},
		{"LastUpdatedTimeUTC", d.now},
		{"CorrelationId", d.correlation},
		{"_DTItemId", id},
		{"_DTItemStatus", status},
		{"_DTTimestamp", d.now},
		{"SourceSystem", "Nephoscope"},
	}, more...) {
		if text, ok := v.value.(string); ok {
			v.value = strings.ToValidUTF8(text, "\uFFFD")
		}
		if err := d.rows.Set(v.column, v.value); err != nil {
			d.rows.Discard()
			return fmt.Errorf("write watchlist %q: %w", w.Alias, err)
		}
	}
	d.rows.End(rowID(d.correlation, id, status))
	return nil
}

// rowID identifies a row: an item has one per change.
func rowID(parts ...string) (id schema.ID) {
	h := xxh3.HashString128(tableName + "\x00" + strings.Join(parts, "\x00"))
	binary.BigEndian.PutUint64(id[:8], h.Hi)
	binary.BigEndian.PutUint64(id[8:], h.Lo)
	return id
}

// person is somebody as the table names people.
func person(name string) schema.DynamicValue {
	text, _ := json.Marshal(map[string]string{"objectId": "", "email": "", "name": strings.ToValidUTF8(name, "\uFFFD")})
	return schema.DynamicValue(text)
}

// present is a query for the items of a list.
func present(id, where string) string {
	if where != "" {
		where = " and " + where
	}
	return fmt.Sprintf(`%s | where WatchlistId == %q and _DTItemType == %q%s
		| summarize arg_max(_Sequence, _DTItemStatus, SearchKey, WatchlistItem, EntityMapping, CreatedTimeUTC, LastUpdatedTimeUTC, UpdatedBy) by _DTItemId
		| where _DTItemStatus != %q
		| order by _Sequence asc`, tableName, id, tables.WatchlistItem, where, tables.StatusDelete)
}

// each calls yield with the items of a list, in the order of their changes.
// where is a further condition in KQL, "" for none.
func (l *Lists) each(ctx context.Context, id, where string, yield func(*Item) error) (err error) {
	cursor, err := l.ask(ctx, present(id, where))
	if err != nil {
		return fmt.Errorf("read the items of a watchlist: %w", err)
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	read := itemReader(cursor.Columns())
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		it, err := read(values)
		if err == nil {
			err = yield(it)
		}
		if err != nil {
			return err
		}
	}
}

// itemReader returns what reads an item out of the columns.
func itemReader(columns []schema.Column) func([]any) (*Item, error) {
	place := func(name string) int {
		return slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name })
	}
	id, key, fields, entities := place("_DTItemId"), place("SearchKey"), place("WatchlistItem"), place("EntityMapping")
	created, updated, by := place("CreatedTimeUTC"), place("LastUpdatedTimeUTC"), place("UpdatedBy")
	return func(values []any) (*Item, error) {
		it := &Item{}
		it.ID, _ = values[id].(string)
		it.Key, _ = values[key].(string)
		it.Created, it.Updated = timeOf(values[created]), timeOf(values[updated])
		it.Etag = strconv.FormatInt(int64(schema.DatetimeOf(it.Updated)), 36)
		if v, ok := values[entities].(schema.DynamicValue); ok {
			it.Entities = json.RawMessage(v)
		}
		var who struct{ Name string }
		if v, ok := values[by].(schema.DynamicValue); ok {
			_ = json.Unmarshal([]byte(v), &who) // another product's row may differ
			it.By = who.Name
		}
		v, _ := values[fields].(schema.DynamicValue)
		if err := json.Unmarshal([]byte(v), &it.Fields); err != nil {
			return nil, fmt.Errorf("item %s of a watchlist is no object of texts: %w", it.ID, err)
		}
		return it, nil
	}
}

func timeOf(v any) time.Time {
	t, _ := v.(schema.DatetimeValue)
	return t.Time()
}
