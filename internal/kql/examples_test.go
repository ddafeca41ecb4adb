package kql_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/store/duck/native"
)

// TestExamples runs the examples of every declared function.
func TestExamples(t *testing.T) {
	db := openStore(t, noTables{})
	for _, f := range fn.Default().All() {
		if len(f.Examples) == 0 && f.Kind != fn.Operator {
			t.Errorf("%s has no example", f.Name)
		}
		if !strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s: the doc %q is no sentence", f.Name, f.Doc)
		}
		for _, ex := range f.Examples {
			_, rows, err := run(t, db, noTables{}, ex.Query)
			if err != nil {
				t.Errorf("%s: %s\n%v", f.Name, ex.Query, err)
				continue
			}
			if len(rows) == 0 {
				t.Errorf("%s: %s\nreturns no row", f.Name, ex.Query)
				continue
			}
			if got := texts(rows[0]); !slices.Equal(got, ex.Want) {
				t.Errorf("%s: %s\n got %q\nwant %q", f.Name, ex.Query, got, ex.Want)
			}
		}
	}
}

// texts shows values as the examples do.
func texts(row []any) []string {
	shown := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
		case float64:
			shown[i] = strconv.FormatFloat(v, 'f', -1, 64)
			if v == math.Trunc(v) && !math.IsInf(v, 0) {
				shown[i] += ".0"
			}
		default:
			shown[i] = fmt.Sprint(v)
		}
	}
	return shown
}

// TestFunctionsExist holds the names that declarations use and those that the
// store has together.
func TestFunctionsExist(t *testing.T) {
	have := native.Names()
	name := regexp.MustCompile(`kql_[a-z0-9_]+`)
	for _, f := range fn.Default().All() {
		for _, s := range f.Sigs {
			for _, used := range name.FindAllString(s.SQL, -1) {
				if !slices.Contains(have, used) {
					t.Errorf("%s is said with %s, which the store does not have", f.Name, used)
				}
			}
		}
	}
}
