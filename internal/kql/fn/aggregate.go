package fn

import (
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

const sample = "datatable(g:string, n:long, r:real, b:bool)['a',1,1.5,true, 'a',2,2.5,false, 'b',4,real(null),true] | "

func aggregates() []*Func {
	fs := []*Func{
		{
			Name: "count", Doc: "The number of rows.", Prefix: "count",
			Sigs: []Sig{
				{Result: "long", SQL: "count(*)", Nulls: Never},
				{Params: "x:scalar", Result: "long", SQL: "count(*)", Nulls: Never},
			},
			Examples: []Example{{sample + "summarize count()", []string{"3"}}},
		},
		{
			Name: "countif", Doc: "The number of rows for which the condition is true.",
			Sigs:     []Sig{{Params: "condition:bool", Result: "long", SQL: "count(*) FILTER (WHERE $1)", Nulls: Never}},
			Examples: []Example{{sample + "summarize countif(b), countif(n > 9)", []string{"2", "0"}}},
		},
		{
			Name: "dcount", Doc: "The number of different values, counted exactly.",
			Sigs: []Sig{
				{Params: "x:scalar", Result: "long", SQL: "count(DISTINCT $1)", Nulls: Never},
				{Params: "x:scalar, accuracy:integer", Result: "long", SQL: "count(DISTINCT $1)", Nulls: Never},
			},
			Examples: []Example{{sample + "summarize dcount(g), dcount(r)", []string{"2", "2"}}},
		},
		{
			Name: "dcountif", Doc: "The number of different values in rows for which the condition is true.",
			Sigs: []Sig{
				{Params: "x:scalar, condition:bool", Result: "long", SQL: "count(DISTINCT $1) FILTER (WHERE $2)", Nulls: Never},
				{Params: "x:scalar, condition:bool, accuracy:integer", Result: "long", SQL: "count(DISTINCT $1) FILTER (WHERE $2)", Nulls: Never},
			},
			Examples: []Example{{sample + "summarize dcountif(g, n < 3)", []string{"1"}}},
		},
		{
			Name: "count_distinct", Doc: "The number of different values.",
			Sigs:     []Sig{{Params: "x:notdynamic", Result: "long", SQL: "count(DISTINCT $1)", Nulls: Never}},
			Examples: []Example{{sample + "summarize count_distinct(g)", []string{"2"}}},
		},
		{
			Name: "count_distinctif", Doc: "The number of different values in rows for which the condition is true.",
			Sigs:     []Sig{{Params: "x:notdynamic, condition:bool", Result: "long", SQL: "count(DISTINCT $1) FILTER (WHERE $2)", Nulls: Never}},
			Examples: []Example{{sample + "summarize count_distinctif(g, b)", []string{"2"}}},
		},
		{
			Name: "make_list", Doc: "The values as an array, nulls left out.", Prefix: "list",
			Sigs: []Sig{
				{Params: "x:dynamic", Result: "dynamic", Gen: makeListOfArrays, Nulls: Never},
				{Params: "x:dynamic, size:integer!", Result: "dynamic", Gen: makeListOfArrays, Nulls: Never},
				{Params: "x:json", Result: "dynamic", Gen: makeList, Nulls: Never},
				{Params: "x:json, size:integer!", Result: "dynamic", Gen: makeList, Nulls: Never},
			},
			Examples: []Example{
				{sample + "summarize make_list(n), make_list(r), make_list(g, 2)", []string{"[1,2,4]", "[1.5,2.5]", `["a","a"]`}},
				{sample + "summarize make_list(pack_array(n, 0))", []string{"[1,0,2,0,4,0]"}},
			},
		},
		{
			Name: "make_list_with_nulls", Doc: "The values as an array, nulls included.", Prefix: "list",
			Sigs:     []Sig{{Params: "x:json", Result: "dynamic", Gen: makeListWithNulls, Nulls: Never}},
			Examples: []Example{{sample + "summarize make_list_with_nulls(r)", []string{"[1.5,2.5,null]"}}},
		},
		{
			Name: "make_set", Doc: "The different values as an array, nulls left out.", Prefix: "set",
			Sigs: []Sig{
				{Params: "x:dynamic", Result: "dynamic", Gen: makeSetOfArrays, Nulls: Never},
				{Params: "x:dynamic, size:integer!", Result: "dynamic", Gen: makeSetOfArrays, Nulls: Never},
				{Params: "x:json", Result: "dynamic", Gen: makeSet, Nulls: Never},
				{Params: "x:json, size:integer!", Result: "dynamic", Gen: makeSet, Nulls: Never},
			},
			Examples: []Example{
				{sample + "summarize make_set(g)", []string{`["a","b"]`}},
				{sample + "summarize make_set(pack_array(n, n / 2))", []string{`[1,0,2,4]`}},
			},
		},
		{
			Name: "make_bag", Doc: "One bag of all bags' properties.", Prefix: "bag",
			Sigs: []Sig{
				{Params: "x:dynamic", Result: "dynamic", Gen: makeBag, Nulls: Never},
				{Params: "x:dynamic, size:integer!", Result: "dynamic", Gen: makeBag, Nulls: Never},
			},
			Examples: []Example{{sample + "where n != 2 | summarize make_bag(bag_pack(g, n))", []string{`{"a":1,"b":4}`}}},
		},
		{
			Name: "sum", Doc: "The sum of the values that are not null.",
			Sigs: []Sig{
				{Params: "x:decimal", Result: "decimal", SQL: "coalesce(" + decimalSum + ", '0')", Nulls: Never},
				{Params: "x:summable", Result: "promoted", Gen: sum, Nulls: Never},
			},
			Examples: []Example{
				{sample + "summarize sum(n), sum(r)", []string{"7", "4.0"}},
				{"datatable(x:decimal)[decimal(0.1), decimal(0.2)] | summarize sum(x), avg(x)", []string{"0.3", "0.15"}},
			},
		},
		{
			Name: "avg", Doc: "The average of the values that are not null, NaN of none.",
			Sigs: []Sig{
				{Params: "x:decimal", Result: "decimal", SQL: "kql_decimal('/', " + decimalSum + ", CAST(count($1)$where AS VARCHAR))", Nulls: Maybe},
				{Params: "x:number", Result: "real", SQL: "coalesce(avg(CAST($1 AS DOUBLE))$where, 'NaN')", Nulls: Never},
				{Params: "x:datetime", Result: "datetime", SQL: "CAST(sum($1)$where // nullif(count($1)$where, 0) AS BIGINT)", Nulls: Maybe},
				{Params: "x:timespan", Result: "timespan", SQL: "CAST(sum($1)$where // nullif(count($1)$where, 0) AS BIGINT)", Nulls: Maybe},
			},
			Examples: []Example{{sample + "summarize avg(n), avg(r)", []string{"2.3333333333333335", "2.0"}}},
		},
		extreme("min", "least", "1"), extreme("max", "greatest", "4"),
		{
			Name: "take_any", Aliases: []string{"any"}, Doc: "The value of any row.", Prefix: "any",
			Sigs: []Sig{{Params: "x:scalar", Result: "arg1", Gen: anyValue, Nulls: Maybe}},
			Examples: []Example{
				{sample + "where g == 'b' | summarize take_any(n)", []string{"4"}},
				{"datatable(a:string, b:long)['', long(null), 'x', 2] | summarize take_any(a), take_any(b)", []string{"x", "2"}},
			},
		},
		{
			Name: "take_any of several", Doc: "The value of any row, the same one for several columns.",
			Sigs:     []Sig{{Params: "x:scalar", Result: "arg1", Gen: rowValue, Nulls: Maybe}},
			Examples: []Example{{sample + "where g == 'b' | summarize take_any(n, r)", []string{"4", ""}}},
		},
		{
			Name: "take_anyif", Doc: "The value of any row for which the condition is true.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:scalar, condition:bool", Result: "arg1", Gen: filtered(Sig{Gen: anyValue}, 1), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize take_anyif(n, g == 'b')", []string{"4"}}},
		},
		{
			Name: "anyif", Doc: "The value of any row for which the condition is true; the old form of take_anyif.",
			Sigs:     []Sig{{Params: "x:scalar, condition:bool", Result: "arg1", Gen: filtered(Sig{Gen: anyValue}, 1), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize anyif(n, g == 'b')", []string{"4"}}},
		},
		{
			Name: "arg_max", Aliases: []string{"argmax"}, Doc: "Columns of the row in which the first argument is greatest.",
			Sigs:     []Sig{{Params: "by:orderable, x:scalar", Result: "arg2", Gen: argExtreme("arg_max_null"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize arg_max(n, g)", []string{"4", "b"}}},
		},
		{
			Name: "arg_min", Aliases: []string{"argmin"}, Doc: "Columns of the row in which the first argument is least.",
			Sigs:     []Sig{{Params: "by:orderable, x:scalar", Result: "arg2", Gen: argExtreme("arg_min_null"), Nulls: Maybe}},
			Examples: []Example{{sample + "summarize arg_min(n, g, r)", []string{"1", "a", "1.5"}}},
		},
		spread("stdev", "standard deviation of a sample", "stddev_samp"),
		spread("stdevp", "standard deviation", "stddev_pop"),
		spread("variance", "variance of a sample", "var_samp"),
		spread("variancep", "variance", "var_pop"),
		covariance("covariance", "covariance of a sample", "covar_samp"),
		covariance("covariancep", "covariance", "covar_pop"),
		bits("binary_all_and", "and", "bit_and", "0"),
		bits("binary_all_or", "or", "bit_or", "7"),
		bits("binary_all_xor", "exclusive or", "bit_xor", "7"),
		{
			Name: "percentile", Doc: "The value below which so many percent of the values lie.",
			Sigs: []Sig{
				{Params: "x:decimal, p:number", Result: "real", Gen: func(c *Call) string {
					reals := *c
					reals.Args = append([]Arg{{SQL: "CAST(" + c.Args[0].SQL + " AS DOUBLE)", Type: schema.Real}}, c.Args[1:]...)
					return percentile(&reals)
				}, Nulls: Maybe},
				{Params: "x:scalar, p:number", Result: "promoted", Gen: percentile, Nulls: Maybe},
			},
			Examples: []Example{
				{sample + "summarize percentile(n, 50)", []string{"2"}},
				{"range x from 1 to 1000 step 1 | summarize percentile(x, 55), percentile(x, 99.9)", []string{"550", "999"}},
			},
		},
	}
	return family("aggregate", append(withIf(fs), old(fs, "make_list", "makelist"), old(fs, "make_set", "makeset"), old(fs, "make_bag", "make_dictionary"))...)
}

// OldSize is how many values the old forms of some functions and operators
// take unless told otherwise.
const OldSize = 128

// old is a function under its old name, with a default size.
func old(fs []*Func, name, oldName string) *Func {
	for _, f := range fs {
		if f.Name != name {
			continue
		}
		g := &Func{Name: oldName, Kind: Aggregate, Naming: f.Naming, Prefix: strings.TrimPrefix(strings.TrimPrefix(oldName, "make"), "_")}
		g.Doc = fmt.Sprintf("%s, of at most %d values unless a size is given; the old form of %s.", strings.TrimSuffix(f.Doc, "."), OldSize, f.Name)
		g.Examples = []Example{{sample + "summarize " + oldName + "(" + map[string]string{"make_bag": "bag_pack('x', 1)"}[name] + ")", []string{`{"x":1}`}}}
		if name != "make_bag" {
			g.Examples = []Example{{"range x from 1 to 300 step 1 | summarize array_length(" + oldName + "(x)), array_length(" + oldName + "(x, 200))", []string{"128", "200"}}}
		}
		if name == "make_bag" {
			g.Prefix = "dictionary"
		}
		for _, s := range f.Sigs {
			if !strings.Contains(s.Params, "size:") {
				s.Gen = sized(s)
			}
			g.Sigs = append(g.Sigs, s)
		}
		return g
	}
	panic("there is no function " + name)
}

func sized(s Sig) func(*Call) string {
	return func(c *Call) string {
		with := *c
		with.Args = append(append([]Arg{}, c.Args...), Arg{SQL: strconv.Itoa(OldSize), Type: schema.Long, Const: true, Value: int64(OldSize)})
		return s.Write(&with)
	}
}

// withIf adds the aggregates that count only some rows: name, suffix and the
// place of the condition are all that differs.
func withIf(fs []*Func) []*Func {
	for _, f := range fs {
		f.Kind = Aggregate
		if f.Naming == ByPlace {
			f.Naming = ByPrefixArg
		}
	}
	for _, c := range []struct{ name, args, want string }{
		{"sum", "n, n > 1", "6"},
		{"avg", "n, n > 1", "3.0"},
		{"min", "n, n > 1", "2"},
		{"max", "n, n < 3", "2"},
		{"stdev", "n, n > 3", "0.0"},
		{"stdevp", "n, n > 1", "1.0"},
		{"variance", "n, n > 1", "2.0"},
		{"variancep", "n, n > 1", "1.0"},
		{"covariance", "n, n, n > 1", "2.0"},
		{"covariancep", "n, n, n > 1", "1.0"},
		{"make_list", "n, n > 1", "[2,4]"},
		{"make_set", "g, n < 3", `["a"]`},
		{"make_bag", "bag_pack(g, n), n > 2", `{"b":4}`},
	} {
		for _, f := range fs {
			if f.Name == c.name {
				with := conditioned(f)
				with.Examples = []Example{{sample + "summarize " + with.Name + "(" + c.args + ")", []string{c.want}}}
				fs = append(fs, with)
				break
			}
		}
	}
	return fs
}

func conditioned(f *Func) *Func {
	sep := ""
	if strings.HasPrefix(f.Name, "make_") {
		sep = "_"
	}
	with := &Func{
		Name: f.Name + sep + "if", Kind: Aggregate, Naming: f.Naming, Prefix: f.Prefix,
		Doc: strings.TrimSuffix(f.Doc, ".") + ", of the rows for which the condition is true.",
	}
	for _, s := range f.Sigs {
		parts := strings.Split(s.Params, ", ")
		at := len(parts)
		if strings.HasPrefix(parts[at-1], "size:") {
			at--
		}
		params := append(append(append([]string{}, parts[:at]...), "condition:bool"), parts[at:]...)
		with.Sigs = append(with.Sigs, Sig{Params: strings.Join(params, ", "), Result: s.Result, Nulls: s.Nulls, Gen: filtered(s, at)})
	}
	return with
}

// filtered writes an aggregate over the rows for which argument at is true.
func filtered(s Sig, at int) func(*Call) string {
	return func(c *Call) string {
		plain := *c
		plain.Args = append(append([]Arg{}, c.Args[:at]...), c.Args[at+1:]...)
		plain.Where = " FILTER (WHERE " + c.Args[at].SQL + ")"
		return s.Write(&plain)
	}
}

func makeList(c *Call) string {
	if len(c.Args) == 2 {
		return c.expand("concat('[', array_to_string((list($1$order)$where)[:$2], ','), ']')")
	}
	return c.expand("concat('[', string_agg($1, ','$order)$where, ']')")
}

// makeListOfArrays makes a list of the elements of arrays: the text of an array
// without its brackets is that of its elements.
func makeListOfArrays(c *Call) string {
	if len(c.Args) == 2 {
		return c.expand("concat('[', array_to_string(flatten(list(CASE WHEN $1 ^@ '[' THEN kql_elements($1) ELSE [$1] END$order)$where)[:$2], ','), ']')")
	}
	return c.expand("concat('[', string_agg(nullif(CASE WHEN $1 ^@ '[' THEN substr($1, 2, length($1) - 2) ELSE $1 END, ''), ','$order)$where, ']')")
}

func makeListWithNulls(c *Call) string {
	return c.expand("concat('[', string_agg(coalesce($1, 'null'), ','$order)$where, ']')")
}

func makeSet(c *Call) string {
	if len(c.Args) == 2 {
		return c.expand("concat('[', array_to_string((list(DISTINCT $1 ORDER BY $1)$where)[:$2], ','), ']')")
	}
	return c.expand("concat('[', string_agg(DISTINCT $1, ',' ORDER BY $1)$where, ']')")
}

// makeSetOfArrays makes a set of the elements of arrays.
func makeSetOfArrays(c *Call) string {
	size := "-1"
	if len(c.Args) == 2 {
		size = "$2"
	}
	return c.expand("kql_set_of_arrays(concat('[', string_agg(DISTINCT $1, ',' ORDER BY $1)$where, ']'), " + size + ")")
}

func makeBag(c *Call) string {
	if len(c.Args) == 2 {
		return c.expand("kql_bag_merge(concat('[', array_to_string((list($1$order)$where)[:$2], ','), ']'))")
	}
	return c.expand("kql_bag_merge(concat('[', string_agg($1, ','$order)$where, ']'))")
}

// decimalSum adds decimals up without rounding, to 15 places.
const decimalSum = `regexp_replace(CAST(sum(TRY_CAST($1 AS DECIMAL(38, 15)))$where AS VARCHAR), '\.?0+$', '')`

// percentile writes the percentage as a decimal number: 55 / 100 in binary is
// a little more than it should be, and the rank after the right one is taken.
func percentile(c *Call) string {
	part := "$2 / 100"
	if p, ok := c.Args[1].number(); ok {
		part = hundredth(p)
	}
	return c.expand("quantile_disc($1, " + part + ")")
}

// number is the value of a constant number.
func (a Arg) number() (float64, bool) {
	switch v := a.Value.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// hundredth writes p / 100 in decimal digits.
func hundredth(p float64) string {
	digits := strconv.FormatFloat(p, 'f', -1, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	for len(whole) < 3 {
		whole = "0" + whole
	}
	at := len(whole) - 2
	return whole[:at] + "." + whole[at:] + fraction
}

// anyValue prefers a value that is neither null nor empty.
func anyValue(c *Call) string {
	if c.Args[0].Type == schema.String {
		return c.expand("any_value(nullif($1, ''))$where")
	}
	return c.expand("any_value($1)$where")
}

// rowValue is that of any row, the same one for all columns.
func rowValue(c *Call) string { return c.expand("first($1)") }

// argExtreme takes any row if there is nothing to compare.
func argExtreme(name string) func(*Call) string {
	return func(c *Call) string {
		by := "$1"
		if c.Args[0].Type == schema.Decimal {
			by = DecimalKey(by)
		}
		if !c.Args[0].Nullable {
			return c.expand(name + "($2, " + by + ")")
		}
		return c.expand("CASE WHEN count($1) > 0 THEN " + name + "($2, " + by + ") ELSE first($2) END")
	}
}

func sum(c *Call) string {
	return c.expand("CAST(coalesce(sum($1)$where, 0) AS " + SQLType(c.Result) + ")")
}

func extreme(name, word, want string) *Func {
	gen := func(c *Call) string { return c.expand(name + "($1)$where") }
	return &Func{
		Name: name, Doc: "The " + word + " value, null of none.",
		Sigs: []Sig{
			{Params: "x:decimal", Result: "decimal", Gen: func(c *Call) string {
				return c.expand("split_part(" + name + "(" + DecimalKey("$1") + " || ' ' || $1)$where, ' ', 2)")
			}, Nulls: Maybe},
			{Params: "x:orderable", Result: "arg1", Gen: gen, Nulls: Maybe},
		},
		Examples: []Example{{sample + "summarize " + name + "(n)", []string{want}}},
	}
}

func spread(name, word, sql string) *Func {
	gen := func(c *Call) string { return c.expand("coalesce(" + sql + "(CAST($1 AS DOUBLE))$where, 0)") }
	return &Func{
		Name: name, Doc: "The " + word + ", 0 of less than two values.",
		Sigs:     []Sig{{Params: "x:summable", Result: "real", Gen: gen, Nulls: Never}},
		Examples: []Example{{"range x from 1 to 1 step 1 | summarize " + name + "(x)", []string{"0.0"}}},
	}
}

func covariance(name, word, sql string) *Func {
	gen := func(c *Call) string { return c.expand(sql + "(CAST($1 AS DOUBLE), CAST($2 AS DOUBLE))$where") }
	return &Func{
		Name: name, Doc: "The " + word + " of two columns.",
		Sigs:     []Sig{{Params: "x:number, y:number", Result: "real", Gen: gen, Nulls: Maybe}},
		Examples: []Example{{"range x from 1 to 2 step 1 | summarize round(" + name + "(x, x * 2), 1)", []string{strconv.FormatFloat(map[string]float64{"covar_samp": 1, "covar_pop": 0.5}[sql], 'f', 1, 64)}}},
	}
}

func bits(name, word, sql, want string) *Func {
	return &Func{
		Name: name, Doc: "The bitwise " + word + " of all values.", Naming: ByArg,
		Sigs:     []Sig{{Params: "x:integer", Result: "arg1", SQL: sql + "($1)", Nulls: Maybe}},
		Examples: []Example{{sample + "summarize " + name + "(n)", []string{want}}},
	}
}
