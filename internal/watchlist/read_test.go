package watchlist

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readAll returns rows as their values in the order of the columns, and what is
// wrong, in the order of the file; the last line is the end if it is an error.
func readAll(text string, format Format, skip int) []string {
	var got []string
	rows, err := newRowReader(strings.NewReader(text), format, skip)
	if err != nil {
		return []string{"head: " + err.Error()}
	}
	for {
		values, err := rows.next()
		var wrong *RowError
		switch {
		case errors.Is(err, io.EOF):
			return got
		case errors.As(err, &wrong):
			got = append(got, wrong.Error())
		case err != nil:
			return append(got, "end: "+err.Error())
		default:
			line := fmt.Sprint(rows.line(), ":")
			for _, name := range rows.columns() {
				line += fmt.Sprintf(" %q", values[name])
			}
			got = append(got, line)
		}
	}
}

func TestReadCSV(t *testing.T) {
	f := func(text string, skip int, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, readAll(text, CSV, skip)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	f("a,b\n1,2\n3,4", 0, `2: "1" "2"`, `3: "3" "4"`)
	f("\xef\xbb\xbfa,b\r\n1,2\r\n\r\n3,4\r\n", 0, `2: "1" "2"`, `4: "3" "4"`)
	f("a;b\n1,5;2\n", 0, `2: "1,5" "2"`)
	f("a\tb\n1\t2\n", 0, `2: "1" "2"`)
	f("\"a,x\";b\n1;2\n", 0, `2: "1" "2"`)
	f("sep=;\r\na;b\r\n1;2\r\n", 0, `3: "1" "2"`)
	f("title\nmade,by,me\na,b\n1,2\n", 2, `4: "1" "2"`)
	f("a,b\n\"1\nx\",\"say \"\"hi\"\"\"\n3,4\n", 0, `2: "1\nx" "say \"hi\""`, `4: "3" "4"`)
	f("a,b\n5\" pipe,2\n", 0, `2: "5\" pipe" "2"`)
	f("a,b\n,\n", 0, `2: "" ""`)
	// Bad rows do not cost the good ones.
	f("a,b\n1\n2,3\n4,5,6\n7,8\n", 0,
		"line 2: it has 1 fields, the header has 2", `3: "2" "3"`, "line 4: it has 3 fields, the header has 2", `5: "7" "8"`)
	f("a,b\n1,\"2\n3,4\n5,6\n", 0,
		"line 2, column 3: the quote that begins this field is not closed", `3: "3" "4"`, `4: "5" "6"`)
	f("a,b\n1,\"2\"x\n3,4\n", 0, "line 2, column 3: there is text behind the closing quote of this field", `3: "3" "4"`)
	f("a,b\n1,\xff\n3,4\n", 0, "line 2: it is not valid UTF-8", `3: "3" "4"`)
	f("a,b\n1,"+strings.Repeat("x", maxLine)+"\n3,4\n", 0, fmt.Sprintf("line 2: it is longer than %d bytes", maxLine), `3: "3" "4"`)
	// What is wrong with the head is final.
	f("", 0, "head: line 1: there is no header: the first line names the columns")
	f("a,b\n", 3, "head: line 1: the file ends within the 3 lines to skip")
	f("x\n\na,ä, a\n1,2,3\n", 1, `head: line 3, column 5: the column "a" is there twice: it is the name of column 1, too`)
	f("a,,b\n", 0, "head: line 1, column 3: the column has no name")
	f("a,_DTItemId\n", 0, `head: line 1, column 3: the column cannot be called "_DTItemId": every watchlist has such a column of its own`)
	f("\xff\xfea\x00\n", 0, "head: line 1: the file is UTF-16: save it as UTF-8")
}

func TestReadJSON(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, readAll(text, JSON, 0)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	f(`[{"a":"x","b":1},{"b":null,"c":[1, 2]}]`, `1: "x" "1"`, `1: "" "" "[1,2]"`)
	f("\n [\n {\"a\":\"x\"},\n\n {\"a\":true} ]\n", `3: "x"`, `5: "true"`)
	f("{\"a\":\"x\"}\n\n{\"a\":\"y\",\"b\":1.50}\r\n", `1: "x"`, `3: "y" "1.50"`)
	f("{\"a\":1}\n{\"a\":\n{\"a\":2}\n", `1: "1"`, `line 2: it is not JSON: jsontext: unexpected EOF within "/a" after offset 5`, `3: "2"`)
	f("{\"a\":1} {\"a\":2}\n", "line 1: there is something behind the object: want one object on each line")
	f(`[{"a":1}, 5, {"a":2}]`, `1: "1"`, "line 1: an object is expected, not 5", `1: "2"`)
	f("[\n{\"a\":1},\n{\"a\" 1}]", `2: "1"`, `end: line 3: it is not JSON: jsontext: invalid character '1' after object name (expecting ':') within "/1/a" after offset 16`)
	f(`[{"a":1}] x`, `1: "1"`, "end: there is something behind the array: want one array of objects")
	f(`[{"_DTx":1}]`, `line 1: the column cannot be called "_DTx": every watchlist has such a column of its own`)
	f("  \n", "head: line 2: the file is empty: want an array of objects, or one object on each line")
}

// TestLongArray: an array is often one line, however long it is.
func TestLongArray(t *testing.T) {
	one := `{"a":"` + strings.Repeat("x", 1000) + `"},`
	got := readAll("["+strings.Repeat(one, 3000)+`{"a":"last"}]`, JSON, 0)
	if len(got) != 3001 || got[3000] != `1: "last"` {
		t.Errorf("got %d rows, the last %.80s, want 3001", len(got), got[len(got)-1])
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a;b\r\n\"1\n\";2", "sep=\t\na\tb", "[{\"a\":1},{}]", "{\"a\":1}\n{", "\xef\xbb\xbfa\n\"", "a,b\n\"x\"y,\"\n1,2"} {
		f.Add(text, true, 0)
		f.Add(text, false, 1)
	}
	f.Fuzz(func(t *testing.T, text string, asJSON bool, skip int) {
		format := CSV
		if asJSON {
			format = JSON
		}
		rows, err := newRowReader(strings.NewReader(text), format, max(0, skip)%5)
		if err != nil {
			return
		}
		for lines := 0; err == nil || errors.As(err, new(*RowError)); {
			var values map[string]string
			if values, err = rows.next(); err != nil {
				continue
			}
			if at := rows.line(); at < lines || at > strings.Count(text, "\n")+1 {
				t.Fatalf("a row of line %d follows one of line %d", at, lines)
			} else {
				lines = at
			}
			for name := range values {
				if columnProblem(name) != "" {
					t.Fatalf("column %q", name)
				}
			}
		}
	})
}
