package kql_test

import (
	"context"
	"fmt"
	"testing"

	"nephoscope/internal/kql"
)

func TestParameters(t *testing.T) {
	db := openStore(t, eventsOnly{})
	given := map[string]string{
		"n": "-7", "name": "it's; drop", "at": "datetime(2024-02-29)", "day": "2024-02-29",
		"list": `dynamic(["a", 1])`, "span": "90m", "part": "2", "none": "int(null)",
	}
	for _, c := range []struct{ query, want string }{
		{"declare query_parameters(n:long, name:string); print n, name", "[-7 it's; drop]"},
		{"declare query_parameters(at:datetime, day:datetime); print at == day", "[true]"},
		{"declare query_parameters(list:dynamic, span:timespan); print list[1], span / 1m", "[1 90]"},
		{"declare query_parameters(part:real, none:int); print part / 4, isnull(none)", "[0.5 true]"},
		{"declare query_parameters(absent:long = 5); print absent", "[5]"},
	} {
		q, err := kql.Compile(c.query, eventsOnly{}, kql.Options{Now: now, Parameters: given})
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		r, err := q.Run(context.Background(), db)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		row, err := r.Next()
		if got := fmt.Sprint(row); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.query, got, err, c.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What is given as a value is never read as a part of the query.
func TestParametersAreValues(t *testing.T) {
	for _, text := range []string{"", "1; Events", "1) + (2", "toscalar(Events | count)", "ago(1d)", "'x'", "now()", "1 + 1"} {
		opt := kql.Options{Now: now, Parameters: map[string]string{"n": text}}
		if _, err := kql.Compile("declare query_parameters(n:long); print n", eventsOnly{}, opt); err == nil {
			t.Errorf("%q was taken for a long", text)
		}
	}
	if _, err := kql.Compile("declare query_parameters(n:long); print n", eventsOnly{}, kql.Options{Now: now}); err == nil {
		t.Error("a parameter without a value was taken")
	}
}
