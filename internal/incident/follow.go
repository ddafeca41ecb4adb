package incident

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// beforeAll is a sequence that no row has: the first row of a store has 0.
const beforeAll = -1

// A follower keeps a book up to date with the table, whoever writes there. The
// book changes in refresh and nowhere else.
type follower struct {
	book *book
	at   int64 // the rows up to this sequence are in the book
}

// refresh reads what has been committed since the last time.
func (k *Keeper) refresh(ctx context.Context) error {
	f := &k.follow
	if f.at == beforeAll {
		if err := k.load(ctx); err != nil {
			return err
		}
	}
	query := fmt.Sprintf("%s | where _Sequence > %d | order by _Sequence asc | project %s", incidentTable, f.at, k.columns())
	return k.since(ctx, query, incidentTable, f.at, func(columns []schema.Column, values []any) error {
		f.book.put(readRow(columns, values))
		f.at, _ = values[len(values)-1].(int64)
		return nil
	})
}

// load begins a book with the newest row of each incident, and not with the
// whole history.
func (k *Keeper) load(ctx context.Context) error {
	upto := int64(beforeAll)
	query := incidentTable + " | summarize max(_Sequence)"
	err := k.since(ctx, query, incidentTable, beforeAll, func(_ []schema.Column, values []any) error {
		if n, ok := values[0].(int64); ok {
			upto = n
		}
		return nil
	})
	if err != nil || upto == beforeAll {
		return err
	}
	query = fmt.Sprintf("%s | where _Sequence <= %d | summarize arg_max(TimeGenerated, *) by IncidentNumber", incidentTable, upto)
	b := newBook()
	err = k.since(ctx, query, incidentTable, beforeAll, func(columns []schema.Column, values []any) error {
		b.put(readRow(columns, values))
		return nil
	})
	if err == nil {
		k.follow = follower{book: b, at: upto}
	}
	return err
}

// columns names what refresh reads, the sequence last.
func (k *Keeper) columns() string {
	var names []string
	for _, c := range k.table.Columns {
		if !c.Hidden && c.Const == "" {
			names = append(names, c.Name)
		}
	}
	return strings.Join(append(names, schema.Sequence), ", ")
}

// since asks a query over all time to which only rows of the table behind a
// sequence matter, and hands over its rows.
func (k *Keeper) since(ctx context.Context, query, table string, after int64, row func([]schema.Column, []any) error) (err error) {
	q, err := kql.Compile(query, k.catalog, kql.Options{Now: schema.DatetimeOf(k.opt.Now())})
	if err != nil {
		return err
	}
	cursor, err := q.Run(ctx, behind{k.store, table, after})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	columns := cursor.Columns()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		if err := row(columns, values); err != nil {
			return err
		}
	}
}

// behind tells the store which rows matter, so that it can leave alone the
// files in which there are none.
type behind struct {
	store Store
	table string
	after int64
}

// Query implements kql.Querier.
func (b behind) Query(ctx context.Context, s store.Statement) (store.Cursor, error) {
	s.After = map[string]int64{b.table: b.after}
	return b.store.Query(ctx, s)
}
