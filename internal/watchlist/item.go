package watchlist

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// errEnough ends the reading of items that nobody wants any more.
var errEnough = errors.New("enough items")

// Items yields the items of a list, the longest unchanged first. An error is
// the last that it yields.
func (l *Lists) Items(ctx context.Context, alias string) iter.Seq2[*Item, error] {
	return func(yield func(*Item, error) bool) {
		w, err := l.Get(ctx, alias)
		if err == nil {
			err = l.each(ctx, w.ID, "", func(it *Item) error {
				if !yield(it, nil) {
					return errEnough
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// Page returns at most limit items of a list, behind the first skip.
func (l *Lists) Page(ctx context.Context, alias string, skip, limit int) ([]*Item, error) {
	var page []*Item
	for it, err := range l.Items(ctx, alias) {
		if err != nil {
			return nil, err
		}
		if skip--; skip >= 0 {
			continue
		}
		if page = append(page, it); len(page) == limit {
			break
		}
	}
	return page, nil
}

// Item returns an item by its id, or ErrNoItem.
func (l *Lists) Item(ctx context.Context, alias, id string) (*Item, error) {
	w, err := l.Get(ctx, alias)
	if err != nil {
		return nil, err
	}
	it, err := l.item(ctx, w, id)
	if err == nil && it == nil {
		return nil, fmt.Errorf("item %q of watchlist %q: %w", id, alias, ErrNoItem)
	}
	return it, err
}

// item returns an item, nil if there is none.
func (l *Lists) item(ctx context.Context, w *Watchlist, id string) (found *Item, err error) {
	id, err = itemID(id)
	if err != nil {
		return nil, err
	}
	err = l.each(ctx, w.ID, fmt.Sprintf("_DTItemId == %q", id), func(it *Item) error {
		found = it
		return nil
	})
	return found, err
}

// itemID checks an id and makes it lower-case.
func itemID(id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", &InvalidError{"watchlistItemId", fmt.Sprintf("%q is no GUID", id)}
	}
	return parsed.String(), nil
}

// PutItem makes an item, or replaces the one with its id; an item without an id
// gets one. It may have only columns that the list has. match is about the item,
// as in resource.Change.
func (l *Lists) PutItem(ctx context.Context, alias string, it Item, match string) (*Item, error) {
	if it.ID == "" {
		it.ID = newID()
	}
	_, err := l.change(ctx, alias, resource.Any, it.By, func(d *draft) error {
		before, err := l.item(ctx, d.list, it.ID)
		if err != nil {
			return err
		}
		if err := agrees(alias, before, it.ID, match); err != nil {
			return err
		}
		fields, err := d.fields(&it)
		if err != nil {
			return err
		}
		status := tables.StatusCreate
		if before != nil {
			status, it.Created = tables.StatusUpdate, before.Created
			d.after(before)
		}
		it.ID = strings.ToLower(it.ID)
		return d.put(&it, fields, status)
	})
	if err != nil {
		return nil, err
	}
	return l.Item(ctx, alias, it.ID)
}

// after makes the change later than an item's present state, so that its etag
// is another one.
func (d *draft) after(it *Item) {
	d.now = max(d.now, schema.DatetimeOf(it.Updated)+1)
}

// DeleteItem removes an item. match is about the item, as in resource.Change.
func (l *Lists) DeleteItem(ctx context.Context, alias, id, match, by string) error {
	_, err := l.change(ctx, alias, resource.Any, by, func(d *draft) error {
		before, err := l.item(ctx, d.list, id)
		if err != nil {
			return err
		}
		if before == nil {
			return fmt.Errorf("item %q of watchlist %q: %w", id, alias, ErrNoItem)
		}
		if err := agrees(alias, before, id, match); err != nil {
			return err
		}
		return d.remove(before)
	})
	return err
}

// agrees tells whether an item's state, nil for none, is what a change demands.
func agrees(alias string, before *Item, id, match string) error {
	conflict := &resource.ConflictError{Type: "item of watchlist " + alias, Name: id, Match: match}
	if before != nil {
		conflict.Found, conflict.By = before.Etag, before.By
	}
	switch {
	case match == resource.Any, match == resource.Existing && before != nil, match == resource.Absent && before == nil:
		return nil
	case before != nil && match == before.Etag:
		return nil
	}
	return conflict
}

// fields checks an item, gives it its key and writes its fields as JSON.
func (d *draft) fields(it *Item) (schema.DynamicValue, error) {
	for name := range it.Fields {
		if !slices.Contains(d.list.Columns, name) {
			return "", &InvalidError{"itemsKeyValue", fmt.Sprintf("has %q: the watchlist has the columns %s", name, strings.Join(d.list.Columns, ", "))}
		}
	}
	it.Key = it.Fields[d.list.SearchKey]
	if it.Key == "" {
		return "", &InvalidError{"itemsKeyValue", fmt.Sprintf("has no %q, the column that items are looked up by", d.list.SearchKey)}
	}
	text, err := fieldsJSON(it.Fields)
	if err != nil {
		return "", &InvalidError{"itemsKeyValue", err.Error()}
	}
	return text, nil
}

// fieldsJSON writes fields as JSON, always in the same order.
func fieldsJSON(fields map[string]string) (schema.DynamicValue, error) {
	text, err := json.Marshal(fields, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("it is not valid UTF-8")
	}
	if len(text) > MaxItem {
		return "", fmt.Errorf("it has %d bytes: at most %d are kept", len(text), MaxItem)
	}
	return schema.DynamicValue(text), nil
}

// Export writes the items of a list as a CSV file with a header.
func (l *Lists) Export(ctx context.Context, alias string, to io.Writer) error {
	w, err := l.Get(ctx, alias)
	if err != nil {
		return err
	}
	out := csv.NewWriter(to)
	row := slices.Clone(w.Columns)
	if err := out.Write(row); err != nil {
		return err
	}
	err = l.each(ctx, w.ID, "", func(it *Item) error {
		for i, name := range w.Columns {
			row[i] = it.Fields[name]
		}
		return out.Write(row)
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}
