package fn

import "nephoscope/internal/schema"

// makeSeries are the parts that make-series is put together of.
func makeSeries() []*Func {
	const times = "x:datetime, base:datetime, step:timespan"
	const spans = "x:timespan, base:timespan, step:timespan"
	number := []string{times, spans, "x:long, base:long, step:long", "x:real, base:real, step:real"}
	bins := func(gen func(*Call) string) (sigs []Sig) {
		for _, params := range number {
			sigs = append(sigs, Sig{Params: params, Result: "long", Gen: gen, Nulls: Maybe})
		}
		return sigs
	}
	axis := make([]Sig, len(number))
	for i, params := range []string{"base:datetime, step:timespan", "base:timespan, step:timespan", "base:long, step:long", "base:real, step:real"} {
		axis[i] = Sig{Params: "bin:long, low:long, high:long, " + params, Result: "dynamic", Gen: seriesAxis, Nulls: Maybe}
	}
	fs := []*Func{
		{Name: "series bin", Kind: Operator, Doc: "How many steps a value lies from a base, rounded down.", Sigs: bins(seriesBin)},
		{Name: "series end", Kind: Operator, Doc: "The last bin before a value.", Sigs: bins(seriesEnd)},
		{
			Name: "series known", Kind: Operator, Doc: "Whether a bin is known.",
			Sigs: []Sig{{Params: "bin:long", Result: "bool", SQL: "$1 IS NOT NULL", Nulls: Never}},
		},
		{
			Name: "series values", Kind: Aggregate, Doc: "The values of a group's bins in order, with a default for those that are missing.",
			Sigs: []Sig{{Params: "bin:long, low:long, high:long, missing:json, value:json", Result: "dynamic", Gen: func(c *Call) string {
				return c.expand("kql_series_values('[' || string_agg(CAST($1 AS VARCHAR), ',' ORDER BY $1) || ']', '[' || string_agg(" +
					jsonValue(c.Args[4]) + ", ',' ORDER BY $1) || ']', coalesce($2, min($1)), coalesce($3, max($1)), " + jsonValue(c.Args[3]) + ")")
			}, Nulls: Maybe}},
		},
		{Name: "series axis", Kind: Aggregate, Doc: "The places of a group's bins on the axis, in order.", Sigs: axis},
	}
	const example = "datatable(x:long)[0, 5, 6] | make-series n = count() on x from 0 to 8 step 2"
	for _, f := range fs {
		if f.Kind == Aggregate {
			f.Examples = []Example{{example, []string{"[1,0,1,1]", "[0,2,4,6]"}}}
		}
	}
	return family("series", fs...)
}

func seriesBin(c *Call) string {
	if c.Args[0].Type == schema.Real {
		return c.expand("CAST(floor(($1 - $2) / nullif($3, 0)) AS BIGINT)")
	}
	return c.expand("(($1 - $2) - ((($1 - $2) % $3) + $3) % $3) // $3")
}

func seriesEnd(c *Call) string {
	if c.Args[0].Type == schema.Real {
		return c.expand("CAST(ceil(($1 - $2) / nullif($3, 0)) AS BIGINT) - 1")
	}
	return c.expand("(($1 - $2 - 1) - ((($1 - $2 - 1) % $3) + $3) % $3) // $3")
}

func seriesAxis(c *Call) string {
	bounds := c.expand("coalesce($2, min($1)), coalesce($3, max($1)), ")
	if c.Args[3].Type == schema.Real {
		return "kql_series_reals(" + bounds + c.expand("$4, $5)")
	}
	return "kql_series_axis(" + bounds + c.expand("$4, $5, ") + Quote(c.Args[3].Type.String()) + ")"
}
