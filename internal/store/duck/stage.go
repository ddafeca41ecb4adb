package duck

import (
	"context"
	"fmt"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Stages live in temporary tables of the query's connection: DuckDB writes
// them to its temporary directory when memory is short, and they go with the
// connection. An input is written to such a table first and then read in
// pages, because a connection reads one result at a time.

// makeStages makes the tables of a statement's stages.
func (c *conn) makeStages(ctx context.Context, stages []store.Stage, opt Options) error {
	for i := range stages {
		if err := c.makeStage(ctx, &stages[i], opt); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
	}
	return nil
}

func (c *conn) makeStage(ctx context.Context, st *store.Stage, opt Options) error {
	defer c.interruptOn(ctx)()
	if err := c.exec(createStageSQL(st.Table, st.Columns)); err != nil {
		return err
	}
	out, err := c.stageWriter(st)
	if err != nil {
		return err
	}
	defer out.close()
	flow := &store.Flow{Emit: out.add, Memory: opt.MemoryLimit / 2}
	for i := range st.Inputs {
		in := &pages{ctx: ctx, conn: c, name: quoteName(fmt.Sprintf("%s_in%d", st.Table, i+1)), columns: st.Inputs[i].Columns, size: opt.StageRows}
		if err := in.write(st.Inputs[i].SQL); err != nil {
			return err
		}
		defer in.drop()
		flow.In = append(flow.In, in)
	}
	for i := range st.Formulas {
		f, err := c.formula(&st.Formulas[i])
		if err != nil {
			return err
		}
		defer f.close()
		flow.Formulas = append(flow.Formulas, f.eval)
	}
	if err := st.Operator.Run(ctx, flow); err != nil {
		return err
	}
	return out.flush()
}

func createStageSQL(name string, cols []schema.Column) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = quoteName(c.Name) + " " + sqlType(c.Type)
	}
	return "CREATE TEMP TABLE " + quoteName(name) + " (" + strings.Join(list, ", ") + ")"
}

// pages reads an input page by page.
type pages struct {
	ctx     context.Context // pages live as long as the call that made them
	conn    *conn
	name    string
	columns []schema.Column
	size    int
	rows    [][]any
	next    int // in rows
	read    int // rows of the pages before
}

func (p *pages) write(sql string) error {
	return p.conn.exec("CREATE TEMP TABLE " + p.name + " AS SELECT row_number() OVER () AS \"$row\", * FROM (\n" + sql + "\n)")
}

// drop frees the input's memory; the connection's end would, too.
func (p *pages) drop() { _ = p.conn.exec("DROP TABLE " + p.name) }

// Next returns the next row, nil at the end.
func (p *pages) Next() ([]any, error) {
	if p.next == len(p.rows) {
		if err := p.turn(); err != nil || len(p.rows) == 0 {
			return nil, err
		}
	}
	p.next++
	return p.rows[p.next-1], nil
}

// turn reads the next page. After the last one there are none.
func (p *pages) turn() error {
	p.rows, p.next = p.rows[:0], 0
	sql := fmt.Sprintf("SELECT * EXCLUDE \"$row\" FROM %s WHERE \"$row\" > %d AND \"$row\" <= %d ORDER BY \"$row\"", p.name, p.read, p.read+p.size)
	r, err := p.conn.query(p.ctx, sql, p.columns)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		more, err := r.fetch()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		for i := range r.n {
			row, err := r.values(i, p.columns)
			if err != nil {
				return err
			}
			p.rows = append(p.rows, row)
		}
	}
	p.read += len(p.rows)
	return nil
}

// A stageWriter appends an operator's rows to its table.
type stageWriter struct {
	columns  []schema.Column
	appender duckdb.Appender
	chunk    duckdb.DataChunk
	targets  []target
	n        int
}

func (c *conn) stageWriter(st *store.Stage) (*stageWriter, error) {
	w := &stageWriter{columns: st.Columns}
	if duckdb.AppenderCreateExt(c.c, "temp", "main", st.Table, &w.appender) == duckdb.StateError {
		err := sqlError(duckdb.AppenderError(w.appender), "append to "+st.Table)
		duckdb.AppenderDestroy(&w.appender)
		return nil, err
	}
	types := make([]duckdb.LogicalType, len(st.Columns))
	for i, c := range st.Columns {
		types[i] = duckdb.CreateLogicalType(chunkType(c.Type))
		defer duckdb.DestroyLogicalType(&types[i])
	}
	w.chunk = duckdb.CreateDataChunk(types)
	w.reset()
	return w, nil
}

func (w *stageWriter) reset() {
	duckdb.DataChunkReset(w.chunk)
	w.n, w.targets = 0, w.targets[:0]
	for i := range w.columns {
		w.targets = append(w.targets, targetOf(w.chunk, i))
	}
}

// add appends a row; values are of the columns' types.
func (w *stageWriter) add(row []any) error {
	if len(row) != len(w.columns) {
		return fmt.Errorf("an operator made a row of %d values for %d columns", len(row), len(w.columns))
	}
	for i, v := range row {
		if err := w.targets[i].set(w.n, w.columns[i].Type, v); err != nil {
			return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
		}
	}
	if w.n++; w.n == chunkRows {
		return w.flush()
	}
	return nil
}

func (w *stageWriter) flush() error {
	if w.n == 0 && len(w.columns) > 0 {
		return nil
	}
	duckdb.DataChunkSetSize(w.chunk, duckdb.IdxT(w.n))
	if duckdb.AppendDataChunk(w.appender, w.chunk) == duckdb.StateError || duckdb.AppenderFlush(w.appender) == duckdb.StateError {
		return sqlError(duckdb.AppenderError(w.appender), "append to a stage")
	}
	w.reset()
	return nil
}

func (w *stageWriter) close() {
	duckdb.DestroyDataChunk(&w.chunk)
	duckdb.AppenderDestroy(&w.appender)
}

// set stores one value; strings are copied.
func (t target) set(row int, typ schema.Type, v any) error {
	switch v := v.(type) {
	case nil:
		if typ == schema.String {
			return t.setText(row, "")
		}
		t.mask(chunkRows)[row/64] &^= 1 << (row % 64)
		return nil
	case bool:
		return put(t, row, typ, schema.Bool, v)
	case int32:
		return put(t, row, typ, schema.Int, v)
	case int64:
		return put(t, row, typ, schema.Long, v)
	case float64:
		return put(t, row, typ, schema.Real, v)
	case schema.DatetimeValue:
		return put(t, row, typ, schema.Datetime, v)
	case schema.TimespanValue:
		return put(t, row, typ, schema.Timespan, v)
	case string:
		if typ == schema.String {
			return t.setText(row, v)
		}
	case schema.DynamicValue:
		if typ == schema.Dynamic {
			return t.setText(row, string(v))
		}
	case schema.GUIDValue:
		if typ == schema.GUID {
			return t.setText(row, string(v))
		}
	case schema.DecimalValue:
		if typ == schema.Decimal {
			return t.setText(row, string(v))
		}
	}
	return fmt.Errorf("an operator made a %T, a value of type %s was declared", v, typ)
}

func put[T any](t target, row int, declared, is schema.Type, v T) error {
	if declared != is {
		return fmt.Errorf("an operator made a %T, a value of type %s was declared", v, declared)
	}
	slice[T](t, chunkRows)[row] = v
	return nil
}

func (t target) setText(row int, s string) error {
	duckdb.VectorAssignStringElementLen(t.vec, duckdb.IdxT(row), []byte(s))
	return nil
}
