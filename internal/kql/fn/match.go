package fn

import "nephoscope/internal/schema"

// matches are functions that look for one of several things in a text.
func matches() []*Func {
	fs := []*Func{
		{
			Name: "has_any_index", Doc: "The place of the first element that the text has as a term, whatever the case, -1 if there is none.",
			Sigs:     []Sig{{Params: "x:textual, terms:dynamic", Result: "long", SQL: "kql_has_any_index($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print has_any_index("one Two", dynamic(["tw","two"])), has_any_index("one", dynamic(["x"]))`, []string{"1", "-1"}}},
		},
		{
			Name: "replace_strings", Doc: "The text with every element of one array replaced by the element of the other at its place.",
			Sigs:     []Sig{{Params: "x:string, lookups:dynamic, rewrites:dynamic", Result: "string", SQL: "kql_replace_strings($1, $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print replace_strings("a b c", dynamic(["a","b"]), dynamic(["b","x"]))`, []string{"b x c"}}},
		},
		{
			Name: "indexof_regex", Doc: "The place in characters of a match of a regular expression, -1 if there is none: the nth one from a start on, within a length.",
			Sigs: []Sig{
				{Params: "x:text, regex:text!", Result: "long", SQL: "kql_indexof_regex($1, $2, 0, -1, 1)", Nulls: Maybe},
				{Params: "x:text, regex:text!, start:integer", Result: "long", SQL: "kql_indexof_regex($1, $2, $3, -1, 1)", Nulls: Maybe},
				{Params: "x:text, regex:text!, start:integer, length:integer", Result: "long", SQL: "kql_indexof_regex($1, $2, $3, $4, 1)", Nulls: Maybe},
				{Params: "x:text, regex:text!, start:integer, length:integer, occurrence:integer", Result: "long", SQL: "kql_indexof_regex($1, $2, $3, $4, $5)", Nulls: Maybe},
			},
			Examples: []Example{{`print indexof_regex("ab12cd3", @"\d+"), indexof_regex("ab12cd3", @"\d+", 0, -1, 2), indexof_regex("ab", @"\d")`, []string{"2", "6", "-1"}}},
		},
		{
			Name: "isascii", Doc: "Whether all characters of the text are ASCII.",
			Sigs:     []Sig{{Params: "x:text", Result: "bool", SQL: "strlen($1) = length($1)", Nulls: Never}},
			Examples: []Example{{`print isascii("abc"), isascii("ä")`, []string{"true", "false"}}},
		},
		{
			Name: "isutf8", Doc: "Whether the text is valid UTF-8, which every stored text is.",
			Sigs:     []Sig{{Params: "x:text", Result: "bool", SQL: "$1 IS NOT NULL", Nulls: Never}},
			Examples: []Example{{`print isutf8("ä")`, []string{"true"}}},
		},
	}
	for _, f := range []struct{ name, native, doc, yes, no string }{
		{"has_ipv4", "kql_has_any_ipv4", "Whether an IPv4 address stands in the text, with neither letters nor digits next to it.", `"10.0.0.1"`, `"0.0.0.1"`},
		{"has_ipv4_prefix", "kql_has_any_ipv4_prefix", "Whether an IPv4 address with a beginning that ends in a dot stands in the text.", `"10.0."`, `"10.1."`},
		{"has_any_ipv4", "kql_has_any_ipv4", "Whether one of several IPv4 addresses stands in the text.", `dynamic(["1.1.1.1","10.0.0.1"])`, `"1.1.1.1", "2.2.2.2"`},
		{"has_any_ipv4_prefix", "kql_has_any_ipv4_prefix", "Whether an IPv4 address with one of several beginnings stands in the text.", `"1.", "10."`, `dynamic(["1.","2."])`},
	} {
		params := "x:textual, ip:string"
		if len(f.name) > len("has_ipv4_prefix") || f.name == "has_any_ipv4" {
			params = "x:textual, ip:texts*"
		}
		fs = append(fs, &Func{
			Name: f.name, Doc: f.doc,
			Sigs: []Sig{{Params: params, Result: "bool", Gen: func(c *Call) string {
				if c.Args[1].Type == schema.String { // has_ipv4 and its like: one text
					return f.native + "(" + c.Args[0].SQL + ", concat('[', kql_quote(" + c.Args[1].SQL + "), ']'))"
				}
				return f.native + "(" + c.Args[0].SQL + ", " + arrayOf(c.Args[1:]) + ")"
			}, Nulls: Never}},
			Examples: []Example{{`print ` + f.name + `("from 10.0.0.1 on", ` + f.yes + `), ` + f.name + `("from 10.0.0.1 on", ` + f.no + `)`, []string{"true", "false"}}},
		})
	}
	return family("string", fs...)
}

// parsers take texts apart.
func parsers() []*Func {
	return family("parsing",
		&Func{
			Name: "parse_path", Doc: "The parts of a path of Windows or Unix as a bag.",
			Sigs:     []Sig{{Params: "path:string", Result: "dynamic", SQL: "kql_parse_path($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_path(@"C:\a\b.txt").Filename, parse_path("/x/y/z").DirectoryPath`, []string{`"b.txt"`, `"/x/y"`}}},
		},
		&Func{
			Name: "geo_info_from_ip_address", Doc: "Where an address is, as a bag of country, state, city, latitude and longitude; null without a database of places (query.geoip in the configuration).",
			Sigs:     []Sig{{Params: "ip:string", Result: "dynamic", SQL: "kql_geo_info($1)", Nulls: Maybe}},
			Examples: []Example{{`print isnull(geo_info_from_ip_address("127.0.0.1"))`, []string{"true"}}},
		},
		&Func{
			Name: "parse_version", Doc: "A version of up to four numbers as one number that compares as versions do, null if it is none.",
			Sigs:     []Sig{{Params: "version:string", Result: "decimal", SQL: "kql_parse_version($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_version("1.2.10") > parse_version("1.2.9"), parse_version("1.x")`, []string{"true", ""}}},
		},
		&Func{
			Name: "parse_command_line", Doc: "The arguments of a command line as an array; the only kind is windows.",
			Sigs:     []Sig{{Params: "command:text, kind:string", Result: "dynamic", SQL: "kql_parse_command_line($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print parse_command_line(@'cmd /c "dir x" a\"b', "windows")`, []string{`["cmd","/c","dir x","a\"b"]`}}},
		},
		&Func{
			Name: "parse_xml", Doc: "An XML document as a bag: attributes begin with @, repeated elements are arrays.", Naming: ByArg,
			Sigs:     []Sig{{Params: "xml:textual", Result: "dynamic", SQL: "kql_parse_xml($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_xml("<a x='1'><b>u</b><b>v</b></a>"), parse_xml("<a>")`, []string{`{"a":{"@x":"1","b":["u","v"]}}`, ""}}},
		},
		&Func{
			Name: "parse_user_agent", Doc: "What a user agent tells of the browser, the os or the device, one of these words or an array of them.",
			Sigs:     []Sig{{Params: "agent:string, look_for:texts", Result: "dynamic", SQL: "kql_parse_user_agent($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print parse_user_agent("curl/8.5.0", "browser").Browser.Family`, []string{`"curl"`}}},
		},
	)
}
