package duck

import (
	"fmt"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A formula is a prepared statement of one row that depends on parameters
// only.
type formula struct {
	*store.Formula
	st duckdb.PreparedStatement
}

func (c *conn) formula(f *store.Formula) (*formula, error) {
	st, err := c.prepare(f.SQL)
	if err != nil {
		return nil, err
	}
	return &formula{f, st}, nil
}

func (f *formula) close() { duckdb.DestroyPrepare(&f.st) }

// eval returns the statement's row for the arguments.
func (f *formula) eval(args []any) ([]any, error) {
	if len(args) != len(f.Params) {
		return nil, fmt.Errorf("a formula of %d parameters got %d", len(f.Params), len(args))
	}
	for i, v := range args {
		if bindValue(f.st, duckdb.IdxT(i+1), f.Params[i].Type, v) == duckdb.StateError {
			return nil, fmt.Errorf("parameter %d of a formula cannot hold a %T", i+1, v)
		}
	}
	r := &result{sql: f.SQL, stop: func() {}}
	defer r.close()
	if duckdb.ExecutePrepared(f.st, &r.res) == duckdb.StateError {
		return nil, sqlError(duckdb.ResultError(&r.res), f.SQL)
	}
	var err error
	if r.readers, err = readersOf(&r.res, f.Columns); err != nil {
		return nil, err
	}
	if !r.next() {
		return nil, fmt.Errorf("a formula returned no row (in %.200s)", f.SQL)
	}
	return r.values(0, f.Columns)
}

// bindValue gives a parameter its value.
func bindValue(st duckdb.PreparedStatement, i duckdb.IdxT, t schema.Type, v any) duckdb.State {
	switch v := v.(type) {
	case nil:
		if t == schema.String {
			return duckdb.BindVarchar(st, i, "")
		}
		return duckdb.BindNull(st, i)
	case bool:
		return duckdb.BindBoolean(st, i, v)
	case int32:
		return duckdb.BindInt32(st, i, v)
	case int64:
		return duckdb.BindInt64(st, i, v)
	case float64:
		return duckdb.BindDouble(st, i, v)
	case schema.DatetimeValue:
		return duckdb.BindInt64(st, i, int64(v))
	case schema.TimespanValue:
		return duckdb.BindInt64(st, i, int64(v))
	case string:
		return bindText(st, i, v)
	case schema.DynamicValue:
		return bindText(st, i, string(v))
	case schema.GUIDValue:
		return bindText(st, i, string(v))
	case schema.DecimalValue:
		return bindText(st, i, string(v))
	}
	return duckdb.StateError
}

func bindText(st duckdb.PreparedStatement, i duckdb.IdxT, s string) duckdb.State {
	return duckdb.BindVarcharLength(st, i, s, duckdb.IdxT(len(s)))
}
