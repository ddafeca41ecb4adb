package fn

import (
	"strings"

	"nephoscope/internal/schema"
)

// sketches are aggregates whose result stands for all values, and what can be
// read from them.
func sketches() []*Func {
	aggregates := []*Func{
		{
			Name: "hll", Doc: "A sketch of the different values, which dcount_hll counts.", Naming: ByPrefixArg,
			Sigs: []Sig{
				{Params: "x:scalar", Result: "dynamic", Gen: hllOf, Nulls: Maybe},
				{Params: "x:scalar, accuracy:integer", Result: "dynamic", Gen: hllOf, Nulls: Maybe},
			},
			Examples: []Example{{sample + "summarize h = hll(g) | project dcount_hll(h)", []string{"2"}}},
		},
		{
			Name: "hll_if", Doc: "A sketch of the different values of the rows for which the condition is true.", Naming: ByPrefixArg,
			Sigs: []Sig{
				{Params: "x:scalar, condition:bool", Result: "dynamic", Gen: hllIf, Nulls: Maybe},
				{Params: "x:scalar, condition:bool, accuracy:integer", Result: "dynamic", Gen: hllIf, Nulls: Maybe},
			},
			Examples: []Example{{sample + "summarize h = hll_if(g, n < 3) | project dcount_hll(h)", []string{"1"}}},
		},
		{
			Name: "hll_merge", Doc: "One sketch of several hll sketches.", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:dynamic", Result: "dynamic", Gen: gathered("kql_hll_merge"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize h = hll(g) by b | summarize dcount_hll(hll_merge(h))", []string{"2"}}},
		},
		{
			Name: "tdigest", Doc: "A sketch of the numbers, each of a weight, which percentile_tdigest reads.", Naming: ByPrefixArg,
			Sigs: []Sig{
				{Params: "x:number", Result: "dynamic", SQL: "kql_tdigest('[' || string_agg(CAST($1 AS VARCHAR), ',') || ']', '')", Nulls: Maybe},
				{Params: "x:number, weight:number", Result: "dynamic", SQL: "kql_tdigest('[' || string_agg(CAST($1 AS VARCHAR), ',' ORDER BY $1) FILTER (WHERE $2 IS NOT NULL) || ']', '[' || string_agg(CAST($2 AS VARCHAR), ',' ORDER BY $1) FILTER (WHERE $1 IS NOT NULL) || ']')", Nulls: Maybe},
			},
			Examples: []Example{{sample + "summarize t = tdigest(n), w = tdigest(n, n) | project percentile_tdigest(t, 50, typeof(long)), percentile_tdigest(w, 50, typeof(long))", []string{"2", "4"}}},
		},
		{
			Name: "tdigest_merge", Aliases: []string{"merge_tdigest"}, Doc: "One sketch of several tdigest sketches.", Prefix: "merge_tdigests", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:dynamic", Result: "dynamic", Gen: gathered("kql_tdigest_merge"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize t = tdigest(n) by b | summarize t = tdigest_merge(t) | project percentile_tdigest(t, 100, typeof(long))", []string{"4"}}},
		},
		{
			Name: "buildschema", Doc: "What types the values, their properties and their elements have.", Prefix: "schema", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:dynamic", Result: "dynamic", Gen: gathered("kql_build_schema"), Nulls: Maybe}},
			Examples: []Example{{`datatable(x:dynamic)[dynamic({"a":1}), dynamic({"a":["x"]})] | summarize buildschema(x)`, []string{"{\"a\":[\"long\",{\"`indexer`\":\"string\"}]}"}}},
		},
		percentileArray("percentiles_array", "x:scalar, percents:json*!", false),
		percentileArray("percentilesw_array", "x:scalar, weight:number, percents:json*!", true),
		{
			Name: "percentilew", Doc: "The value below which so many percent of the weights lie.",
			Sigs:     []Sig{{Params: "x:scalar, weight:number, p:number", Result: "promoted", Gen: weightedPercentile, Nulls: Maybe}},
			Examples: []Example{{sample + "summarize percentilew(n, n, 60)", []string{"4"}}},
		},
	}
	for _, f := range aggregates {
		f.Kind = Aggregate
	}
	return family("sketch", append(aggregates,
		&Func{
			Name: "dcount_hll", Doc: "The number of different values of an hll sketch.", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "hll:dynamic", Result: "long", SQL: "kql_dcount_hll($1)", Nulls: Maybe}},
			Examples: []Example{{sample + "summarize h = hll(n) | project dcount_hll(h)", []string{"3"}}},
		},
		&Func{
			Name: "hll_merge", Doc: "One sketch of several hll sketches.", Naming: ByPrefix, Prefix: "hll_merged_result",
			Sigs:     []Sig{{Params: "hll:dynamic*", Result: "dynamic", Gen: packed("kql_hll_merge"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize h = hll(n), k = hll(g) | project dcount_hll(hll_merge(h, k))", []string{"5"}}},
		},
		&Func{
			Name: "tdigest_merge", Aliases: []string{"merge_tdigest"}, Doc: "One sketch of several tdigest sketches.", Naming: ByPrefix, Prefix: "tdigests_merge_result",
			Sigs:     []Sig{{Params: "tdigest:dynamic*", Result: "dynamic", Gen: packed("kql_tdigest_merge"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize t = tdigest(n), u = tdigest(r) | project percentile_tdigest(merge_tdigest(t, u), 0)", []string{"1.0"}}},
		},
		&Func{
			Name: "percentile_tdigest", Doc: "The value of a tdigest sketch below which so many percent lie.", Naming: ByPrefixArg,
			Sigs: []Sig{
				{Params: "tdigest:dynamic, percent:number", Result: "dynamic", SQL: "kql_real_text(kql_percentile_tdigest($1, $2))", Nulls: Maybe},
			},
			Examples: []Example{{sample + "summarize t = tdigest(n) | project percentile_tdigest(t, 50)", []string{"2.0"}}},
		},
		&Func{
			Name: "percentiles_array_tdigest", Doc: "The values of a tdigest sketch below which so many percent lie, as an array.", Naming: ByPrefixArg, Prefix: "percentile_tdigest",
			Sigs: []Sig{{Params: "tdigest:dynamic, percents:json*", Result: "dynamic", Gen: func(c *Call) string {
				return "kql_percentiles_tdigest(" + c.Args[0].SQL + ", " + flat(c.Args[1:]) + ")"
			}, Nulls: Maybe}},
			Examples: []Example{{sample + "summarize t = tdigest(n) | project percentiles_array_tdigest(t, 0, 100)", []string{"[1.0,4.0]"}}},
		},
		&Func{
			Name: "rank_tdigest", Doc: "How many values of a tdigest sketch are at most a value.",
			Sigs:     []Sig{{Params: "tdigest:dynamic, value:number", Result: "real", SQL: "kql_rank_tdigest($1, $2)", Nulls: Maybe}},
			Examples: []Example{{sample + "summarize t = tdigest(n) | project rank_tdigest(t, 2)", []string{"2.0"}}},
		},
		&Func{
			Name: "percentrank_tdigest", Doc: "How many percent of the values of a tdigest sketch are at most a value.",
			Sigs:     []Sig{{Params: "tdigest:dynamic, value:number", Result: "real", SQL: "kql_percentrank_tdigest($1, $2)", Nulls: Maybe}},
			Examples: []Example{{sample + "summarize t = tdigest(n) | project percentrank_tdigest(t, 4)", []string{"100.0"}}},
		},
	)...)
}

func hllOf(c *Call) string {
	return "kql_hll('[' || string_agg(DISTINCT CAST(" + hashOf(c.Args[0]) + " AS VARCHAR), ',')" + c.Where + " || ']')"
}

func hllIf(c *Call) string {
	plain := *c
	plain.Args, plain.Where = c.Args[:1], " FILTER (WHERE "+c.Args[1].SQL+")"
	return hllOf(&plain)
}

// gathered hands all values of a group to a function as one array.
func gathered(name string) func(*Call) string {
	return func(c *Call) string {
		return c.expand(name + "('[' || string_agg($1, ','$order)$where || ']')")
	}
}

// flat makes one array of numbers and arrays of numbers.
func flat(args []Arg) string {
	return "kql_flat(" + arrayOf(args) + ")"
}

func percentileArray(name, params string, weighted bool) *Func {
	call, want, at := "n, 0, 100", "[1,4]", 1
	if weighted {
		call, want, at = "n, n, dynamic([10, 60])", "[1,4]", 2
	}
	return &Func{
		Name: name, Doc: "The values below which so many percent of the " + map[bool]string{false: "values", true: "weights"}[weighted] + " lie, as an array.",
		Naming: ByPrefixArg, Prefix: "percentiles",
		Sigs: []Sig{{Params: params, Result: "dynamic", Gen: func(c *Call) string {
			return quantilesOf(c, weighted, jsonOf(c.Args[0]), flat(c.Args[at:]))
		}, Nulls: Maybe}},
		Examples: []Example{{sample + "summarize " + name + "(" + call + ")", []string{want}}},
	}
}

// quantilesOf picks from the group's values in ascending order.
func quantilesOf(c *Call, weighted bool, value, percents string) string {
	x := Paren(c.Args[0].SQL)
	weights := "''"
	where := ""
	if weighted {
		w := Paren(c.Args[1].SQL)
		where = " FILTER (WHERE " + x + " IS NOT NULL AND " + w + " IS NOT NULL)"
		weights = "'[' || string_agg(CAST(" + w + " AS VARCHAR), ',' ORDER BY " + x + ")" + where + " || ']'"
	}
	return "kql_quantiles('[' || string_agg(" + value + ", ',' ORDER BY " + x + ")" + where + " || ']', " + weights + ", " + percents + ")"
}

// jsonOf writes a value as JSON.
func jsonOf(a Arg) string {
	switch a.Type {
	case schema.Datetime:
		return "kql_quote(kql_datetime_text(" + a.SQL + "))"
	case schema.Timespan:
		return "kql_quote(kql_timespan_text(" + a.SQL + "))"
	case schema.String, schema.GUID:
		return "kql_quote(" + a.SQL + ")"
	case schema.Dynamic, schema.Decimal:
		return a.SQL
	}
	return "CAST(" + a.SQL + " AS VARCHAR)"
}

func weightedPercentile(c *Call) string {
	raw := c.Args[0].SQL
	if c.Args[0].Type == schema.String || c.Args[0].Type == schema.GUID {
		raw = "kql_quote(" + raw + ")"
	}
	sql := quantilesOf(c, true, "CAST("+raw+" AS VARCHAR)", "'[' || CAST("+c.Args[2].SQL+" AS VARCHAR) || ']'")
	sql = "kql_text(kql_at(" + sql + ", 0))"
	if t := SQLType(c.Result); !strings.HasPrefix(t, "VARCHAR") {
		return "TRY_CAST(" + sql + " AS " + t + ")"
	}
	return sql
}
