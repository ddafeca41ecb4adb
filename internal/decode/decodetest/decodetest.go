// Package decodetest holds bodies that break something, with all that must
// come of them: for the tests of the decoder, and of whatever carries such
// bodies to it. It stands beside decode and does not know it.
package decodetest

import "strings"

// A Case is a body and what must come of it.
type Case struct {
	Name, Body string
	Want       []Outcome // of its elements, in order
}

// An Outcome is what must come of one element.
type Outcome struct {
	// What is empty for a record as it was received, Mended for one that had
	// to be repaired, and else the reason why the element is rejected.
	What string
	Text string // the record, or the bytes of the reject
}

// Mended is an Outcome's What.
const Mended = "mended"

// String writes an outcome as the table does.
func (o Outcome) String() string {
	if o.What == "" {
		return o.Text
	}
	return o.What + " " + o.Text
}

// Awkward returns the cases, with the records a, b and c where a body has good
// ones. A record must have the keys of a hub's, and be strict JSON in one line.
func Awkward(a, b, c string) []Case {
	records := strings.NewReplacer("$A", a, "$B", b, "$C", c)
	var list []Case
	for _, row := range awkward() {
		made := Case{Name: row.name, Body: records.Replace(row.body)}
		for _, w := range row.want {
			if len(w) == 1 {
				w = "$" + w
			}
			made.Want = append(made.Want, outcomeOf(records.Replace(w)))
		}
		list = append(list, made)
	}
	return list
}

func outcomeOf(text string) Outcome {
	for _, what := range []string{Mended, "syntax", "truncated", "not_object"} {
		if rest, ok := strings.CutPrefix(text, what+" "); ok {
			return Outcome{what, rest}
		}
	}
	return Outcome{"", text}
}

// A row is a case as it is written down. A, B and C stand for the records, in
// the body (as $A) and in want; "mended X" is the record X after repair,
// "reason X" a reject of the bytes X.
type row struct {
	name, body string
	want       []string
}

func awkward() []row {
	return []row{
		// Containers.
		{"envelope", `{"records":[$A,$B]}`, []string{"A", "B"}},
		{"envelope, keys before and after", `{"v":1,"x":{"records":[1]},"records":[$A],"t":[{}],"u":"]}"}`, []string{"A"}},
		{"envelope, other case", `{"Records":[$A]}`, []string{"A"}},
		{"envelope with two lists", `{"records":[$A],"records":[$B]}`, []string{"A", "B"}},
		{"envelope of one record", `{"records":$A}`, []string{`{"records":$A}`}},
		{"envelope, empty", `{"records":[]}`, nil},
		{"array", `[$A,$B]`, []string{"A", "B"}},
		{"array of envelopes", `[{"records":[$A]},{"records":[$B,$C],"x":[1]}]`, []string{"A", "B", "C"}},
		{"arrays in arrays", `{"records":[[$A],[[$B]]],"x":1}`, []string{"A", "B"}},
		{"single object", "$A", []string{"A"}},
		{"lines", "$A\n$B\r\n\n$C", []string{"A", "B", "C"}},
		{"lines of envelopes", `{"records":[$A]}` + "\n" + `{"records":[$B,$C]}`, []string{"A", "B", "C"}},
		{"concatenated", `$A$B[$C]`, []string{"A", "B", "C"}},
		{"JSON text sequence", "\x1e$A\n\x1e$B\n", []string{"A", "B"}},
		{"REST page", `{"value":[{"eventTimestamp":"x"}],"nextLink":"https://x/?$skipToken=[{"}`, []string{`{"eventTimestamp":"x"}`}},
		{"no page: value of texts", `{"value":["a","b"]}`, []string{`{"value":["a","b"]}`}},
		{"no page: record with a value", `{"time":"x","category":"y","value":[{"a":1}]}`, []string{`{"time":"x","category":"y","value":[{"a":1}]}`}},
		{"no response: tables of texts", `{"tables":["a"]}`, []string{`{"tables":["a"]}`}},
		{"unknown document", `{"expected":[$A,$B]}`, []string{`{"expected":[$A,$B]}`}},
		{
			"query response, several tables",
			`{"tables":[{"name":"P","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"n"}],"rows":[["x",1],["y",null]]},{"columns":[{"name":"q"}],"rows":[[{"z":[2]}]]}],"s":{}}`,
			[]string{`{"TimeGenerated":"x","n":1}`, `{"TimeGenerated":"y","n":null}`, `{"q":{"z":[2]}}`},
		},
		{
			"query response, odd rows",
			`{"tables":[{"columns":[{"name":"a"},{"name":"b"}],"rows":[[1,2],[3],null,[NaN,5],[6,@],[7,8]]}]}`,
			[]string{`{"a":1,"b":2}`, "syntax [3]", "not_object null", `mended {"a":"NaN","b":5}`, "syntax [6,@]", `{"a":7,"b":8}`},
		},

		// White space and padding.
		{"byte order mark", "\ufeff$A", []string{"A"}},
		{"byte order mark between files", "$A\n\ufeff$B", []string{"A", "B"}},
		{"NUL padding", "$A\x00\x00\x00", []string{"A"}},
		{"NUL between", "\x00$A\x00$B\x00", []string{"A", "B"}},
		{"trailing and double commas", `{"records":[$A,,$B,],}`, []string{"A", "B"}},
		{"no commas between records", `{"records":[$A $B` + "\n" + `$C]}`, []string{"A", "B", "C"}},
		{"stray brackets", `]}$A}]$B]`, []string{"A", "B"}},
		{"nothing", " \r\n", nil},

		// Elements that are no objects.
		{"null elements", `{"records":[null,$A,null]}`, []string{"not_object null", "A", "not_object null"}},
		{"scalars", `[1,-2.5e3,true,"text",$A]`, []string{"not_object 1", "not_object -2.5e3", "not_object true", `not_object "text"`, "A"}},
		{"record as text", `{"records":["{\"time\":\"x\",\"category\":\"\\u00e9\"}",$A]}`, []string{`mended {"time":"x","category":"\u00e9"}`, "A"}},
		{"envelope as text", `"{\"records\":[{\"a\":1},{\"b\":2}]}"`, []string{`mended {"a":1}`, `mended {"b":2}`}},
		{"envelope as text, twice", `"\"{\\\"records\\\":[{\\\"a\\\":1}]}\""`, []string{`mended {"a":1}`}},
		{"text that is almost JSON", `["{almost}",$A]`, []string{"syntax {almost}", "A"}},
		{"garbage between", "oops $A; nothing\n<xml/>\n$B trailer", []string{"syntax oops", "A", "syntax ; nothing", "syntax <xml/>", "B", "syntax trailer"}},
		{"garbage in an array", `{"records":[$A, oops, $B],"x":1}` + "\n$C", []string{"A", "syntax oops", "B", "C"}},
		{"call around", `callback($A);`, []string{"syntax callback(", "A", "syntax );"}},

		// What is mended.
		{"single quotes", `{'records':[{'a':'b','n':1}]}`, []string{`mended {"a":"b","n":1}`}},
		{"single quotes, apostrophes and double quotes", `[{'a':'it's "so"','b':"don't",'c':'\'x\''}]`, []string{`mended {"a":"it's \"so\"","b":"don't","c":"'x'"}`}},
		{"single quotes, apostrophes among words", `{'a':'the users' group isn't "x"','b':['don't','y']}`, []string{`mended {"a":"the users' group isn't \"x\"","b":["don't","y"]}`}},
		{"single quotes, keys without", `{a:'x, y',b:['z','1',],c:'',}`, []string{`mended {"a":"x, y","b":["z","1"],"c":""}`}},
		{"single quotes around JSON", `{'a':'{"b":[{"c":"it's"},{"d":1}]}','e':1}`, []string{`mended {"a":"{\"b\":[{\"c\":\"it's\"},{\"d\":1}]}","e":1}`}},
		{"apostrophe in double quotes alone", `{"a":"it's"}`, []string{`{"a":"it's"}`}},
		{"Python", `{'a': True, 'b': None, 'c': [False]}`, []string{`mended {"a":true,"b":null,"c":[false]}`}},
		{"no numbers", `{"records":[{"a":NaN,"b":-Infinity,"c":[Infinity]},$A]}`, []string{`mended {"a":"NaN","b":"-Infinity","c":["Infinity"]}`, "A"}},
		{"odd numbers", `{"a":01,"b":+1,"c":.5,"d":0x1F,"e":1.}`, []string{`mended {"a":"01","b":"+1","c":".5","d":"0x1F","e":"1."}`}},
		{
			"big integers", `{"a":9007199254740993,"b":123456789012345678901234567890,"c":NaN}`,
			[]string{`mended {"a":9007199254740993,"b":123456789012345678901234567890,"c":"NaN"}`},
		},
		{"control characters in a string", "{\"a\":\"x\x01\ty\"}", []string{`mended {"a":"x\u0001\ty"}`}},
		{"line feed in a string", "{\"a\":\"x\r\ny\"}\n$A", []string{`mended {"a":"x\r\ny"}`, "A"}},
		{"invalid UTF-8", "{\"a\":\"x\xffy\xc3\"}", []string{"mended {\"a\":\"x\ufffdy\ufffd\"}"}},
		{"lone surrogates", `{"a":"\ud800","b":"\udc00\ud83d\ude00"}`, []string{"mended {\"a\":\"\ufffd\",\"b\":\"\ufffd\\ud83d\\ude00\"}"}},
		{"backslashes that escape nothing", `{"a":"C:\Windows\u12\x41"}`, []string{`mended {"a":"C:\\Windows\\u12\\x41"}`}},
		{"commas too many in a record", `{,"a":1,,"b":[1,,2,],}`, []string{`mended {"a":1,"b":[1,2]}`}},
		{"keys without quotes", `{a:1,b_2:{$c:2}}`, []string{`mended {"a":1,"b_2":{"$c":2}}`}},
		{"NUL in a record", "{\"a\":\x001}", []string{`mended {"a":1}`}},
		{"empty key", `{"":"","a":{"":1}}`, []string{`{"":"","a":{"":1}}`}},
		{"repeated key", `{"a":1,"a":2}`, []string{`{"a":1,"a":2}`}},
		{"envelope with a broken tail", `{"records":[$A],"x":NaN,"y":@` + "\n$B", []string{"A", "B"}},
		{"envelope with a broken head", `{"x":NaN,"records":[$A,$B]}`, []string{"A", "B"}},

		// What is lost, and what is not.
		{"cut", `{"records":[$A,$B,{"time":"20`, []string{"A", "B", `truncated {"time":"20`}},
		{"cut between", `{"records":[$A,$B`, []string{"A", "B"}},
		{"cut before the brace", `$A` + "\n" + `{"a":1`, []string{"A", `truncated {"a":1`}},
		{"cut in a character", "$A\n{\"a\":\"\xe2\x82", []string{"A", "truncated {\"a\":\"\xe2\x82"}},
		{"cut in the tail", `{"records":[$A],"nextLink":"htt`, []string{"A"}},
		{"line cut in a string", `{"a":"x` + "\n$A\n$B", []string{`truncated {"a":"x`, "A", "B"}},
		{"line cut before a value", `{"a":` + "\n$A\n$B", []string{`truncated {"a":`, "A", "B"}},
		{"envelope cut, then another", `{"records":[$A,{"n":` + "\n" + `{"records":[$B]}`, []string{"A", `truncated {"n":`, "B"}},
		{"line cut in single quotes", "{'a':'x\n{'b':'y','c':'z'}\n$B", []string{`truncated {'a':'x`, `mended {"b":"y","c":"z"}`, "B"}},
		{"line cut in single quotes, then double", "{'a':'x\n{\"b\":\"it's\"}\n{'c':'z'}", []string{`truncated {'a':'x`, `{"b":"it's"}`, `mended {"c":"z"}`}},
		{"line cut in a key in single quotes", "{'a':'x','b\n{'c':'z'}", []string{`truncated {'a':'x','b`, `mended {"c":"z"}`}},
		{"line cut in double quotes, then single", "{'a':\"it's\n{'b':\"isn't\"}", []string{`truncated {'a':"it's`, `mended {"b":"isn't"}`}},
		{"line cut in double quotes, then single, then double", "{\"a\":\"x\n{'b':'y'}\n{\"c\":1}", []string{`truncated {"a":"x`, `mended {"b":"y"}`, `{"c":1}`}},
		{"missing single quote", `[{'time':'x','category':'y},{'time':'z','category':'w'}]`, []string{`truncated {'time':'x','category':'y}`, `mended {"time":"z","category":"w"}`}},
		{"missing single quote before a key", `[{'a':'x, 'b':'y'},$A]`, []string{`syntax {'a':'x, 'b':'y'}`, "A"}},
		{"missing single quote of a key", `[{'a':'x', b':'y'},{'a:'x','b':'y'},$A]`, []string{`syntax {'a':'x', b':'y'}`, `syntax {'a:'x','b':'y'}`, "A"}},
		{"missing comma in single quotes", `[{'a':'x' 'b':'y'},$A]`, []string{`syntax {'a':'x' 'b':'y'}`, "A"}},
		{"missing colon in single quotes", `[{'a' 'x','b':'y'},$A]`, []string{`syntax {'a' 'x','b':'y'}`, "A"}},
		{"missing brace in single quotes", "{'a':'x'\n{'b':'y'}", []string{`truncated {'a':'x'`, `mended {"b":"y"}`}},
		{"missing brace", `{"records":[$A,{"a":{"b":1},$B]}`, []string{"A", `truncated {"a":{"b":1}`, "B"}},
		{"missing brace, unknown shapes", `[{"a":1},{"b":2,{"c":3}]`, []string{`{"a":1}`, `truncated {"b":2`, `{"c":3}`}},
		{"missing quote", `{"records":[{"a":"x},$A,$B]}`, []string{`truncated {"a":"x}`, "A", "B"}},
		{"missing colon", `{"records":[$A,{"a" 1},$B]}`, []string{"A", `syntax {"a" 1}`, "B"}},
		{"missing value", `{"records":[$A,{"a":},$B]}`, []string{"A", `syntax {"a":}`, "B"}},
		{"wrong bracket", `{"records":[{"a":[1},$A],"x":1}`, []string{`syntax {"a":[1}`, "A"}},
		{"bare word", `{"records":[{"a":oops},$A]}`, []string{`syntax {"a":oops}`, "A"}},
		{
			"too deep", `[` + strings.Repeat(`{"a":`, 513) + "1" + strings.Repeat("}", 513) + `,$A]`,
			[]string{"syntax " + strings.Repeat(`{"a":`, 513) + "1" + strings.Repeat("}", 513), "A"},
		},
	}
}
