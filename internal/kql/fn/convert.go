package fn

import "nephoscope/internal/schema"

func conversions() []*Func {
	return family("conversion",
		&Func{
			Name: "tostring", Doc: "The value as text; null is the empty text.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:string", Result: "string", SQL: "$1"},
				{Params: "x:bool", Result: "string", SQL: "CASE WHEN $1 THEN 'true' WHEN NOT $1 THEN 'false' ELSE '' END", Nulls: Never},
				{Params: "x:integer", Result: "string", SQL: "CAST($1 AS VARCHAR)"},
				{Params: "x:decimal", Result: "string", SQL: "$1"},
				{Params: "x:real", Result: "string", SQL: "kql_real_text($1)"},
				{Params: "x:datetime", Result: "string", SQL: "kql_datetime_text($1)"},
				{Params: "x:timespan", Result: "string", SQL: "kql_timespan_text($1)"},
				{Params: "x:guid", Result: "string", SQL: "$1"},
				{Params: "x:dynamic", Result: "string", SQL: "kql_text($1)", Nulls: Never},
			},
			Examples: []Example{
				{"print tostring(42), tostring(1.5), tostring(true), tostring(int(null))", []string{"42", "1.5", "true", ""}},
				{"print tostring(datetime(2024-02-29 12:30:00.5)), tostring(1d + 90m)", []string{"2024-02-29T12:30:00.5000000Z", "1.01:30:00"}},
				{`print tostring(dynamic({"a": [1, "x"]})), tostring(dynamic("quo\"te"))`, []string{`{"a":[1,"x"]}`, `quo"te`}},
			},
		},
		&Func{
			Name: "tolong", Doc: "The value as a whole number of 64 bits, null if it is none; fractions are cut off.", Naming: ByArg, Conversion: true,
			Sigs:     whole("long", "BIGINT"),
			Examples: []Example{{`print tolong("42"), tolong("-0x10"), tolong(7.9), tolong("seven"), tolong(true)`, []string{"42", "-16", "7", "", "1"}}},
		},
		&Func{
			Name: "toint", Doc: "The value as a whole number of 32 bits, null if it is none; fractions are cut off.", Naming: ByArg, Conversion: true,
			Sigs:     whole("int", "INTEGER"),
			Examples: []Example{{`print toint("12"), toint(3000000000), toint(dynamic({"a":5}).a)`, []string{"12", "", "5"}}},
		},
		&Func{
			Name: "todouble", Aliases: []string{"toreal"}, Doc: "The value as a floating point number, null if it is none.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:real", Result: "real", SQL: "$1"},
				{Params: "x:integer", Result: "real", SQL: "CAST($1 AS DOUBLE)"},
				{Params: "x:decimal", Result: "real", SQL: "CAST($1 AS DOUBLE)"},
				{Params: "x:bool", Result: "real", SQL: "CAST($1 AS DOUBLE)"},
				{Params: "x:summable", Result: "real", SQL: "CAST($1 AS DOUBLE)"},
				{Params: "x:string", Result: "real", SQL: "kql_parse_real($1)", Nulls: Maybe},
				{Params: "x:dynamic", Result: "real", SQL: "kql_parse_real(kql_text($1))", Nulls: Maybe},
			},
			Examples: []Example{{`print todouble("1.5e3"), todouble(3), todouble("x")`, []string{"1500.0", "3.0", ""}}},
		},
		&Func{
			Name: "todecimal", Doc: "The value as a decimal number, null if it is none.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:decimal", Result: "decimal", SQL: "$1"},
				{Params: "x:number", Result: "decimal", SQL: "CAST($1 AS VARCHAR)"},
				{Params: "x:string", Result: "decimal", SQL: "CASE WHEN kql_parse_real($1) IS NOT NULL THEN trim($1) END", Nulls: Maybe},
				{Params: "x:dynamic", Result: "decimal", SQL: "CASE WHEN kql_parse_real(kql_text($1)) IS NOT NULL THEN kql_text($1) END", Nulls: Maybe},
			},
			Examples: []Example{{`print tostring(todecimal("12.34"))`, []string{"12.34"}}},
		},
		&Func{
			Name: "tobool", Aliases: []string{"toboolean"}, Doc: "The value as true or false, null if it is neither; numbers are true unless they are zero.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:bool", Result: "bool", SQL: "$1"},
				{Params: "x:number", Result: "bool", SQL: "$1 <> 0"},
				{Params: "x:string", Result: "bool", SQL: "kql_parse_bool($1)", Nulls: Maybe},
				{Params: "x:dynamic", Result: "bool", SQL: "kql_parse_bool(kql_text($1))", Nulls: Maybe},
			},
			Examples: []Example{{`print tobool("TRUE"), tobool(0), tobool("maybe"), tobool(dynamic([true])[0])`, []string{"true", "false", "", "true"}}},
		},
		&Func{
			Name: "todatetime", Doc: "The value as a date and time in UTC, null if it is none.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:datetime", Result: "datetime", SQL: "$1"},
				{Params: "x:integer", Result: "datetime", SQL: "$1"},
				{Params: "x:string", Result: "datetime", SQL: "kql_parse_datetime($1)", Nulls: Maybe},
				{Params: "x:dynamic", Result: "datetime", SQL: "kql_parse_datetime(kql_text($1))", Nulls: Maybe},
			},
			Examples: []Example{{`print todatetime("2024-02-29T12:30:00.1234567Z"), todatetime("2024-02-29"), todatetime("never")`, []string{"2024-02-29T12:30:00.1234567Z", "2024-02-29T00:00:00.0000000Z", ""}}},
		},
		&Func{
			Name: "totimespan", Aliases: []string{"totime"}, Doc: "The value as a span of time, null if it is none.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:timespan", Result: "timespan", SQL: "$1"},
				{Params: "x:integer", Result: "timespan", SQL: "$1"},
				{Params: "x:string", Result: "timespan", SQL: "kql_parse_timespan($1)", Nulls: Maybe},
				{Params: "x:dynamic", Result: "timespan", SQL: "kql_parse_timespan(kql_text($1))", Nulls: Maybe},
			},
			Examples: []Example{{`print totimespan("1.02:03:04.5"), totimespan("90m"), totimespan("soon")`, []string{"1.02:03:04.5000000", "01:30:00", ""}}},
		},
		&Func{
			Name: "toguid", Doc: "The text as a GUID, null if it is none.", Naming: ByArg, Conversion: true,
			Sigs: []Sig{
				{Params: "x:guid", Result: "guid", SQL: "$1"},
				{Params: "x:string", Result: "guid", SQL: "kql_parse_guid($1)", Nulls: Maybe},
				{Params: "x:dynamic", Result: "guid", SQL: "kql_parse_guid(kql_text($1))", Nulls: Maybe},
			},
			Examples: []Example{{`print toguid("{0A1B2C3D-1111-2222-3333-445566778899}"), toguid("no")`, []string{"0a1b2c3d-1111-2222-3333-445566778899", ""}}},
		},
		&Func{
			Name: "new_guid", Doc: "A random GUID, another one in each row.",
			Sigs:     []Sig{{Result: "guid", SQL: "CAST(uuid() AS VARCHAR)", Nulls: Never}},
			Examples: []Example{{`print new_guid() == new_guid(), strlen(tostring(new_guid()))`, []string{"false", "36"}}},
		},
		&Func{
			Name: "size of", Kind: Operator, Doc: "About how many bytes the value takes.",
			Sigs: []Sig{
				{Params: "x:string", Result: "long", SQL: "strlen($1)", Nulls: Never},
				{Params: "x:dynamic", Result: "long", SQL: "coalesce(strlen($1), 0)", Nulls: Never},
				{Params: "x:scalar", Result: "long", Gen: sizeOf, Nulls: Never},
			},
		},
		&Func{
			Name: "todynamic", Aliases: []string{"toobject"}, Doc: "The JSON text as a value; text that is no JSON becomes a string.", Naming: ByArg, Conversion: true,
			Sigs:     parseJSON,
			Examples: []Example{{`print todynamic('{"a": 1}').a, todynamic("plain")`, []string{"1", `"plain"`}}},
		},
		&Func{
			Name: "parse_json", Aliases: []string{"parsejson"}, Doc: "The JSON text as a value; text that is no JSON becomes a string.", Naming: ByArg,
			Sigs:     parseJSON,
			Examples: []Example{{`print parse_json('{"a": [1, {"b": "x"}]}').a[1].b, parse_json(""), parse_json(" null ")`, []string{`"x"`, "", ""}}},
		},
		&Func{
			Name: "as_dynamic", Kind: Operator, Doc: "The value as a dynamic of the same meaning.",
			Sigs: asDynamic,
		},
		&Func{
			Name: "gettype", Doc: "The name of the value's type; of a dynamic, what it holds.", Naming: ByPrefixArg, Prefix: "type",
			Sigs: []Sig{
				{Params: "x:dynamic", Result: "string", SQL: "kql_typeof($1)", Nulls: Never},
				{Params: "x:scalar", Result: "string", Gen: func(c *Call) string { return Quote(c.Args[0].Type.String()) }, Nulls: Never},
			},
			Examples: []Example{{`print gettype("x"), gettype(1), gettype(dynamic([1])), gettype(dynamic({"a":1.5}).a), gettype(dynamic(null))`, []string{"string", "long", "array", "double", "null"}}},
		},
		&Func{
			Name: "tohex", Doc: "The number in hexadecimal digits.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:integer", Result: "string", SQL: "kql_hex($1, 0)"},
				{Params: "x:integer, min_length:integer", Result: "string", SQL: "kql_hex($1, $2)"},
			},
			Examples: []Example{{"print tohex(255), tohex(-1), tohex(10, 4)", []string{"ff", "ffffffffffffffff", "000a"}}},
		},
	)
}

// whole are the signatures of the conversions to whole numbers.
func whole(result, sql string) []Sig {
	narrow := func(s string) string {
		if result == "int" {
			return "TRY_CAST(" + s + " AS INTEGER)"
		}
		return s
	}
	nulls := Maybe
	if result == "long" {
		nulls = Strict
	}
	return []Sig{
		{Params: "x:integer", Result: result, SQL: "TRY_CAST($1 AS " + sql + ")", Nulls: nulls},
		{Params: "x:decimal", Result: result, SQL: narrow("kql_parse_long($1)"), Nulls: Maybe},
		{Params: "x:real", Result: result, SQL: "TRY_CAST(trunc($1) AS " + sql + ")", Nulls: Maybe},
		{Params: "x:bool", Result: result, SQL: "CAST($1 AS " + sql + ")"},
		{Params: "x:summable", Result: result, SQL: narrow("$1"), Nulls: nulls},
		{Params: "x:string", Result: result, SQL: narrow("kql_parse_long($1)"), Nulls: Maybe},
		{Params: "x:dynamic", Result: result, SQL: narrow("kql_parse_long(kql_text($1))"), Nulls: Maybe},
	}
}

var (
	parseJSON = []Sig{
		{Params: "x:dynamic", Result: "dynamic", SQL: "$1"},
		{Params: "x:string", Result: "dynamic", SQL: "kql_parse_json($1)", Nulls: Maybe},
	}

	asDynamic = []Sig{
		{Params: "x:dynamic", Result: "dynamic", SQL: "$1"},
		{Params: "x:string", Result: "dynamic", SQL: "kql_quote($1)", Nulls: Never},
		{Params: "x:bool", Result: "dynamic", SQL: "CASE WHEN $1 THEN 'true' WHEN NOT $1 THEN 'false' END"},
		{Params: "x:integer", Result: "dynamic", SQL: "CAST($1 AS VARCHAR)"},
		{Params: "x:decimal", Result: "dynamic", SQL: "$1"},
		{Params: "x:real", Result: "dynamic", SQL: "kql_real_json($1)"},
		{Params: "x:datetime", Result: "dynamic", SQL: "kql_quote(kql_datetime_text($1))"},
		{Params: "x:timespan", Result: "dynamic", SQL: "kql_quote(kql_timespan_text($1))"},
		{Params: "x:guid", Result: "dynamic", SQL: "kql_quote($1)"},
	}
)

// sizeOf is the size of values that all take the same space.
func sizeOf(c *Call) string {
	switch c.Args[0].Type {
	case schema.Bool:
		return "1"
	case schema.Int:
		return "4"
	case schema.GUID, schema.Decimal:
		return "16"
	}
	return "8"
}
