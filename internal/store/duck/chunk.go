package duck

import (
	"fmt"
	"slices"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// chunkRows is how many rows a data chunk holds.
const chunkRows = 2048

// A chunkWriter turns rows of one declaration into data chunks for one stored
// table.
type chunkWriter struct {
	table   *schema.Table
	columns []schema.Column // as stored
	from    []int           // per stored column its place in the declaration, -1 if gone
}

// writerOf returns the writer for rows declared as t. DuckDB ends the process
// when a chunk does not have its table's types, so they are compared first.
func (t *dayTable) writerOf(declared *schema.Table) (*chunkWriter, error) {
	if t.writer != nil && t.writer.table == declared {
		return t.writer, nil
	}
	for _, c := range stored(declared) {
		if !slices.ContainsFunc(t.columns, func(have schema.Column) bool { return have.Name == c.Name && have.Type == c.Type }) {
			return nil, fmt.Errorf("the catalogue has no column %s.%s of type %s", declared.Name, c.Name, c.Type)
		}
	}
	w := &chunkWriter{table: declared, columns: t.columns}
	for _, c := range t.columns {
		w.from = append(w.from, declared.Column(c.Name))
	}
	t.writer = w
	return w, nil
}

// types returns what the table's columns are in DuckDB, the standard ones
// first.
func (t *dayTable) types() []duckdb.Type {
	types := []duckdb.Type{duckdb.TypeUUID, duckdb.TypeBigInt, duckdb.TypeBigInt}
	for _, c := range t.columns {
		types = append(types, chunkType(c.Type))
	}
	return types
}

// fill makes the chunk hold the given rows of r, which got the sequences from
// first on.
func (w *chunkWriter) fill(chunk duckdb.DataChunk, r *schema.Rows, rows []int32, now schema.DatetimeValue, first int64) {
	targetOf(chunk, 0).fillIDs(r.IDs, rows)
	times := slice[int64](targetOf(chunk, 1), len(rows))
	sequences := slice[int64](targetOf(chunk, 2), len(rows))
	for i := range rows {
		times[i], sequences[i] = int64(now), first+int64(i)
	}
	for i, from := range w.from {
		t := targetOf(chunk, 3+i)
		if from < 0 {
			t.fillNothing(w.columns[i].Type, len(rows))
		} else {
			t.fill(&r.Columns[from], rows)
		}
	}
	duckdb.DataChunkSetSize(chunk, duckdb.IdxT(len(rows)))
}
