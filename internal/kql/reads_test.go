package kql_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
)

// TestReadsOf lists what queries read: tables that are there, known or missing,
// functions, watchlists and addresses; what is wrong besides is an error.
func TestReadsOf(t *testing.T) {
	options := kql.Options{Now: now, Known: map[string]*schema.Table{
		"Known": {Name: "Known", Columns: []schema.Column{{Name: "Id", Type: schema.Long}}},
	}}
	for query, want := range map[string]string{
		"Events | take 1": "Events; ; ; ",
		"let e = Events; e | where Id in (Known | project Ref)":                                 "Events Known; ; ; ",
		"union isfuzzy=true Events, Known, (Missing_CL | where a == 1)":                         "Events Known Missing_CL; ; ; ",
		"let f = (t:string) { Other_CL | where x == t }; f('a') | join f('b') on x":             "Other_CL; ; ; ",
		"_Im_Dns(starttime=ago(1d)) | where Name == 'x'":                                        "; _Im_Dns; ; ",
		"Events | where Id in (_GetWatchlist('vips') | project SearchKey)":                      "Events; ; vips; ",
		"externaldata(a:string)['https://host.example/a.csv'] | join (Parser_CL | take 1) on a": "Parser_CL; ; ; https://host.example/a.csv",
		"let Missing_CL = datatable(a:long)[1]; Missing_CL | where a > 0":                       "; ; ; ",
		"Missing_CL | where a ==":                              "; ; ; ; 1:24: ",
		"Missing_CL | extend a = nosuchfunction(1)":            "Missing_CL; ; ; ",
		"Events | extend a = nosuchfunction(1)":                "Events; ; ; ; 1:21: ",
		"union isfuzzy=true Missing_CL | where Caller == 'x'":  "Missing_CL; ; ; ",
		"Missing_CL | summarize arg_max(b, *) by a | where c":  "Missing_CL; ; ; ",
		"workspace('other').Missing_CL | union table('Known')": "Missing_CL Known; ; ; ",
	} {
		reads, err := kql.ReadsOf(query, eventsOnly{}, options)
		var parts []string
		for _, names := range [][]string{reads.Tables, reads.Functions, reads.Watchlists, reads.Addresses} {
			parts = append(parts, strings.Join(names, " "))
		}
		got := strings.Join(parts, "; ")
		if err != nil {
			got += "; " + err.Error()
		}
		if !strings.HasPrefix(got, want) || (err == nil) != (got == want) {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}

// TestReadsOfSaved lists what is read in saved functions, and which are called:
// one that a let statement hides is not.
func TestReadsOfSaved(t *testing.T) {
	saved := newLibrary(t, map[string][2]string{
		"Recent": {"", "Facts | where N > 1"}, "Outer": {"", "Recent | where Who != ''"}, "Most": {"", "toscalar(Facts | count)"},
	})
	for query, want := range map[string][]string{
		"Recent | take 1":                                       {"Recent"},
		"Outer() | take 1":                                      {"Outer", "Recent"},
		"Facts | where N < Most()":                              {"Most"},
		"let Recent = Facts; Recent | where N > 2":              {},
		"Facts | where N in ((Recent | project N))":             {"Recent"},
		"Facts | extend Most = 1 | where Most == N":             {},
		"let a = view () { Recent }; a | summarize n = count()": {"Recent"},
	} {
		reads, err := kql.ReadsOf(query, facts{}, kql.Options{Now: now, Saved: saved})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		}
		slices.Sort(reads.Saved)
		if !slices.Equal(reads.Saved, want) || !slices.Equal(reads.Tables, []string{"Facts"}) {
			t.Errorf("%s: got functions %v and tables %v, want %v", query, reads.Saved, reads.Tables, want)
		}
	}
}

// TestPassing tells that a watchlist could not be read from that a query is
// wrong.
func TestPassing(t *testing.T) {
	busy := errors.New("the disk is busy")
	lists := func(string) (*bind.Watchlist, error) { return nil, busy }
	_, err := kql.Compile("_GetWatchlist('vips') | project SearchKey", facts{}, kql.Options{Now: now, Watchlist: lists})
	if wrong := (kql.Errors)(nil); !errors.As(err, &wrong) || !wrong.Passing() || !errors.Is(wrong[0].Cause, busy) {
		t.Errorf("got %v, want that it may pass", err)
	}
	_, err = kql.Compile("Facts | where NoSuch == 1", facts{}, kql.Options{Now: now, Watchlist: lists})
	if wrong := (kql.Errors)(nil); !errors.As(err, &wrong) || wrong.Passing() {
		t.Errorf("got %v, want that the query is wrong", err)
	}
}
