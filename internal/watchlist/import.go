package watchlist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// A Mode says what an import does to a list that is there.
type Mode uint8

// The modes. All of them make a list that is not there.
const (
	Create  Mode = iota // it must not be there
	Replace             // its items become those of the file
	Append              // the items of the file are added
)

// ImportOptions say how items are read.
type ImportOptions struct {
	Format Format // CSV if empty
	Mode   Mode
	// Match is what the list's state must be, as of resource.Change; Create
	// demands that there is none in any case.
	Match string
	By    string
	// MaxBytes bounds the file, MaxFile if 0.
	MaxBytes int64
}

// A Report tells what an import did.
type Report struct {
	List                                 *Watchlist
	Created, Updated, Deleted, Unchanged int
	Bad                                  int         // rows that were left out
	Problems                             []*RowError // of the first of them
}

const maxProblems = 100

// Import reads items and makes the list hold them, in one commit. Rows that are
// wrong are left out and reported. w says what the list is called and what its
// search key is; of a list that is there, what w leaves empty stays. An item of
// the file that the list has already, in every column, stays as it is; on
// Replace, one with the key of an item that the file does not have replaces
// that and keeps its id.
//
// A *RowError is about the head of the file; it and every other error leave the
// list as it was.
func (l *Lists) Import(ctx context.Context, w Watchlist, r io.Reader, opt ImportOptions) (*Report, error) {
	if opt.MaxBytes == 0 {
		opt.MaxBytes = MaxFile
	}
	if err := checkAlias(w.Alias); err != nil {
		return nil, err
	}
	items, report, err := readItems(&bounded{r: r, left: opt.MaxBytes, limit: opt.MaxBytes}, &w, opt.Format, l.keyOf(ctx, &w))
	if err != nil {
		return nil, err
	}
	if opt.Mode == Create {
		opt.Match = resource.Absent
	}
	before, err := l.Get(ctx, w.Alias)
	switch {
	case errors.Is(err, resource.ErrNotFound):
		err = l.importNew(ctx, &w, items, opt, report)
	case err == nil && opt.Match == resource.Absent:
		err = &resource.ConflictError{Type: resourceType, Name: w.Alias, Match: opt.Match, Found: before.Etag, By: before.UpdatedBy}
	case err == nil:
		err = l.importInto(ctx, &w, items, opt, report)
	}
	if err != nil {
		return nil, err
	}
	return report, nil
}

func checkAlias(alias string) error {
	probe := Watchlist{Alias: alias, SearchKey: "-"}
	return probe.valid()
}

// keyOf is the search key to read by: the given one, or that of the list.
func (l *Lists) keyOf(ctx context.Context, w *Watchlist) string {
	if w.SearchKey != "" {
		return w.SearchKey
	}
	if before, err := l.Get(ctx, w.Alias); err == nil {
		return before.SearchKey
	}
	return ""
}

// A fresh item is one that was read.
type fresh struct {
	key    string
	fields schema.DynamicValue
}

// readItems reads a file and sets the list's columns.
func readItems(r io.Reader, w *Watchlist, format Format, key string) ([]fresh, *Report, error) {
	if key == "" {
		return nil, nil, &InvalidError{"itemsSearchKey", "is missing: name the column that items are looked up by"}
	}
	report := &Report{}
	rows, err := newRowReader(r, format, w.SkippedLines)
	if err != nil {
		return nil, nil, err
	}
	w.SearchKey = key
	if rows.columns() != nil { // it has a header
		if err := checkKey(w, rows); err != nil {
			return nil, nil, err
		}
	}
	var items []fresh
	for {
		it, err := nextItem(rows, w)
		var wrong *RowError
		switch {
		case errors.Is(err, io.EOF):
			w.Columns = rows.columns()
			return items, report, checkKey(w, rows)
		case errors.As(err, &wrong):
			report.bad(wrong)
		case err != nil:
			return nil, nil, err
		case len(items) == MaxImport:
			return nil, nil, fmt.Errorf("the file has more than %d items: split it and append the parts", MaxImport)
		default:
			items = append(items, it)
		}
	}
}

func (r *Report) bad(e *RowError) {
	if r.Bad++; len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, e)
	}
}

func nextItem(rows rowReader, w *Watchlist) (fresh, error) {
	values, err := rows.next()
	if err != nil {
		return fresh{}, err
	}
	key := values[w.SearchKey]
	if key == "" {
		return fresh{}, &RowError{Line: rows.line(), Problem: fmt.Sprintf("%q is empty, the column that items are looked up by", w.SearchKey)}
	}
	fields, err := fieldsJSON(values)
	if err != nil {
		return fresh{}, &RowError{Line: rows.line(), Problem: err.Error()}
	}
	return fresh{key, fields}, nil
}

// checkKey checks that the search key is a column.
func checkKey(w *Watchlist, rows rowReader) error {
	if slices.Contains(rows.columns(), w.SearchKey) {
		return nil
	}
	return &InvalidError{"itemsSearchKey", fmt.Sprintf("%q is no column of the file: it has %s", w.SearchKey, strings.Join(rows.columns(), ", "))}
}

// importNew makes a list.
func (l *Lists) importNew(ctx context.Context, w *Watchlist, items []fresh, opt ImportOptions, report *Report) error {
	made := *w
	made.ID, made.Items, made.CreatedBy = newID(), 0, opt.By
	if made.DisplayName == "" {
		made.DisplayName = made.Alias
	}
	d := l.draft(&made, opt.By)
	d.fresh = true
	match := opt.Match
	if match == resource.Any {
		match = resource.Absent // another one may make it meanwhile
	}
	for _, it := range items {
		if err := d.put(&Item{ID: newID(), Key: it.key}, it.fields, tables.StatusCreate); err != nil {
			return err
		}
	}
	report.Created = len(items)
	var err error
	report.List, err = d.commit(ctx, match)
	return err
}

// importInto changes a list that is there.
func (l *Lists) importInto(ctx context.Context, w *Watchlist, items []fresh, opt ImportOptions, report *Report) error {
	done, err := l.change(ctx, w.Alias, opt.Match, opt.By, func(d *draft) error {
		report.Created, report.Updated, report.Deleted, report.Unchanged = 0, 0, 0, 0
		if err := d.describe(w, opt.Mode); err != nil {
			return err
		}
		old, err := d.stored(ctx)
		if err != nil {
			return err
		}
		return d.merge(old, items, opt.Mode, report)
	})
	report.List = done
	return err
}

// describe takes over what an import says about a list.
func (d *draft) describe(w *Watchlist, mode Mode) error {
	if mode == Append {
		if w.SearchKey != d.list.SearchKey {
			return &InvalidError{"itemsSearchKey", fmt.Sprintf("%q is not that of the watchlist, which is %q", w.SearchKey, d.list.SearchKey)}
		}
		for _, name := range w.Columns {
			if !slices.Contains(d.list.Columns, name) {
				d.list.Columns = append(d.list.Columns, name)
			}
		}
	} else {
		d.list.SearchKey, d.list.Columns, d.list.SkippedLines = w.SearchKey, w.Columns, w.SkippedLines
	}
	if len(d.list.Columns) > maxColumns {
		return fmt.Errorf("the watchlist would have %d columns: at most %d are kept", len(d.list.Columns), maxColumns)
	}
	for _, f := range []struct{ to, from *string }{
		{&d.list.DisplayName, &w.DisplayName},
		{&d.list.Description, &w.Description},
		{&d.list.Provider, &w.Provider},
		{&d.list.Source, &w.Source},
		{&d.list.DefaultDuration, &w.DefaultDuration},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if w.Labels != nil {
		d.list.Labels = w.Labels
	}
	return nil
}

// A digest stands for a text that need not be remembered.
type digest = xxh3.Uint128

// inventory is what a list holds: the places of its items by what they say, and
// by their keys.
type inventory struct {
	items []Item // without fields
	same  map[digest][]int
	keys  map[digest][]int
	taken []bool
}

// stored reads the inventory of the list.
func (d *draft) stored(ctx context.Context) (*inventory, error) {
	inv := &inventory{same: map[digest][]int{}, keys: map[digest][]int{}}
	err := d.lists.each(ctx, d.list.ID, "", func(it *Item) error {
		text, err := fieldsJSON(it.Fields)
		if err != nil {
			return err
		}
		it.Fields = nil
		i := len(inv.items)
		inv.items = append(inv.items, *it)
		said, key := xxh3.HashString128(string(text)), xxh3.HashString128(it.Key)
		inv.same[said], inv.keys[key] = append(inv.same[said], i), append(inv.keys[key], i)
		return nil
	})
	inv.taken = make([]bool, len(inv.items))
	return inv, err
}

// take returns an item that was not taken yet, nil if there is none.
func (v *inventory) take(from map[digest][]int, by digest) *Item {
	list := from[by]
	for len(list) > 0 {
		i := list[0]
		list = list[1:]
		from[by] = list
		if !v.taken[i] {
			v.taken[i] = true
			return &v.items[i]
		}
	}
	return nil
}

// merge adds the rows that make the list hold the items.
func (d *draft) merge(old *inventory, items []fresh, mode Mode, report *Report) error {
	var changed []fresh
	for _, it := range items {
		if old.take(old.same, xxh3.HashString128(string(it.fields))) != nil {
			report.Unchanged++
			continue
		}
		changed = append(changed, it)
	}
	for _, it := range changed {
		row, status := &Item{Key: it.key}, tables.StatusCreate
		if mode == Replace {
			if before := old.take(old.keys, xxh3.HashString128(it.key)); before != nil {
				row, status = before, tables.StatusUpdate
				d.after(before)
				report.Updated++
			}
		}
		if status == tables.StatusCreate {
			row.ID = newID()
			report.Created++
		}
		if err := d.put(row, it.fields, status); err != nil {
			return err
		}
	}
	if mode != Replace {
		return nil
	}
	return d.rest(old, report)
}

// rest removes the items that were not taken.
func (d *draft) rest(old *inventory, report *Report) error {
	for i := range old.items {
		if old.taken[i] {
			continue
		}
		report.Deleted++
		if err := d.remove(&old.items[i]); err != nil {
			return err
		}
	}
	return nil
}

// A bounded reader fails where a file is too large.
type bounded struct {
	r           io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the file is larger than %d bytes", b.limit)
	}
	return n, err
}
