package duck

import (
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// chunkRows is how many rows a data chunk holds.
const chunkRows = 2048

// A chunkWriter turns rows into data chunks for one stored table.
type chunkWriter struct {
	chunk   duckdb.DataChunk
	columns []schema.Column
	from    []int // per stored column its place in the declaration, -1 if gone
}

func newChunkWriter(t *dayTable, declared *schema.Table) *chunkWriter {
	w := &chunkWriter{columns: t.columns}
	types := []duckdb.LogicalType{ // the standard columns
		duckdb.CreateLogicalType(duckdb.TypeUUID),
		duckdb.CreateLogicalType(duckdb.TypeBigInt),
		duckdb.CreateLogicalType(duckdb.TypeBigInt),
	}
	for _, c := range t.columns {
		w.from = append(w.from, declared.Column(c.Name))
		types = append(types, duckdb.CreateLogicalType(chunkType(c.Type)))
	}
	w.chunk = duckdb.CreateDataChunk(types)
	for i := range types {
		duckdb.DestroyLogicalType(&types[i])
	}
	return w
}

// fill makes the chunk hold the given rows of r, which got the sequences from
// first on.
func (w *chunkWriter) fill(r *schema.Rows, rows []int32, now schema.DatetimeValue, first int64) {
	duckdb.DataChunkReset(w.chunk)
	targetOf(w.chunk, 0).fillIDs(r.IDs, rows)
	times := slice[int64](targetOf(w.chunk, 1), len(rows))
	sequences := slice[int64](targetOf(w.chunk, 2), len(rows))
	for i := range rows {
		times[i], sequences[i] = int64(now), first+int64(i)
	}
	for i, from := range w.from {
		t := targetOf(w.chunk, 3+i)
		if from < 0 {
			t.fillNothing(w.columns[i].Type, len(rows))
		} else {
			t.fill(&r.Columns[from], rows)
		}
	}
	duckdb.DataChunkSetSize(w.chunk, duckdb.IdxT(len(rows)))
}

func (w *chunkWriter) close() {
	if w != nil {
		duckdb.DestroyDataChunk(&w.chunk)
	}
}
