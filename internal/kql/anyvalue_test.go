package kql_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
)

// values is a table of every type whose values are whatever a filler makes.
var values = &schema.Table{Name: "Values", Version: 1, Retention: 30, Columns: []schema.Column{
	{Name: "TimeGenerated", Type: schema.Datetime},
	{Name: "b", Type: schema.Bool},
	{Name: "i", Type: schema.Int},
	{Name: "l", Type: schema.Long},
	{Name: "r", Type: schema.Real},
	{Name: "s", Type: schema.String},
	{Name: "n", Type: schema.Timespan},
	{Name: "g", Type: schema.GUID},
	{Name: "Properties", Type: schema.Dynamic},
}}

type valuesOnly struct{}

func (valuesOnly) Table(name string) (*schema.Table, bool) { return values, name == values.Name }
func (valuesOnly) Tables() []*schema.Table                 { return []*schema.Table{values} }

// TestFunctionsTakeAnyValue calls every function with columns for arguments: no
// value may end a query, but for numbers that grow beyond 64 bits and where
// assert is there to end it.
func TestFunctionsTakeAnyValue(t *testing.T) {
	db := openStore(t, valuesOnly{})
	f := &filler{Rand: rand.New(rand.NewPCG(7, 8))} //nolint:gosec // the same rows each time
	f.fill(t, db, valuesOnly{}.Tables())
	asked := 0
	for _, function := range fn.Default().All() {
		for _, call := range callsOf(function) {
			query := "Values | extend m = todecimal(l) | extend " + call
			if function.Kind == fn.Aggregate {
				query = "Values | extend m = todecimal(l) | summarize " + call + " by i % 3"
			}
			compiled, err := kql.Compile(query, valuesOnly{}, kql.Options{Now: now})
			var list kql.Errors
			if errors.As(err, &list) {
				continue
			}
			asked++
			if _, err := exhaust(compiled, db); err != nil && !strings.Contains(err.Error(), "Type INT128") && !strings.Contains(err.Error(), "assert() has failed") {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
	if asked < 400 {
		t.Errorf("%d calls compiled: the arguments do not fit the functions", asked)
	}
}

// callsOf are calls of a function with every number of arguments that each of
// its signatures takes.
func callsOf(f *fn.Func) []string {
	if f.Kind != fn.Scalar && f.Kind != fn.Aggregate {
		return nil
	}
	var calls []string
	for i := range f.Sigs {
		var args []string
		params := f.Sigs[i].ParamList()
		for k, p := range params {
			if p.Optional || p.Repeats {
				calls = append(calls, f.Name+"("+strings.Join(args, ", ")+")")
			}
			args = append(args, argument(p))
			if k == len(params)-1 {
				calls = append(calls, f.Name+"("+strings.Join(args, ", ")+")")
			}
		}
	}
	return calls
}

// argument is a column of a parameter's type, or a constant.
func argument(p fn.Param) string {
	columns := map[string]string{
		"bool": "b", "int": "i", "long": "l", "real": "r", "decimal": "m", "datetime": "TimeGenerated", "timespan": "n",
		"guid": "g", "dynamic": "Properties", "integer": "l", "number": "r", "json": "Properties",
	}
	constants := map[string]string{"integer": "2", "long": "2", "int": "2", "number": "2.5", "real": "2.5", "json": "50"}
	of, other := columns, "s"
	if p.Constant {
		of, other = constants, "'x'"
	}
	if arg := of[p.Kind]; arg != "" {
		return arg
	}
	return other
}
