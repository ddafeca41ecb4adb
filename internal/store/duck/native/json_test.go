package native

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

func TestPaths(t *testing.T) {
	c := open(t)
	const doc = `{"a":{"b":[1,{"c":"x\"y\u00e4\ud83d\ude00"}]},"a.b":2,"k[0]":3,"e":"","n":null,"t":true,"":4,"\u006bey":5}`
	for _, test := range []struct{ path, value, text string }{
		{"a.b[0]", "1", "1"},
		{"a.b[-1].c", `"x\"y\u00e4\ud83d\ude00"`, "x\"yä😀"},
		{`a\.b`, "2", "2"},
		{`k\[0]`, "3", "3"},
		{"e", `""`, ""},
		{"n", "<null>", ""},
		{"t", "true", "true"},
		{"key", "5", "5"},
		{"missing.more", "<null>", ""},
		{"a.b[7]", "<null>", ""},
		{"a.b.c", "<null>", ""},
		{"[0]", "<null>", ""},
		{"a", `{"b":[1,{"c":"x\"y\u00e4\ud83d\ude00"}]}`, `{"b":[1,{"c":"x\"y\u00e4\ud83d\ude00"}]}`},
	} {
		if got := ask(t, c, "SELECT kql_path($1, $2)", doc, test.path)[0]; got != test.value {
			t.Errorf("kql_path(%q) = %s, want %s", test.path, got, test.value)
		}
		if got := ask(t, c, "SELECT kql_path_text($1, $2)", doc, test.path)[0]; got != test.text {
			t.Errorf("kql_path_text(%q) = %s, want %s", test.path, got, test.text)
		}
	}
}

func TestParseJSON(t *testing.T) {
	c := open(t)
	for _, test := range []struct{ text, want string }{
		{`{"a": [1, 2 ]}`, `{"a":[1,2]}`},
		{` "x y" `, `"x y"`},
		{"12", "12"},
		{"null", "<null>"},
		{"", "<null>"},
		{"  ", "<null>"},
		{"plain \"text\"\n", `"plain \"text\"\n"`},
		{`{"a":1,}`, `"{\"a\":1,}"`},
		{"01", `"01"`},
		{"\x01", `"\u0001"`},
		{strings.Repeat("[", 600) + strings.Repeat("]", 600), `"` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `"`},
	} {
		if got := ask(t, c, "SELECT kql_parse_json($1)", test.text)[0]; got != test.want {
			t.Errorf("kql_parse_json(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

// TestScannerAgreesWithDecoder compares the C scanner with the Go decoder on
// random JSON.
func TestScannerAgreesWithDecoder(t *testing.T) {
	c := open(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		checkJSON(t, c, randomJSON(r, 4))
	}
}

func randomJSON(r *rand.Rand, depth int) string {
	kind := r.IntN(8)
	if depth == 0 {
		kind %= 5
	}
	switch kind {
	case 0:
		return "null"
	case 1:
		return strconv.Itoa(r.IntN(1000) - 500)
	case 2:
		return strconv.FormatFloat(r.NormFloat64(), 'g', -1, 64)
	case 3:
		return "true"
	case 4:
		return quoted([]string{"", "a", "ä\"\\", "x\ny", "😀", "[1]", "k"}[r.IntN(7)])
	case 5, 6:
		list := make([]string, r.IntN(4))
		for i := range list {
			list[i] = randomJSON(r, depth-1)
		}
		return string(array(nil, list))
	}
	list := make([]member, r.IntN(4))
	for i := range list {
		list[i] = member{[]string{"a", "b", "ä", "a.b"}[r.IntN(4)], randomJSON(r, depth-1)}
	}
	return string(bag(nil, list))
}

func checkJSON(t *testing.T, c duckdb.Connection, text string) {
	t.Helper()
	if want := text; want != "null" {
		if got := ask(t, c, "SELECT kql_parse_json($1)", text)[0]; got != want {
			t.Fatalf("kql_parse_json(%s) = %s", text, got)
		}
	}
	if got, want := ask(t, c, "SELECT kql_text($1)", text)[0], plain(text); got != want {
		t.Fatalf("kql_text(%s) = %q, want %q", text, got, want)
	}
	length := "<null>"
	list, isArray := elements(text)
	if isArray {
		length = strconv.Itoa(len(list))
	}
	if got := ask(t, c, "SELECT kql_array_length($1)", text)[0]; got != length {
		t.Fatalf("kql_array_length(%s) = %s, want %s", text, got, length)
	}
	for i, el := range list {
		if got := ask(t, c, "SELECT kql_at($1, "+strconv.Itoa(i)+")", text)[0]; got != nullable(el) {
			t.Fatalf("element %d of %s = %s, want %s", i, text, got, el)
		}
	}
	props, _ := members(text)
	seen := map[string]bool{}
	for _, m := range props {
		if seen[m.name] {
			continue
		}
		seen[m.name] = true
		if got := ask(t, c, "SELECT kql_key($1, $2)", text, m.name)[0]; got != nullable(m.value) {
			t.Fatalf("property %q of %s = %s, want %s", m.name, text, got, m.value)
		}
	}
}

func nullable(v string) string {
	if v == "null" {
		return "<null>"
	}
	return v
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,{"b":"\ud83d\ude00"}]}`, "a[1].b")
	f.Add(`"\u00`, "[")
	f.Add(`{"a":`, `a\`)
	f.Add("[1,2", "[-99999999999999999999]")
	c := open(f)
	f.Fuzz(func(t *testing.T, text, path string) {
		text, path = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(path, "?")
		for _, sql := range []string{"kql_path($1, $2)", "kql_path_text($1, $2)", "kql_key($1, $2)", "kql_has_any($2, $1)"} {
			ask(t, c, "SELECT "+sql, text, path)
		}
		for _, sql := range []string{"kql_text($1)", "kql_array_length($1)", "len(kql_elements($1))", "kql_bag_keys($1)"} {
			ask(t, c, "SELECT "+sql, text)
		}
		parsed := ask(t, c, "SELECT kql_parse_json($1)", text)[0]
		if parsed != "<null>" && ask(t, c, "SELECT kql_parse_json($1)", parsed)[0] != parsed {
			t.Fatalf("%q parses to %q, which parses to something else", text, parsed)
		}
	})
}
