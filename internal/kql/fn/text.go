package fn

import (
	"fmt"
	"strconv"
	"strings"
)

func textOperators() []*Func {
	var fs []*Func
	for _, op := range []struct{ name, doc string }{
		{"has", "Whether the text holds the other as a whole term, or as several, whatever their case."},
		{"hasprefix", "Whether a term of the text begins with the other, whatever the case."},
		{"hassuffix", "Whether a term of the text ends with the other, whatever the case."},
		{"contains", "Whether the text holds the other anywhere, whatever the case."},
		{"startswith", "Whether the text begins with the other, whatever the case."},
		{"endswith", "Whether the text ends with the other, whatever the case."},
	} {
		fs = append(fs, textOperator(op.name, "kql_"+op.name+"($1, $2)", op.doc))
		exact := strings.Replace(op.doc, "whatever their case", "in the same case", 1)
		exact = strings.Replace(exact, "whatever the case", "in the same case", 1)
		fs = append(fs, textOperator(op.name+"_cs", "kql_"+op.name+"_cs($1, $2)", exact))
	}
	return family("operator", append(fs,
		textOperator("=~", "kql_equals($1, $2)", "Whether the texts are equal, whatever their case."),
		textOperator("matches regex", "regexp_matches($1, $2)", "Whether the text holds a match of the regular expression."),
		textOperator("like", "kql_equals($1, $2)", "Whether the text is like the pattern."),
	)...)
}

func textOperator(name, sql, doc string) *Func {
	return &Func{Name: name, Kind: Operator, Doc: doc, Sigs: []Sig{{Params: "a:text, b:text", Result: "bool", SQL: sql, Nulls: Never}}}
}

func textFunctions() []*Func {
	return family("string",
		&Func{
			Name: "strcat", Doc: "The arguments as text, one after the other.",
			Sigs:     []Sig{{Params: "x:text*", Result: "string", SQL: "concat($*)", Nulls: Never}},
			Examples: []Example{{`print strcat("a", 1, "-", true)`, []string{"a1-true"}}},
		},
		&Func{
			Name: "strcat_delim", Doc: "The arguments after the first as text, with the first between them.",
			Sigs:     []Sig{{Params: "delimiter:text, a:text, b:text*", Result: "string", SQL: "concat_ws($*)", Nulls: Never}},
			Examples: []Example{{`print strcat_delim("-", "a", 1, true)`, []string{"a-1-true"}}},
		},
		&Func{
			Name: "strlen", Doc: "The number of characters.", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:textual", Result: "long", SQL: "length($1)"}},
			Examples: []Example{{`print strlen("grün"), strlen("")`, []string{"4", "0"}}},
		},
		&Func{
			Name: "string_size", Doc: "The size in bytes of the text in UTF-8.", Naming: ByPrefixArg,
			Sigs:     []Sig{{Params: "x:textual", Result: "long", SQL: "strlen($1)"}},
			Examples: []Example{{`print string_size("grün")`, []string{"5"}}},
		},
		&Func{
			Name: "tolower", Doc: "The text in lower case.",
			Sigs:     []Sig{{Params: "x:text", Result: "string", SQL: "lower($1)"}},
			Examples: []Example{{`print tolower("ABC ÄÖ")`, []string{"abc äö"}}},
		},
		&Func{
			Name: "toupper", Doc: "The text in upper case.",
			Sigs:     []Sig{{Params: "x:text", Result: "string", SQL: "upper($1)"}},
			Examples: []Example{{`print toupper("abc äö")`, []string{"ABC ÄÖ"}}},
		},
		&Func{
			Name: "substring", Doc: "The part of the text from a place on, counted from 0 or, if negative, from the end.",
			Sigs: []Sig{
				{Params: "x:text, start:integer", Result: "string", Gen: substring},
				{Params: "x:text, start:integer, length:integer", Result: "string", Gen: substring},
			},
			Examples: []Example{{`print substring("abcdef", 2), substring("abcdef", 1, 2), substring("abcdef", -3, 2)`, []string{"cdef", "bc", "de"}}},
		},
		&Func{
			Name: "split", Doc: "The parts of the text between delimiters as an array; with an index, an array of that part alone.", Naming: ByArg,
			Sigs: []Sig{
				{Params: "x:text, delimiter:string", Result: "dynamic", SQL: "kql_split($1, $2)", Nulls: Never},
				{Params: "x:text, delimiter:string, index:integer", Result: "dynamic", SQL: "kql_split_at($1, $2, $3)", Nulls: Maybe},
			},
			Examples: []Example{{`print split("a/b/c", "/"), split("a/b/c", "/", 1), split("a/b", "/")[1]`, []string{`["a","b","c"]`, `["b"]`, `"b"`}}},
		},
		&Func{
			Name: "replace_string", Doc: "The text with every occurrence of one text replaced by another.",
			Sigs:     []Sig{{Params: "x:string, lookup:string, rewrite:string", Result: "string", SQL: "replace($1, $2, $3)"}},
			Examples: []Example{{`print replace_string("a.b.c", ".", "::")`, []string{"a::b::c"}}},
		},
		&Func{
			Name: "replace_regex", Doc: "The text with every match of a regular expression replaced; \\1 stands for the first group.",
			Sigs:     []Sig{{Params: "x:string, lookup:string!, rewrite:string!", Result: "string", SQL: "regexp_replace($1, $2, $3, 'g')"}},
			Examples: []Example{{`print replace_regex("x1y22", @"(\d+)", @"<\1>")`, []string{"x<1>y<22>"}}},
		},
		&Func{
			Name: "replace", Doc: "replace_regex with the text as the last argument.",
			Sigs:     []Sig{{Params: "lookup:string!, rewrite:string!, x:string", Result: "string", SQL: "regexp_replace($3, $1, $2, 'g')"}},
			Examples: []Example{{`print replace(@"\s+", " ", "a   b")`, []string{"a b"}}},
		},
		&Func{
			Name: "extract", Doc: "The group of the first match of a regular expression, empty if there is none.",
			Sigs: []Sig{{Params: "regex:string!, group:long!, x:string", Result: "string", SQL: "regexp_extract($3, $1, $2)"}},
			Examples: []Example{
				{`print extract(@"user=(\w+)", 1, "ip=1.2.3.4 user=ann")`, []string{"ann"}},
				{`print extract(@"n=(\d+)", 1, "n=42", typeof(long))`, []string{"42"}},
			},
		},
		&Func{
			Name: "extract_all", Aliases: []string{"extractall"}, Doc: "The groups of all matches of a regular expression; an array of arrays if there are several groups.",
			Sigs: []Sig{
				{Params: "regex:string!, x:string", Result: "dynamic", SQL: "kql_extract_all($1, '', $2)", Nulls: Maybe},
				{Params: "regex:string!, groups:dynamic, x:string", Result: "dynamic", SQL: "kql_extract_all($1, $2, $3)", Nulls: Maybe},
			},
			Examples: []Example{{`print extract_all(@"(\d+)", "a1b22"), extract_all(@"(\w)=(\d)", "a=1,b=2"), extract_all(@"(\w)=(\d)", dynamic([2]), "a=1")`, []string{`["1","22"]`, `[["a","1"],["b","2"]]`, `["1"]`}}},
		},
		&Func{
			Name: "trim", Doc: "The text without a match of the regular expression at either end.",
			Sigs:     []Sig{{Params: "regex:string!, x:string", Result: "string", SQL: "regexp_replace($2, '^(?:' || $1 || ')|(?:' || $1 || ')$', '', 'g')"}},
			Examples: []Example{{`print trim(@"\s+", "  a b "), trim("--", "--x--")`, []string{"a b", "x"}}},
		},
		&Func{
			Name: "trim_start", Doc: "The text without a match of the regular expression at its start.",
			Sigs:     []Sig{{Params: "regex:string!, x:string", Result: "string", SQL: "regexp_replace($2, '^(?:' || $1 || ')', '')"}},
			Examples: []Example{{`print trim_start("https://", "https://example.org")`, []string{"example.org"}}},
		},
		&Func{
			Name: "trim_end", Doc: "The text without a match of the regular expression at its end.",
			Sigs:     []Sig{{Params: "regex:string!, x:string", Result: "string", SQL: "regexp_replace($2, '(?:' || $1 || ')$', '')"}},
			Examples: []Example{{`print trim_end(@"\.+", "well...")`, []string{"well"}}},
		},
		&Func{
			Name: "indexof", Doc: "The place of the first occurrence of a text in another, -1 if there is none.",
			Sigs: []Sig{
				{Params: "x:text, lookup:text", Result: "long", SQL: "kql_indexof($1, $2, 0, -1, 1)"},
				{Params: "x:text, lookup:text, start:integer", Result: "long", SQL: "kql_indexof($1, $2, $3, -1, 1)", Nulls: Maybe},
				{Params: "x:text, lookup:text, start:integer, length:integer", Result: "long", SQL: "kql_indexof($1, $2, $3, $4, 1)", Nulls: Maybe},
				{Params: "x:text, lookup:text, start:integer, length:integer, occurrence:integer", Result: "long", SQL: "kql_indexof($1, $2, $3, $4, $5)", Nulls: Maybe},
			},
			Examples: []Example{{`print indexof("abcabc", "c"), indexof("abcabc", "c", 3), indexof("abc", "x"), indexof("abcabc", "b", 0, -1, 2)`, []string{"2", "5", "-1", "4"}}},
		},
		&Func{
			Name: "countof", Doc: "The number of occurrences of a text, or of matches of a regular expression.",
			Sigs: []Sig{
				{Params: "x:string, search:string", Result: "long", SQL: "kql_countof($1, $2)"},
				{Params: "x:string, search:string, kind:string!", Result: "long", Gen: countof},
			},
			Examples: []Example{{`print countof("aaa", "aa"), countof("a1b22", @"\d+", "regex")`, []string{"2", "2"}}},
		},
		&Func{
			Name: "reverse", Doc: "The text with its characters in the other order.",
			Sigs:     []Sig{{Params: "x:text", Result: "string", SQL: "reverse($1)"}},
			Examples: []Example{{`print reverse("abc")`, []string{"cba"}}},
		},
		&Func{
			Name: "strcmp", Doc: "-1, 0 or 1 as the first text is before, equal to or after the second.",
			Sigs:     []Sig{{Params: "a:text, b:text", Result: "long", SQL: "CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 ELSE 0 END"}},
			Examples: []Example{{`print strcmp("a", "b"), strcmp("b", "a"), strcmp("a", "a")`, []string{"-1", "1", "0"}}},
		},
		&Func{
			Name: "strrep", Doc: "The text several times, with a delimiter between.",
			Sigs: []Sig{
				{Params: "x:text, n:integer", Result: "string", SQL: "repeat($1, CAST(least($2, 1024) AS BIGINT))"},
				{Params: "x:text, n:integer, delimiter:text", Result: "string", SQL: "CASE WHEN $2 > 0 THEN concat($1, repeat(concat($3, $1), CAST(least($2, 1024) - 1 AS BIGINT))) ELSE '' END"},
			},
			Examples: []Example{{`print strrep("ab", 3), strrep(1, 3, "-")`, []string{"ababab", "1-1-1"}}},
		},
		&Func{
			Name: "translate", Doc: "The text with characters of one set replaced by those at the same place of another.",
			Sigs:     []Sig{{Params: "search:string, replacement:string, x:string", Result: "string", SQL: "kql_translate($1, $2, $3)"}},
			Examples: []Example{{`print translate("abc", "xy", "aabbcc")`, []string{"xxyyyy"}}},
		},
		&Func{
			Name: "isempty", Doc: "Whether the value is empty text or null.",
			Sigs: []Sig{
				{Params: "x:string", Result: "bool", SQL: "$1 = ''"},
				{Params: "x:dynamic", Result: "bool", SQL: `coalesce($1, '""') = '""'`, Nulls: Never},
				{Params: "x:scalar", Result: "bool", SQL: "$1 IS NULL", Nulls: Never},
			},
			Examples: []Example{{`print isempty(""), isempty("x"), isempty(int(null)), isempty(dynamic({}).a)`, []string{"true", "false", "true", "true"}}},
		},
		&Func{
			Name: "isnotempty", Aliases: []string{"notempty"}, Doc: "Whether the value is neither empty text nor null.",
			Sigs: []Sig{
				{Params: "x:string", Result: "bool", SQL: "$1 <> ''"},
				{Params: "x:dynamic", Result: "bool", SQL: `coalesce($1, '""') <> '""'`, Nulls: Never},
				{Params: "x:scalar", Result: "bool", SQL: "$1 IS NOT NULL", Nulls: Never},
			},
			Examples: []Example{{`print isnotempty(""), isnotempty("x"), isnotempty(1)`, []string{"false", "true", "true"}}},
		},
		&Func{
			Name: "regex_quote", Doc: "The text as a regular expression that matches it alone.",
			Sigs:     []Sig{{Params: "x:text", Result: "string", SQL: "regexp_escape($1)"}},
			Examples: []Example{{`print "a.b" matches regex regex_quote("a.b"), "axb" matches regex regex_quote("a.b")`, []string{"true", "false"}}},
		},
		&Func{
			Name: "base64_encode_tostring", Aliases: []string{"base64_encodestring"}, Doc: "The text in base64.",
			Sigs:     []Sig{{Params: "x:string", Result: "string", SQL: "to_base64(encode($1))"}},
			Examples: []Example{{`print base64_encode_tostring("cloud")`, []string{"Y2xvdWQ="}}},
		},
		&Func{
			Name: "base64_decode_tostring", Aliases: []string{"base64_decodestring"}, Doc: "The text that the base64 stands for, empty if it is no UTF-8.",
			Sigs:     []Sig{{Params: "x:string", Result: "string", SQL: "kql_base64_decode($1)", Nulls: Never}},
			Examples: []Example{{`print base64_decode_tostring("Y2xvdWQ="), base64_decode_tostring("/w==")`, []string{"cloud", ""}}},
		},
		&Func{
			Name: "url_encode", Doc: "The text with the characters escaped that have a meaning in a URL.",
			Sigs:     []Sig{{Params: "x:string", Result: "string", SQL: "kql_url_encode($1, '+')"}},
			Examples: []Example{{`print url_encode("a b&c")`, []string{"a+b%26c"}}},
		},
		&Func{
			Name: "url_decode", Doc: "The text with the escapes of a URL undone.",
			Sigs:     []Sig{{Params: "x:string", Result: "string", SQL: "kql_url_decode($1)"}},
			Examples: []Example{{`print url_decode("a%20b%26c")`, []string{"a b&c"}}},
		},
		&Func{
			Name: "hash_sha256", Doc: "The SHA-256 of the value's text in hexadecimal digits.",
			Sigs:     []Sig{{Params: "x:value", Result: "string", SQL: "sha256($1)"}},
			Examples: []Example{{`print substring(hash_sha256("cloud"), 0, 8)`, []string{"56681010"}}},
		},
		&Func{
			Name: "hash_md5", Doc: "The MD5 of the value's text in hexadecimal digits.",
			Sigs:     []Sig{{Params: "x:value", Result: "string", SQL: "md5($1)"}},
			Examples: []Example{{`print strlen(hash_md5("cloud"))`, []string{"32"}}},
		},
		&Func{
			Name: "hash_sha1", Doc: "The SHA-1 of the value's text in hexadecimal digits.",
			Sigs:     []Sig{{Params: "x:value", Result: "string", SQL: "sha1($1)"}},
			Examples: []Example{{`print strlen(hash_sha1("cloud"))`, []string{"40"}}},
		},
	)
}

func substring(c *Call) string {
	args := c.Args[0].SQL + ", " + beginning(c.Args[1])
	if len(c.Args) == 3 {
		args += ", " + extent(c.Args[2])
	}
	return "substring(" + args + ")"
}

// farthest is farther than any text reaches, and no farther than SQL counts.
const farthest = 1 << 31

// beginning is where a part of a text begins, counted from 1 as SQL does.
func beginning(a Arg) string {
	n, ok := a.long()
	switch {
	case ok && n >= 0:
		return strconv.FormatInt(min(n, farthest)+1, 10)
	case ok:
		return strconv.FormatInt(max(n, -farthest), 10)
	}
	x := fmt.Sprintf("least(greatest(%s, %d), %d)", a.SQL, -farthest, farthest)
	return "CASE WHEN " + x + " < 0 THEN " + x + " ELSE " + x + " + 1 END"
}

// extent is the length of a part of a text.
func extent(a Arg) string {
	if n, ok := a.long(); ok {
		return strconv.FormatInt(min(max(n, 0), farthest), 10)
	}
	return fmt.Sprintf("least(greatest(%s, 0), %d)", a.SQL, farthest)
}

func countof(c *Call) string {
	if kind, _ := c.Args[2].text(); kind == "regex" {
		return c.expand("len(regexp_extract_all($1, $2))")
	}
	return c.expand("kql_countof($1, $2)")
}
