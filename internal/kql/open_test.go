package kql_test

import (
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
)

// TestOpenTables binds names of columns that a table without a complete list
// of columns takes on as they are used: each comes behind the columns that
// were there when it was first named.
func TestOpenTables(t *testing.T) {
	options := kql.Options{Now: now, Known: map[string]*schema.Table{
		"Wide": {Name: "Wide", Columns: []schema.Column{{Name: "Id", Type: schema.Long}}},
	}}
	for query, want := range map[string]string{
		"Wide | where a > 1":                                               "Id:long a:unknown",
		"Wide | extend x = a | where b == 1":                               "Id:long a:unknown x:unknown b:unknown",
		"Wide | extend x = a, a = 2":                                       "Id:long a:long x:unknown",
		"Wide | mv-expand x = a | extend y = b":                            "Id:long a:unknown x:unknown b:unknown y:unknown",
		"Wide | mv-apply x = a on (summarize n = count()) | where b == 1":  "Id:long a:unknown n:long b:unknown",
		"Wide | summarize arg_max(a, *) by Id":                             "Id:long a:unknown",
		"Wide | summarize arg_min(a, b, c = Id) by d":                      "d:unknown a:unknown b:unknown c:long",
		"Wide | where a == 1 | join (Wide | where b == 2) on Id | where c": "Id:long a:unknown Id1:long b:unknown c:unknown",
	} {
		cols, err := kql.Bind(query, eventsOnly{}, options)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, c := range cols {
			got = append(got, c.Name+":"+c.Type.String())
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s\n got %s\nwant %s", query, text, want)
		}
		if _, err := kql.Compile(query, eventsOnly{}, options); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
