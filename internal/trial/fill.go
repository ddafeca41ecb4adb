package trial

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// A filling is what a case stores: rows by table, and how far they reach.
type filling struct {
	c       *rules.Case
	catalog *tables.Catalog
	rows    map[string]*schema.Rows
	units   int // messages so far

	oldest, newest schema.DatetimeValue // of TimeGenerated; 0 without rows
}

// fill makes the rows of a case.
func fill(c *rules.Case, opt Options) (*filling, error) {
	catalog, err := catalogOf(c, opt.Tables)
	if err != nil {
		return nil, err
	}
	f := &filling{c: c, catalog: catalog, rows: map[string]*schema.Rows{}}
	for _, part := range []func(Options) error{f.events, f.records, f.files, f.columns} {
		if err := part(opt); err != nil {
			return nil, err
		}
	}
	return f, f.span()
}

// events writes the case's calls to Azure out.
func (f *filling) events(opt Options) error {
	list, form := f.c.Hub, event.FormatHub
	if opt.Events == event.FormatREST {
		list, form = f.c.REST, event.FormatREST
	}
	for _, text := range list() {
		if err := f.message("events", text, form); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) records(Options) error {
	for i, record := range f.c.Records {
		text, err := textOf(record)
		if err != nil {
			return fmt.Errorf("records[%d]: %w", i, err)
		}
		if err := f.message(fmt.Sprintf("records[%d]", i), text, f.format()); err != nil {
			return err
		}
	}
	return nil
}

// textOf is a record as it arrives: a text as it is, anything else as JSON.
func textOf(record any) ([]byte, error) {
	if text, ok := record.(string); ok {
		return []byte(text), nil
	}
	return json.Marshal(record)
}

func (f *filling) files(Options) error {
	for _, name := range f.c.Files {
		text, err := f.c.Open(name)
		if err != nil {
			return err
		}
		if err := f.message(name, text, f.format()); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) format() event.Format {
	if f.c.Format == "" {
		return event.FormatAuto
	}
	return event.Format(f.c.Format)
}

// message decodes and maps as ingestion does, but what cannot be read is an
// error: a case must not pass because half of it was left out.
func (f *filling) message(where string, text []byte, format event.Format) error {
	f.units++
	take := func(rec *event.Record) error {
		table := f.catalog.Route(rec)
		if table == nil {
			return fmt.Errorf("%s: no table claims the record %.80s", where, rec.Text)
		}
		if err := table.Map(rec, f.of(table)); err != nil {
			return fmt.Errorf("%s: record %.80s: %w", where, rec.Text, err)
		}
		return nil
	}
	return f.decode(where, text, format, take)
}

func (f *filling) decode(where string, text []byte, format event.Format, take func(*event.Record) error) error {
	refuse := func(r *decode.Reject) error {
		return fmt.Errorf("%s: %.80s cannot be read: %s", where, r.Raw, r.Detail)
	}
	d := decode.New(decode.Options{Format: format})
	return d.Decode(&event.Message{Body: text, Format: format}, "case", fmt.Sprint(f.units), take, refuse)
}

// of returns the rows of a table.
func (f *filling) of(t *schema.Table) *schema.Rows {
	if f.rows[t.Name] == nil {
		f.rows[t.Name] = schema.NewRows(t)
	}
	return f.rows[t.Name]
}

// columns makes the rows that are given by their columns.
func (f *filling) columns(Options) error {
	for _, name := range slices.Sorted(maps.Keys(f.c.Rows)) {
		table, _ := f.catalog.Table(name) // catalogOf has looked
		for i, row := range f.c.Rows[name] {
			if err := f.row(table, i, row); err != nil {
				return fmt.Errorf("rows.%s[%d]: %w", name, i, err)
			}
		}
	}
	return nil
}

func (f *filling) row(t *schema.Table, index int, row rules.CaseRow) error {
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if t.Column(name) < 0 {
			return fmt.Errorf("table %s has no column %q%s", t.Name, name, rules.Suggest(name, columnNames(t)))
		}
	}
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	f.units++
	id := rowID(t.Name, index, text)
	return f.decode("the row", text, event.FormatTable, func(rec *event.Record) error {
		if mapsItself(t) {
			return t.Map(rec, f.of(t))
		}
		return tables.AppendColumns(rec, f.of(t), id)
	})
}

// mapsItself tells whether only the table's own mapping can make its rows: it
// has copies of values in columns that nobody names.
func mapsItself(t *schema.Table) bool {
	return t.Map != nil && slices.ContainsFunc(t.Columns, func(c schema.Column) bool { return c.Path != nil })
}

func columnNames(t *schema.Table) []string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

func rowID(table string, index int, text []byte) (id schema.ID) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", table, index, text))
	copy(id[:], sum[:])
	return id
}

// span finds the oldest and the newest row. One without a time is an error: it
// would have that of the test.
func (f *filling) span() error {
	for _, name := range slices.Sorted(maps.Keys(f.rows)) {
		rows := f.rows[name]
		col := rows.Table.Column("TimeGenerated")
		if col < 0 {
			continue
		}
		for i, given := range rows.Columns[col].Valid {
			at := schema.DatetimeValue(rows.Columns[col].Ints[i])
			if !given {
				return fmt.Errorf("row %d of %s has no TimeGenerated", i+1, name)
			}
			if f.oldest == 0 || at < f.oldest {
				f.oldest = at
			}
			f.newest = max(f.newest, at)
		}
	}
	return nil
}
