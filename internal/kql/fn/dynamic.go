package fn

import (
	"strings"

	"nephoscope/internal/schema"
)

func dynamics() []*Func {
	return family("dynamic",
		&Func{
			Name: "array_length", Aliases: []string{"arraylength"}, Doc: "The number of elements, null if the value is no array.",
			Sigs:     []Sig{{Params: "array:dynamic", Result: "long", SQL: "kql_array_length($1)", Nulls: Maybe}},
			Examples: []Example{{`print array_length(dynamic([1, "a", [2]])), array_length(dynamic({})), array_length(dynamic([]))`, []string{"3", "", "0"}}},
		},
		&Func{
			Name: "pack_array", Doc: "The arguments as an array.",
			Sigs:     []Sig{{Params: "x:json*", Result: "dynamic", Gen: packArray, Nulls: Never}},
			Examples: []Example{{`print pack_array(1, "a", int(null), true)`, []string{`[1,"a",null,true]`}}},
		},
		&Func{
			Name: "bag_pack", Aliases: []string{"pack", "pack_dictionary"}, Doc: "The arguments, names and values by turns, as a property bag.",
			Sigs:     []Sig{{Params: "key:string*, value:json*", Result: "dynamic", Gen: packBag, Nulls: Never}},
			Examples: []Example{{`print bag_pack("a", 1, "b", "x", "c", dynamic([1,2]))`, []string{`{"a":1,"b":"x","c":[1,2]}`}}},
		},
		&Func{
			Name: "bag_pack filled", Kind: Operator, Doc: "A property bag of the values that are neither null nor empty.",
			Sigs: []Sig{{Params: "key:string*, value:json*", Result: "dynamic", Gen: packFilled, Nulls: Never}},
		},
		&Func{
			Name: "bag_keys", Doc: "The names of a bag's properties as an array.",
			Sigs:     []Sig{{Params: "bag:dynamic", Result: "dynamic", SQL: "kql_bag_keys($1)", Nulls: Maybe}},
			Examples: []Example{{`print bag_keys(dynamic({"a":1,"b":{"c":2}})), bag_keys(dynamic([1]))`, []string{`["a","b"]`, ""}}},
		},
		&Func{
			Name: "bag_has_key", Doc: "Whether a bag has a property; a name that begins with $. is a path.",
			Sigs:     []Sig{{Params: "bag:dynamic, key:string", Result: "bool", SQL: "kql_bag_has_key($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print bag_has_key(dynamic({"a":{"b":1}}), "a"), bag_has_key(dynamic({"a":{"b":1}}), "$.a.b"), bag_has_key(dynamic({}), "a")`, []string{"true", "true", "false"}}},
		},
		&Func{
			Name: "bag_merge", Doc: "One bag of all bags' properties; of equal names the first counts.",
			Sigs:     []Sig{{Params: "bag:dynamic*", Result: "dynamic", Gen: packed("kql_bag_merge"), Nulls: Maybe}},
			Examples: []Example{{`print bag_merge(dynamic({"a":1}), dynamic({"a":2,"b":3}))`, []string{`{"a":1,"b":3}`}}},
		},
		&Func{
			Name: "bag_remove_keys", Doc: "The bag without some properties.",
			Sigs:     []Sig{{Params: "bag:dynamic, keys:dynamic", Result: "dynamic", SQL: "kql_bag_remove_keys($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print bag_remove_keys(dynamic({"a":1,"b":2}), dynamic(["a"]))`, []string{`{"b":2}`}}},
		},
		&Func{
			Name: "array_concat", Doc: "One array of all arrays' elements.",
			Sigs:     []Sig{{Params: "array:dynamic*", Result: "dynamic", Gen: packed("kql_array_concat"), Nulls: Maybe}},
			Examples: []Example{{`print array_concat(dynamic([1,2]), dynamic(["a"]))`, []string{`[1,2,"a"]`}}},
		},
		&Func{
			Name: "array_slice", Doc: "The elements from one place to another, both included; negative places count from the end.",
			Sigs:     []Sig{{Params: "array:dynamic, start:integer, end:integer", Result: "dynamic", SQL: "kql_array_slice($1, $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print array_slice(dynamic([1,2,3,4]), 1, 2), array_slice(dynamic([1,2,3,4]), -2, -1)`, []string{"[2,3]", "[3,4]"}}},
		},
		&Func{
			Name: "array_reverse", Doc: "The array from its end to its beginning.",
			Sigs:     []Sig{{Params: "array:dynamic", Result: "dynamic", SQL: "kql_array_reverse($1)", Nulls: Maybe}},
			Examples: []Example{{`print array_reverse(dynamic([1,2,3]))`, []string{"[3,2,1]"}}},
		},
		&Func{
			Name: "array_index_of", Doc: "The place of a value in the array, -1 if it is not there.",
			Sigs: []Sig{
				{Params: "array:dynamic, value:json", Result: "long", SQL: "kql_array_index_of($1, $2, 0, -1, 1)", Nulls: Maybe},
				{Params: "array:dynamic, value:json, start:integer", Result: "long", SQL: "kql_array_index_of($1, $2, $3, -1, 1)", Nulls: Maybe},
				{Params: "array:dynamic, value:json, start:integer, length:integer", Result: "long", SQL: "kql_array_index_of($1, $2, $3, $4, 1)", Nulls: Maybe},
				{Params: "array:dynamic, value:json, start:integer, length:integer, occurrence:integer", Result: "long", SQL: "kql_array_index_of($1, $2, $3, $4, $5)", Nulls: Maybe},
			},
			Examples: []Example{{`print array_index_of(dynamic(["a","b"]), "b"), array_index_of(dynamic([1,2]), 3)`, []string{"1", "-1"}}},
		},
		&Func{
			Name: "array_sum", Doc: "The sum of the array's numbers.",
			Sigs:     []Sig{{Params: "array:dynamic", Result: "real", SQL: "kql_array_sum($1)", Nulls: Maybe}},
			Examples: []Example{{`print array_sum(dynamic([1,2,3.5]))`, []string{"6.5"}}},
		},
		moved("array_rotate_left", "kql_array_rotate($1, $2)", "moved to the front, those at the front to the end", "[2,3,1]"),
		moved("array_rotate_right", "kql_array_rotate($1, -$2)", "moved to the end, those at the end to the front", "[3,1,2]"),
		shifted("array_shift_left", "$2", "the front", "[2,3,null]", "[2,3,0]"),
		shifted("array_shift_right", "-$2", "the end", "[null,1,2]", "[0,1,2]"),
		&Func{
			Name: "array_split", Doc: "The array cut into arrays at a place or at the places of an array; negative ones count from the end.",
			Sigs:     []Sig{{Params: "array:dynamic, at:json", Result: "dynamic", SQL: "kql_array_split($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print array_split(dynamic([1,2,3,4]), 1), array_split(dynamic([1,2,3,4]), dynamic([1,-1]))`, []string{"[[1],[2,3,4]]", "[[1],[2,3],[4]]"}}},
		},
		&Func{
			Name: "array_iff", Aliases: []string{"array_iif"}, Doc: "For each condition of an array the element of one array if it is true, of another if not.",
			Sigs:     []Sig{{Params: "conditions:dynamic, if_true:json, if_false:json", Result: "dynamic", SQL: "kql_array_iff($1, $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print array_iff(dynamic([true,0]), dynamic([1,2]), "no")`, []string{`[1,"no"]`}}},
		},
		&Func{
			Name: "bag_set_key", Doc: "The bag with a property set; a name that begins with $. is a path.",
			Sigs:     []Sig{{Params: "bag:dynamic, key:string, value:json", Result: "dynamic", SQL: "kql_bag_set_key($1, $2, $3)", Nulls: Maybe}},
			Examples: []Example{{`print bag_set_key(dynamic({"a":1}), "b", 2), bag_set_key(dynamic({}), "$.a.b", "x")`, []string{`{"a":1,"b":2}`, `{"a":{"b":"x"}}`}}},
		},
		&Func{
			Name: "bag_zip", Doc: "A bag with the texts of one array as names and the elements of another as values.",
			Sigs:     []Sig{{Params: "keys:dynamic, values:dynamic", Result: "dynamic", SQL: "kql_bag_zip($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print bag_zip(dynamic(["a","b"]), dynamic([1]))`, []string{`{"a":1,"b":null}`}}},
		},
		&Func{
			Name: "treepath", Doc: "The paths of everything within a value.", Naming: ByPrefixArg, Prefix: "tree",
			Sigs:     []Sig{{Params: "x:dynamic", Result: "dynamic", SQL: "kql_treepath($1)", Nulls: Maybe}},
			Examples: []Example{{`print treepath(dynamic({"a":[{"b":1}]}))`, []string{`["['a']","['a'][0]","['a'][0]['b']"]`}}},
		},
		&Func{
			Name: "jaccard_index", Doc: "The size of the intersection of two sets by the size of their union.",
			Sigs:     []Sig{{Params: "a:dynamic, b:dynamic", Result: "dynamic", SQL: "kql_real_json(kql_jaccard($1, $2))", Nulls: Maybe}},
			Examples: []Example{{`print jaccard_index(dynamic([1,2]), dynamic([2,3]))`, []string{"0.3333333333333333"}}},
		},
		&Func{
			Name: "set_equals", Doc: "Whether two arrays have the same different elements.",
			Sigs:     []Sig{{Params: "a:dynamic, b:dynamic", Result: "bool", SQL: "kql_jaccard($1, $2) = 1 OR kql_array_length($1) = 0 AND kql_array_length($2) = 0", Nulls: Maybe}},
			Examples: []Example{{`print set_equals(dynamic([1,2,2]), dynamic([2,1])), set_equals(dynamic([1]), dynamic([]))`, []string{"true", "false"}}},
		},
		sorted("array_sort_asc", "ascending", "false", `["a","b",null]`),
		sorted("array_sort_desc", "descending", "true", `["b","a",null]`),
		sortedWith("array_sort_asc with", "false"),
		sortedWith("array_sort_desc with", "true"),
		&Func{
			Name: "set_union", Doc: "The different elements of all arrays.",
			Sigs:     []Sig{{Params: "set:dynamic*", Result: "dynamic", Gen: packed("kql_set_union"), Nulls: Maybe}},
			Examples: []Example{{`print set_union(dynamic([1,2]), dynamic([2,3]))`, []string{"[1,2,3]"}}},
		},
		&Func{
			Name: "set_intersect", Doc: "The different elements that are in every array.",
			Sigs:     []Sig{{Params: "set:dynamic*", Result: "dynamic", Gen: packed("kql_set_intersect"), Nulls: Maybe}},
			Examples: []Example{{`print set_intersect(dynamic([1,2,3]), dynamic([3,2]))`, []string{"[2,3]"}}},
		},
		&Func{
			Name: "set_difference", Doc: "The different elements of the first array that are in no other.",
			Sigs:     []Sig{{Params: "set:dynamic*", Result: "dynamic", Gen: packed("kql_set_difference"), Nulls: Maybe}},
			Examples: []Example{{`print set_difference(dynamic([1,2,3]), dynamic([3]), dynamic([1]))`, []string{"[2]"}}},
		},
		&Func{
			Name: "set_has_element", Doc: "Whether a value is an element of the array.",
			Sigs:     []Sig{{Params: "set:dynamic, value:json", Result: "bool", SQL: "kql_set_has_element($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print set_has_element(dynamic(["a",1]), "a"), set_has_element(dynamic(["a",1]), "1")`, []string{"true", "false"}}},
		},
		&Func{
			Name: "strcat_array", Aliases: []string{"array_strcat"}, Doc: "The elements as text with a delimiter between.",
			Sigs:     []Sig{{Params: "array:dynamic, delimiter:text", Result: "string", SQL: "kql_strcat_array($1, $2)", Nulls: Never}},
			Examples: []Example{{`print strcat_array(dynamic(["a",1,true]), "; ")`, []string{"a; 1; true"}}},
		},
		&Func{
			Name: "zip", Doc: "An array of arrays: of the first elements, of the second, and so on.",
			Sigs:     []Sig{{Params: "array:dynamic*", Result: "dynamic", Gen: packed("kql_zip"), Nulls: Maybe}},
			Examples: []Example{{`print zip(dynamic([1,2]), dynamic(["a","b"]))`, []string{`[[1,"a"],[2,"b"]]`}}},
		},
		&Func{
			Name: "repeat", Doc: "An array of the value, so many times.", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:json, n:long", Result: "dynamic", SQL: "kql_repeat($1, $2)", Nulls: Maybe}},
			Examples: []Example{{`print repeat(1, 3)`, []string{"[1,1,1]"}}},
		},
		&Func{
			Name: "range", Doc: "An array of the numbers or times from one to another in equal steps.",
			Sigs: []Sig{
				{Params: "from:integer, to:integer", Result: "dynamic", SQL: "kql_range('long', $1, $2, 1)", Nulls: Maybe},
				{Params: "from:integer, to:integer, step:integer", Result: "dynamic", SQL: "kql_range('long', $1, $2, $3)", Nulls: Maybe},
				{Params: "from:datetime, to:datetime, step:timespan", Result: "dynamic", SQL: "kql_range('datetime', $1, $2, $3)", Nulls: Maybe},
				{Params: "from:timespan, to:timespan, step:timespan", Result: "dynamic", SQL: "kql_range('timespan', $1, $2, $3)", Nulls: Maybe},
				{Params: "from:datetime, to:datetime", Result: "dynamic", SQL: "kql_range('datetime', $1, $2, 36000000000)", Nulls: Maybe},
				{Params: "from:timespan, to:timespan", Result: "dynamic", SQL: "kql_range('timespan', $1, $2, 36000000000)", Nulls: Maybe},
				{Params: "from:number, to:number", Result: "dynamic", SQL: "kql_range_real($1, $2, 1)", Nulls: Maybe},
				{Params: "from:number, to:number, step:number", Result: "dynamic", SQL: "kql_range_real($1, $2, $3)", Nulls: Maybe},
			},
			Examples: []Example{{`print range(1, 4), range(1, 8, 3), range(1.0, 2.0, 0.5), range(1h, 2h)`, []string{"[1,2,3,4]", "[1,4,7]", "[1.0,1.5,2.0]", `["01:00:00","02:00:00"]`}}},
		},
		&Func{
			Name: "dynamic_to_json", Doc: "The value as JSON text with the properties in order of their names.",
			Sigs: []Sig{
				{Params: "x:dynamic", Result: "string", SQL: "kql_canonical_json($1)", Nulls: Never},
				{Params: "x:text", Result: "string", SQL: "$1", Nulls: Never},
			},
			Examples: []Example{{`print dynamic_to_json(dynamic({"b":1,"a":[2]})), dynamic_to_json(1d)`, []string{`{"a":[2],"b":1}`, "1.00:00:00"}}},
		},
		&Func{
			Name: "extract_json", Aliases: []string{"extractjson"}, Doc: "The text of the value at a path in JSON text.",
			Sigs:     []Sig{{Params: "path:string!, json:string", Result: "string", SQL: "kql_extract_json($1, $2)", Nulls: Never}},
			Examples: []Example{{`print extract_json("$.a[1].b", '{"a":[0,{"b":"x"}]}')`, []string{"x"}}},
		},
		&Func{
			Name: "parse_url", Aliases: []string{"parseurl"}, Doc: "The parts of a URL as a bag.",
			Sigs:     []Sig{{Params: "url:string", Result: "dynamic", SQL: "kql_parse_url($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_url("https://u:p@example.org:8080/a/b?x=1&y=2#f").Host, parse_url("https://example.org/a?x=1")["Query Parameters"].x`, []string{`"example.org"`, `"1"`}}},
		},
		&Func{
			Name: "parse_urlquery", Aliases: []string{"parseurlquery"}, Doc: "The parameters of a URL's query as a bag.",
			Sigs:     []Sig{{Params: "query:string", Result: "dynamic", SQL: "kql_parse_urlquery($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_urlquery("a=1&b=x%20y")`, []string{`{"Query Parameters":{"a":"1","b":"x y"}}`}}},
		},
		&Func{
			Name: "parse_csv", Doc: "The fields of one line of comma-separated values as an array.", Naming: ByArg,
			Sigs:     []Sig{{Params: "x:textual", Result: "dynamic", SQL: "kql_parse_csv($1)", Nulls: Maybe}},
			Examples: []Example{{`print parse_csv('a,"b,c",d')`, []string{`["a","b,c","d"]`}}},
		},
	)
}

// jsonValue is an argument as it stands inside JSON, where null has a word.
func jsonValue(a Arg) string {
	switch {
	case a.Const && a.Value == nil:
		return "'null'"
	case a.Type == schema.String:
		return "kql_quote(" + a.SQL + ")"
	case a.Nullable && a.Type == schema.Dynamic:
		return "coalesce(" + a.SQL + ", 'null')"
	case a.Nullable:
		return "coalesce(CAST(" + a.SQL + " AS VARCHAR), 'null')"
	}
	return Paren(a.SQL)
}

func arrayOf(args []Arg) string {
	if len(args) == 0 {
		return "'[]'"
	}
	parts := make([]string, 0, len(args))
	for _, a := range args {
		parts = append(parts, jsonValue(a))
	}
	return "concat('[', " + strings.Join(parts, ", ',', ") + ", ']')"
}

func packArray(c *Call) string { return arrayOf(c.Args) }

// packed hands all arguments to a function as one array.
func packed(name string) func(*Call) string {
	return func(c *Call) string { return name + "(" + arrayOf(c.Args) + ")" }
}

func packBag(c *Call) string {
	if len(c.Args) == 0 {
		return "'{}'"
	}
	parts := make([]string, 0, len(c.Args))
	for i := 0; i+1 < len(c.Args); i += 2 {
		parts = append(parts, "kql_quote("+c.Args[i].SQL+"), ':', "+jsonValue(c.Args[i+1]))
	}
	return "concat('{', " + strings.Join(parts, ", ',', ") + ", '}')"
}

func sorted(name, way, desc, want string) *Func {
	return &Func{
		Name: name, Doc: "The array's elements in " + way + " order.", Naming: SortedArg,
		Sigs: []Sig{
			{Params: "array:dynamic", Result: "dynamic", SQL: "kql_array_sort($1, " + desc + ", true)", Nulls: Maybe},
			{Params: "array:dynamic, nulls_last:bool", Result: "dynamic", SQL: "kql_array_sort($1, " + desc + ", $2)", Nulls: Maybe},
		},
		Examples: []Example{{`print ` + name + `(dynamic([null,"b","a"]))`, []string{want}}},
	}
}

func packFilled(c *Call) string {
	return "kql_drop_empty(" + packBag(c) + ")"
}

func sortedWith(name, desc string) *Func {
	return &Func{
		Name: name, Kind: Operator, Doc: "The array's elements in the order of another array's.",
		Sigs: []Sig{{Params: "array:dynamic, by:dynamic, nulls_last:bool", Result: "dynamic", SQL: "kql_array_sort_by($1, $2, " + desc + ", $3)", Nulls: Maybe}},
	}
}

func moved(name, sql, how, want string) *Func {
	return &Func{
		Name: name, Doc: "The array with all elements so many places " + how + ".",
		Sigs:     []Sig{{Params: "array:dynamic, n:integer", Result: "dynamic", SQL: sql, Nulls: Maybe}},
		Examples: []Example{{`print ` + name + `(dynamic([1,2,3]), 1)`, []string{want}}},
	}
}

func shifted(name, n, where, want, filled string) *Func {
	return &Func{
		Name: name, Doc: "The array with all elements so many places nearer to " + where + "; the free places hold a value, or null.",
		Sigs: []Sig{
			{Params: "array:dynamic, n:integer", Result: "dynamic", SQL: "kql_array_shift($1, " + n + ", 'null')", Nulls: Maybe},
			{Params: "array:dynamic, n:integer, fill:json", Result: "dynamic", SQL: "kql_array_shift($1, " + n + ", $3)", Nulls: Maybe},
		},
		Examples: []Example{{`print ` + name + `(dynamic([1,2,3]), 1), ` + name + `(dynamic([1,2,3]), 1, 0)`, []string{want, filled}}},
	}
}
