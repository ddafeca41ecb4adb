package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// everyType is a row with a value of every type, and one without any.
var everyType = struct {
	columns []schema.Column
	rows    [][]any
}{
	[]schema.Column{
		{Name: "b", Type: schema.Bool},
		{Name: "i", Type: schema.Int},
		{Name: "l", Type: schema.Long},
		{Name: "r", Type: schema.Real},
		{Name: "d", Type: schema.Datetime},
		{Name: "t", Type: schema.Timespan},
		{Name: "s", Type: schema.String},
		{Name: "j", Type: schema.Dynamic},
		{Name: "g", Type: schema.GUID},
		{Name: "m", Type: schema.Decimal},
	},
	[][]any{
		{
			true, int32(-7), int64(1) << 60, 2.5, schema.DatetimeValue(638_000_000_000_000_001), schema.TimespanValue(-1), "grün, and longer than it fits",
			schema.DynamicValue(`{"a":[1,null]}`), schema.GUIDValue("74be27de-1e4e-49d9-b579-fe0b331d3642"), schema.DecimalValue("1.10"),
		},
		{nil, nil, nil, nil, nil, nil, "", nil, nil, nil},
	},
}

// an operator of a function.
type operator func(ctx context.Context, f *store.Flow) error

// Run calls the function.
func (o operator) Run(ctx context.Context, f *store.Flow) error { return o(ctx, f) }

// testStages: stages see their inputs in order, whole and typed, and what they
// make can be read by later stages and by the statement.
func testStages(h *harness) {
	const n = 20_000 // several pages
	h.commit(h.rows("Events", upTo(0, n)...))
	every := everyType.columns
	st := store.Statement{
		SQL: `SELECT "b", "i", "l", "r", "d", "t", "s", "j", "g", "m" FROM "$stage2" ORDER BY rowid`, Columns: every,
		Stages: []store.Stage{
			{
				Table: "$stage1", Columns: []schema.Column{long("sum"), long("n")},
				Inputs:   []store.Statement{{SQL: `SELECT "Count" FROM "Events" ORDER BY "Count" DESC`, Columns: []schema.Column{long("Count")}}},
				Operator: operator(runningSums),
				Formulas: []store.Formula{{
					Statement: store.Statement{SQL: "SELECT $1::BIGINT + $2::BIGINT", Columns: []schema.Column{long("sum")}},
					Params:    []schema.Column{long("a"), long("b")},
				}},
			},
			{
				Table: "$stage2", Columns: every,
				Inputs: []store.Statement{
					{SQL: `SELECT max("sum"), count(*) FROM "$stage1"`, Columns: []schema.Column{long("sum"), long("n")}},
					{SQL: `SELECT "Count" FROM "Events" WHERE false`, Columns: []schema.Column{long("Count")}},
				},
				Operator: operator(func(_ context.Context, f *store.Flow) error {
					row, err := f.In[0].Next()
					if want := []any{int64(n) * (n - 1) / 2, int64(n)}; err != nil || !cmp.Equal(row, want) {
						return fmt.Errorf("the second stage read %v, %w, want %v", row, err, want)
					}
					if row, err := f.In[1].Next(); row != nil || err != nil {
						return fmt.Errorf("an empty input gave %v, %w", row, err)
					}
					return errors.Join(f.Emit(everyType.rows[0]), f.Emit(everyType.rows[1]))
				}),
			},
		},
	}
	for range 2 { // a statement can run again
		got, err := readAll(context.Background(), h.s, st)
		if diff := cmp.Diff(everyType.rows, got); err != nil || diff != "" {
			h.Errorf("rows of a stage: %v (-want +got)\n%s", err, diff)
		}
	}
	wrong := errors.New("the operator gave up")
	st.Stages[1].Operator = operator(func(context.Context, *store.Flow) error { return wrong })
	if _, err := readAll(context.Background(), h.s, st); !errors.Is(err, wrong) {
		h.Errorf("an operator that fails: got %v, want %v", err, wrong)
	}
	ctx, cancel := context.WithCancel(context.Background())
	st.Stages[1].Operator = operator(func(ctx context.Context, f *store.Flow) error {
		cancel()
		_, err := f.In[0].Next()
		return err
	})
	if _, err := readAll(ctx, h.s, st); !errors.Is(err, context.Canceled) {
		h.Errorf("a stage that was cancelled: got %v, want %v", err, context.Canceled)
	}
}

// runningSums emits the sum of the values so far, added by the formula, and
// how many they are.
func runningSums(_ context.Context, f *store.Flow) error {
	sum, before := any(int64(0)), int64(1)<<62
	for i := int64(1); ; i++ {
		row, err := f.In[0].Next()
		if err != nil || row == nil {
			return err
		}
		if row[0].(int64) >= before {
			return fmt.Errorf("row %d is out of order", i)
		}
		before = row[0].(int64)
		total, err := f.Formulas[0]([]any{sum, row[0]})
		if err != nil {
			return err
		}
		sum = total[0]
		if err := f.Emit([]any{sum, i}); err != nil {
			return err
		}
	}
}

func readAll(ctx context.Context, s store.Store, st store.Statement) (rows [][]any, err error) {
	cur, err := s.Query(ctx, st)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cur.Close()) }()
	for {
		row, err := cur.Next()
		if err != nil || row == nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}
