package native

import (
	"fmt"
	"testing"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// open starts an instance in memory that has the functions.
func open(tb testing.TB) duckdb.Connection {
	tb.Helper()
	var db duckdb.Database
	var c duckdb.Connection
	if duckdb.Open("", &db) == duckdb.StateError {
		tb.Fatal("start DuckDB")
	}
	tb.Cleanup(func() { duckdb.Close(&db) })
	if duckdb.Connect(db, &c) == duckdb.StateError {
		tb.Fatal("connect to DuckDB")
	}
	tb.Cleanup(func() { duckdb.Disconnect(&c) })
	if err := Register(c); err != nil {
		tb.Fatal(err)
	}
	return c
}

// ask runs a statement with text parameters and returns the rows of its one
// column as text, "<null>" for NULL.
func ask(tb testing.TB, c duckdb.Connection, sql string, args ...string) []string {
	tb.Helper()
	rows, err := query(c, sql, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

func query(c duckdb.Connection, sql string, args ...string) ([]string, error) {
	var st duckdb.PreparedStatement
	defer duckdb.DestroyPrepare(&st)
	if duckdb.Prepare(c, "SELECT CAST(column0 AS VARCHAR) FROM ("+sql+") AS q(column0)", &st) == duckdb.StateError {
		return nil, fmt.Errorf("%s: %s", sql, duckdb.PrepareError(st))
	}
	for i, a := range args {
		if duckdb.BindVarcharLength(st, duckdb.IdxT(i+1), a, duckdb.IdxT(len(a))) == duckdb.StateError {
			return nil, fmt.Errorf("bind %q", a)
		}
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePrepared(st, &res) == duckdb.StateError {
		return nil, fmt.Errorf("%s: %s", sql, duckdb.ResultError(&res))
	}
	var rows []string
	for {
		chunk := duckdb.FetchChunk(res)
		if chunk.Ptr == nil {
			return rows, nil
		}
		rows = append(rows, textsOf(chunk)...)
		duckdb.DestroyDataChunk(&chunk)
	}
}

func textsOf(chunk duckdb.DataChunk) []string {
	v := duckdb.DataChunkGetVector(chunk, 0)
	data, validity := duckdb.VectorGetData(v), duckdb.VectorGetValidity(v)
	rows := make([]string, duckdb.DataChunkGetSize(chunk))
	for i := range rows {
		if validity != nil && !duckdb.ValidityMaskValueIsValid(validity, duckdb.IdxT(i)) {
			rows[i] = "<null>"
			continue
		}
		s := unsafe.Slice((*duckdb.StringT)(data), len(rows))[i]
		rows[i] = duckdb.StringTData(&s)
	}
	return rows
}
