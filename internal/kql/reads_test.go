package kql_test

import (
	"strings"
	"testing"

	"nephoscope/internal/kql"
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
