package fn

// windows are the functions over ordered rows. $rows stands for the order; a
// restart:restart parameter is the number of the stretch that a row is in,
// counted by the rows where the argument was true.
func windows() []*Func {
	const rows = "range x from 1 to 3 step 1 | sort by x desc | extend y = "
	fs := []*Func{
		{
			Name: "row_number", Doc: "The place of the row, counted from 1 or another number, anew where a condition is true.",
			Sigs: []Sig{
				{Result: "long", SQL: "row_number() OVER ($rows)", Nulls: Never},
				{Params: "start:integer", Result: "long", SQL: "row_number() OVER ($rows) + $1 - 1"},
				{Params: "start:integer, restart:restart", Result: "long", SQL: "row_number() OVER (PARTITION BY $2 $rows) + $1 - 1"},
			},
			Examples: []Example{
				{rows + "row_number()", []string{"3", "1"}},
				{rows + "row_number(5, x == 1) | sort by x asc", []string{"1", "5"}},
			},
		},
		{
			Name: "prev", Doc: "The value in the row before, or in one so many rows before.",
			Sigs: []Sig{
				{Params: "x:column", Result: "arg1", SQL: "lag($1) OVER ($rows)", Nulls: Maybe},
				{Params: "x:column, n:integer", Result: "arg1", SQL: "lag($1, $2) OVER ($rows)", Nulls: Maybe},
				{Params: "x:common, n:integer, default:common", Result: "arg1", SQL: "lag($1, $2, $3) OVER ($rows)", Nulls: Maybe},
			},
			Examples: []Example{{rows + "prev(x, 1, 0)", []string{"3", "0"}}},
		},
		{
			Name: "next", Doc: "The value in the row after, or in one so many rows after.",
			Sigs: []Sig{
				{Params: "x:column", Result: "arg1", SQL: "lead($1) OVER ($rows)", Nulls: Maybe},
				{Params: "x:column, n:integer", Result: "arg1", SQL: "lead($1, $2) OVER ($rows)", Nulls: Maybe},
				{Params: "x:common, n:integer, default:common", Result: "arg1", SQL: "lead($1, $2, $3) OVER ($rows)", Nulls: Maybe},
			},
			Examples: []Example{{rows + "next(x)", []string{"3", "2"}}},
		},
		{
			Name: "row_cumsum", Doc: "The sum of the values up to the row, anew where a condition is true.",
			Sigs: []Sig{
				{Params: "x:number", Result: "promoted", Gen: cumsum("")},
				{Params: "x:number, restart:restart", Result: "promoted", Gen: cumsum("PARTITION BY $2 ")},
			},
			Examples: []Example{
				{rows + "row_cumsum(x)", []string{"3", "3"}},
				{rows + "row_cumsum(x, x == 1) | sort by x asc", []string{"1", "1"}},
			},
		},
		{
			Name: "row_rank_dense", Doc: "The number of different values up to the row, anew where a condition is true.",
			Sigs: []Sig{
				{Params: "change:change", Result: "long", SQL: "1 + $1 - min($1) OVER ()"},
				{Params: "change:change, restart:restart", Result: "long", SQL: "1 + $1 - min($1) OVER (PARTITION BY $2)"},
			},
			Examples: []Example{{"datatable(x:long)[7, 7, 9] | sort by x asc | extend r = row_rank_dense(x) | sort by r desc", []string{"9", "2"}}},
		},
		{
			Name: "row_rank_min", Doc: "One more than the number of rows before the first one with the row's value, anew where a condition is true.",
			Sigs: []Sig{
				{Params: "change:change", Result: "long", SQL: "1 + count(*) OVER (ORDER BY $1 RANGE UNBOUNDED PRECEDING) - count(*) OVER (PARTITION BY $1)"},
				{Params: "change:change, restart:restart", Result: "long", SQL: "1 + count(*) OVER (PARTITION BY $2 ORDER BY $1 RANGE UNBOUNDED PRECEDING) - count(*) OVER (PARTITION BY $2, $1)"},
			},
			Examples: []Example{{"datatable(x:long)[7, 7, 9] | sort by x asc | extend r = row_rank_min(x) | sort by r desc", []string{"9", "3"}}},
		},
		{
			Name: "row_window_session", Doc: "The value at which the row's session began: the next one begins where a value is farther from the session's beginning or from the row before than it may be, or where a condition is true.",
			Sigs: []Sig{
				{Params: "x:datetime, max_from_first:timespan, max_between:timespan", Result: "arg1", Gen: inAnOperator, Nulls: Maybe},
				{Params: "x:datetime, max_from_first:timespan, max_between:timespan, restart:bool", Result: "arg1", Gen: inAnOperator, Nulls: Maybe},
			},
			Examples: []Example{{"range x from 0 to 2 step 1 | extend t = datetime(2024-02-29) + x * x * 1h | sort by t asc | project s = row_window_session(t, 1d, 2h) | sort by s desc", []string{"2024-02-29T04:00:00.0000000Z"}}},
		},
		{
			Name: "row stretch", Doc: "The number of rows up to this one for which a condition is true.",
			Sigs:     []Sig{{Params: "condition:bool", Result: "long", SQL: "count(*) FILTER (WHERE $1) OVER ($rows ROWS UNBOUNDED PRECEDING)", Nulls: Never}},
			Examples: []Example{{"range x from 1 to 1 step 1 | serialize r = row_cumsum(x, true)", []string{"1", "1"}}},
		},
	}
	for _, f := range fs {
		f.Kind = Window
	}
	return family("window", fs...)
}

func cumsum(partition string) func(*Call) string {
	return func(c *Call) string {
		return c.expand("CAST(sum($1) OVER (" + partition + "$rows ROWS UNBOUNDED PRECEDING) AS " + SQLType(c.Result) + ")")
	}
}

// inAnOperator marks a function that an operator computes before any SQL is
// written.
func inAnOperator(*Call) string { return "NULL" }
