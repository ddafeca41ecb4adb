package fn

func windows() []*Func {
	const rows = "range x from 1 to 3 step 1 | sort by x desc | extend y = "
	fs := []*Func{
		{
			Name: "row_number", Doc: "The place of the row, counted from 1 or another number, anew where a condition is true.",
			Sigs: []Sig{
				{Result: "long", SQL: "row_number() $over", Nulls: Never},
				{Params: "start:integer", Result: "long", SQL: "row_number() $over + $1 - 1"},
			},
			Examples: []Example{{rows + "row_number()", []string{"3", "1"}}},
		},
		{
			Name: "prev", Doc: "The value in the row before, or in one so many rows before.",
			Sigs: []Sig{
				{Params: "x:scalar", Result: "arg1", SQL: "lag($1) $over", Nulls: Maybe},
				{Params: "x:scalar, n:integer", Result: "arg1", SQL: "lag($1, $2) $over", Nulls: Maybe},
				{Params: "x:common, n:integer, default:common", Result: "arg1", SQL: "lag($1, $2, $3) $over", Nulls: Maybe},
			},
			Examples: []Example{{rows + "prev(x, 1, 0)", []string{"3", "0"}}},
		},
		{
			Name: "next", Doc: "The value in the row after, or in one so many rows after.",
			Sigs: []Sig{
				{Params: "x:scalar", Result: "arg1", SQL: "lead($1) $over", Nulls: Maybe},
				{Params: "x:scalar, n:integer", Result: "arg1", SQL: "lead($1, $2) $over", Nulls: Maybe},
				{Params: "x:common, n:integer, default:common", Result: "arg1", SQL: "lead($1, $2, $3) $over", Nulls: Maybe},
			},
			Examples: []Example{{rows + "next(x)", []string{"3", "2"}}},
		},
		{
			Name: "row_cumsum", Doc: "The sum of the values up to the row.",
			Sigs: []Sig{
				{Params: "x:summable", Result: "promoted", Gen: cumsum},
			},
			Examples: []Example{{rows + "row_cumsum(x)", []string{"3", "3"}}},
		},
	}
	for _, f := range fs {
		f.Kind = Window
	}
	return family("window", fs...)
}

func cumsum(c *Call) string { return c.expand("CAST(sum($1) $over AS " + SQLType(c.Result) + ")") }
