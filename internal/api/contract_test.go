package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	spec "nephoscope/api"
	"nephoscope/internal/rules"
)

// TestContract makes every call of the spec at least once, and those that fail
// in the ways that matter. Each answer is held against the spec.
func TestContract(t *testing.T) {
	s := newSite(t)
	for _, part := range []struct {
		name string
		run  func(*site)
	}{
		{"server", server},
		{"incidents", incidents},
		{"changes of incidents", changes},
		{"remarks", remarks},
		{"alerts", alerts},
		{"rules", ruleCalls},
		{"texts of rules", ruleTexts},
		{"runs", runs},
		{"watchlists", watchlists},
		{"items", items},
		{"functions", functions},
	} {
		t.Run(part.name, func(t *testing.T) {
			s.t = t
			part.run(s)
		})
	}
	doc, err := openapi3.NewLoader().LoadFromData(spec.YAML)
	must(t, err)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if !s.called[operation.OperationID] {
				t.Errorf("%s %s was not called, or not done", method, path)
			}
		}
	}
}

func server(s *site) {
	s.want(200, `"status":"ok"`, "GET", "/healthz", "")
	s.want(200, "nephoscope_incidents", "GET", "/metrics", "")
	s.want(200, `nephoscope_rule_failures_in_a_row{rule="Resource lock removed",rule_id="`+s.rule.ID+`"} 0`, "GET", "/metrics", "")
	s.want(200, "openapi: 3", "GET", "/api/v1/openapi.yaml", "")
	s.want(200, `"value":[]`, "GET", "/api/v1/connectors", "")
	s.want(404, "/api/v1/openapi.yaml", "GET", "/elsewhere", "")
	if a := s.want(405, "there is GET, HEAD, PATCH, POST", "PUT", "/api/v1/incidents", "{}"); a.header.Get("Allow") == "" {
		s.t.Error("got no header Allow")
	}
}

func incidents(s *site) {
	s.want(200, `"incidentNumber":2`, "GET", "/api/v1/incidents", "")
	for path, want := range map[string]struct {
		status int
		part   string
	}{
		"?status=New&status=Active&severity=Medium&limit=5": {200, `"incidentNumber":1`},
		"?text=bo@": {200, `"incidentNumber":2`},
		"?orderBy=title&order=asc&createdFrom=2026-03-02T00:00:00Z&createdTo=2026-03-03T00:00:00Z": {200, `"incidentNumber":1`},
		"?status=Closed":         {200, `"value":[]`},
		"?status=gone":           {400, "want New, Active or Closed"},
		"?severity=bad":          {400, "want Informational, Low, Medium or High"},
		"?limit=0":               {400, "want 1 to 1000"},
		"?limit=1001":            {400, "want 1 to 1000"},
		"?createdFrom=yesterday": {400, "want a time"},
		"?orderBy=colour":        {400, "want incidentNumber"},
		"?skipToken=!":           {400, "follow nextLink"},
		"?skipToken=eA":          {400, "follow nextLink"},
		"/1":                     {200, "ada@tidewater.example"},
		"/99":                    {404, "no such incident"},
		"/x":                     {400, "want a number"},
		"/99999999999999999999":  {400, "want a number"},
	} {
		s.want(want.status, want.part, "GET", "/api/v1/incidents"+path, "")
	}
	s.pages("/api/v1/incidents?limit=1", 2)
}

// pages follows a list to its end and counts what it holds.
func (s *site) pages(path string, want int) {
	s.t.Helper()
	seen := map[string]bool{}
	for n := 0; path != ""; n++ {
		var page struct {
			Value    []json.RawMessage
			NextLink string
		}
		s.call("GET", path, "").into(s.t, &page)
		for _, v := range page.Value {
			seen[string(v)] = true
		}
		if n > want {
			s.t.Fatalf("%s: there are more than %d pages", path, want)
		}
		path = strings.TrimPrefix(page.NextLink, s.url)
	}
	if len(seen) != want {
		s.t.Errorf("got %d different ones, want %d", len(seen), want)
	}
}

func changes(s *site) {
	made := s.want(201, `"title":"By hand"`, "POST", "/api/v1/incidents", `{"title":"By hand","severity":"Low","labels":["night"],"owner":{"assignedTo":"Ada"}}`, "X-Nephoscope-User", "ada")
	one, etag := made.header.Get("Location"), made.header.Get("ETag")
	if !strings.Contains(made.text, `"modifiedBy":"ada"`) {
		s.t.Errorf("got %s, want it made by ada", made.text)
	}
	s.want(409, "has this name already", "POST", "/api/v1/incidents", `{"name":"`+nameOf(s, one)+`","title":"Again","severity":"Low"}`)
	changed := s.want(200, `"status":"Active"`, "PATCH", one, `{"status":"Active","comment":"I look into it","addLabels":["mine"]}`, "If-Match", etag)
	s.want(412, "meanwhile", "PATCH", one, `{"status":"New"}`, "If-Match", etag)
	s.want(412, "meanwhile", "DELETE", one, "", "If-Match", etag)
	s.want(400, "classification", "PATCH", one, `{"status":"Closed"}`)
	s.want(400, `"target":"colour"`, "PATCH", one, "{\n \"colour\": \"red\"}")
	s.want(400, `"line":2`, "PATCH", one, "{\n \"title\": }")
	s.want(400, "one etag", "PATCH", one, `{}`, "If-Match", `"a", "b"`)
	s.want(413, "larger", "PATCH", one, `{"title":"`+strings.Repeat("x", 300_000)+`"}`)
	s.want(415, "application/json", "PATCH", one, `{}`, "Content-Type", "text/plain")
	s.want(404, "no such incident", "PATCH", "/api/v1/incidents/99", `{"title":"x"}`)
	s.want(200, `"status":"Closed"`, "PATCH", one, `{"status":"Closed","classification":"BenignPositive"}`, "If-Match", changed.header.Get("ETag"))
	s.want(200, `"status":"Active"`, "POST", one+"/reopen", "")
	s.want(409, "to open it again", "POST", one+"/reopen", "{}")
	s.want(200, `"no such incident`[1:], "PATCH", "/api/v1/incidents", `{"incidents":[1,2,99],"change":{"addLabels":["seen"]}}`)
	s.want(400, "want 1 to 1000", "PATCH", "/api/v1/incidents", `{"incidents":[],"change":{}}`)
	s.want(204, "", "DELETE", one, "")
	s.want(404, "no such incident", "DELETE", one, "")
	relations(s)
}

func nameOf(s *site, incident string) string {
	var in struct{ Name string }
	s.call("GET", incident, "").into(s.t, &in)
	return in.Name
}

// relations moves alerts between incidents, and ends with all in the first.
func relations(s *site) {
	var in struct{ AlertIDs []string }
	s.call("GET", "/api/v1/incidents/2", "").into(s.t, &in)
	s.want(200, in.AlertIDs[0], "POST", "/api/v1/incidents/1/alerts", `{"alerts":["`+in.AlertIDs[0]+`"]}`)
	s.want(404, "no such alert", "POST", "/api/v1/incidents/1/alerts", `{"alerts":["none"]}`)
	s.want(200, `"removedAlertIds"`, "DELETE", "/api/v1/incidents/1/alerts/"+in.AlertIDs[0], "")
	s.want(404, "no such alert", "DELETE", "/api/v1/incidents/1/alerts/"+in.AlertIDs[0], "")
	s.want(200, `"mergedIncidents":[2]`, "POST", "/api/v1/incidents/1/merge", `{"incidents":[2]}`)
	s.want(409, "merged", "POST", "/api/v1/incidents/1/merge", `{"incidents":[2]}`)
	s.want(404, "no such incident", "POST", "/api/v1/incidents/1/merge", `{"incidents":[99]}`)
}

func remarks(s *site) {
	const comments, tasks = "/api/v1/incidents/1/comments", "/api/v1/incidents/1/tasks"
	var made struct{ Name, Etag string }
	s.want(201, `"message":"hello"`, "POST", comments, `{"message":"hello"}`).into(s.t, &made)
	s.want(200, `"message":"hi"`, "PUT", comments+"/"+made.Name, `{"message":"hi"}`, "If-Match", made.Etag)
	s.want(412, "meanwhile", "PUT", comments+"/"+made.Name, `{"message":"hi"}`, "If-Match", made.Etag)
	s.want(400, "1 to 30000", "POST", comments, `{"message":" "}`)
	s.want(204, "", "DELETE", comments+"/"+made.Name, "")
	s.want(404, "no such comment", "DELETE", comments+"/"+made.Name, "")
	s.want(201, `"status":"New"`, "POST", tasks, `{"title":"ask ada"}`).into(s.t, &made)
	s.want(200, `"status":"Completed"`, "PUT", tasks+"/"+made.Name, `{"title":"ask ada","status":"Completed"}`)
	s.want(400, "New or Completed", "PUT", tasks+"/"+made.Name, `{"title":"ask ada","status":"Half"}`)
	s.want(204, "", "DELETE", tasks+"/"+made.Name, "")
	s.want(404, "no such task", "DELETE", tasks+"/"+made.Name, "")
	s.want(404, "no such incident", "POST", "/api/v1/incidents/99/tasks", `{"title":"x"}`)
}

func alerts(s *site) {
	s.pages("/api/v1/alerts?limit=1", 3)
	s.pages("/api/v1/alerts?limit=2&severity=Medium&status=New&text=removed&ruleId="+s.rule.ID+"&product=azure%20sentinel", 3)
	s.pages("/api/v1/alerts?from=2026-03-02T00:00:00Z&to=2026-03-02T10:30:00Z", 1)
	s.pages("/api/v1/alerts?text="+url.QueryEscape("\" or 1 == 1 // \\ \n"), 0)
	var page struct {
		Value []struct{ SystemAlertID string }
	}
	s.call("GET", "/api/v1/alerts", "").into(s.t, &page)
	one := "/api/v1/alerts/" + page.Value[0].SystemAlertID
	s.want(200, "bo@tidewater.example", "GET", one, "")
	s.want(200, `"value":[{`, "GET", one+"/evidence", "")
	s.want(404, "no such alert", "GET", "/api/v1/alerts/none", "")
	s.want(404, "no such alert", "GET", "/api/v1/alerts/none/evidence", "")
	s.want(400, "want New", "GET", "/api/v1/alerts?status=Lost", "")
	s.want(400, "follow nextLink", "GET", "/api/v1/alerts?skipToken=eA", "")
}

func ruleCalls(s *site) {
	one := "/api/v1/rules/" + s.rule.ID
	s.want(200, `"origin":"file","file":`, "GET", "/api/v1/rules?state=on&origin=file&kind=Scheduled&severity=Medium&text=LOCK", "")
	s.want(200, `"value":[]`, "GET", "/api/v1/rules?state=off", "")
	s.want(400, "want on or off", "GET", "/api/v1/rules?state=maybe", "")
	s.want(200, `"queryPeriod":"PT`, "GET", one, "")
	s.want(404, "no such rule", "GET", "/api/v1/rules/none", "")
	s.want(200, `"state":"off","stateReason":"switched off by ada"`, "POST", one+"/disable", "{}", "X-Nephoscope-User", "ada")
	s.want(200, `"value":[{`, "GET", "/api/v1/rules?state=off", "")
	s.want(415, "application/json", "POST", one+"/enable", "", "Content-Type", "application/x-www-form-urlencoded")
	s.want(200, `"state":"on"`, "POST", one+"/enable", "")
	s.want(404, "no such rule", "POST", "/api/v1/rules/none/enable", "")
	s.want(409, "not made through the API", "DELETE", one, "")
	s.want(404, "no such rule", "DELETE", "/api/v1/rules/none", "")
	s.want(404, "no such rule", "POST", "/api/v1/rules/none/run", "")
	s.until("the rule is on again", func() bool { return s.call("POST", one+"/run", "").status == 202 })
}

// until waits for something that the server does by itself.
func (s *site) until(what string, done func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited 30 s: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks at a server that is at work
	}
}

// ruleTexts makes a rule as template, as template in JSON and as resource.
func ruleTexts(s *site) {
	const id = "6c1b7d7e-2f63-4a9d-9b0e-0c9a3b1d5e11"
	one, yaml := "/api/v1/rules/"+id, []string{"Content-Type", "application/yaml"}
	rule := *s.rule
	rule.ID, rule.Name = id, "Lock removed, as I see it"
	template := string(rules.FormatYAML(&rule))
	bad := strings.Replace(template, "AzureActivity\n  |", "AzureActivityy\n  |", 1)
	s.want(200, `"findings":[]`, "POST", "/api/v1/rules/lint", template, yaml...)
	s.want(200, `"level":"error"`, "POST", "/api/v1/rules/lint", bad, yaml...)
	s.want(413, "larger", "POST", "/api/v1/rules/lint", strings.Repeat("#\n", 40_000), yaml...)
	s.want(415, "application/yaml or application/json", "POST", "/api/v1/rules/lint", template, "Content-Type", "text/plain")
	s.want(400, `"line":`, "PUT", one, bad, yaml...)
	s.want(400, "not that of the path", "PUT", "/api/v1/rules/"+s.rule.ID, template, yaml...)
	s.want(400, "want a GUID", "PUT", "/api/v1/rules/mine", template, yaml...)
	s.want(412, "does not exist", "PUT", one, template, append(yaml, "If-Match", "*")...)
	made := s.want(201, `"origin":"api"`, "PUT", one, template, append(yaml, "If-None-Match", "*")...)
	s.want(412, "", "PUT", one, template, append(yaml, "If-None-Match", "*")...)
	if a := s.want(200, "Lock removed, as I see it", "GET", one, "", "Accept", "application/yaml"); a.text != template {
		s.t.Errorf("got another template than was put:\n%s", a.text)
	}
	resource, err := json.Marshal(rules.FormatARM(&rule))
	must(s.t, err)
	changed := strings.Replace(string(resource), "as I see it", "as JSON", 1)
	s.want(200, "as JSON", "PUT", one, changed, "If-Match", made.header.Get("ETag"))
	s.want(412, "", "PUT", one, changed, "If-Match", made.header.Get("ETag"))
	s.want(200, "as template in JSON", "PUT", one, templateAsJSON(&rule, "as template in JSON"))
	s.want(412, "", "DELETE", one, "", "If-Match", `"old"`)
	s.want(204, "", "DELETE", one, "")
}

// templateAsJSON writes the keys that a rule needs.
func templateAsJSON(r *rules.Rule, name string) string {
	query, _ := json.Marshal(r.Query)
	return fmt.Sprintf(`{"id": %q, "name": %q, "description": "A rule.", "kind": "Scheduled", "version": "1.0.0", "severity": "Low",
		"requiredDataConnectors": [], "queryFrequency": "1h", "queryPeriod": "1h", "triggerOperator": "gt", "triggerThreshold": 0, "query": %s}`, r.ID, name, query)
}

func runs(s *site) {
	s.want(200, `"status":"Success"`, "GET", "/api/v1/runs?status=Success&ruleId="+s.rule.ID, "")
	s.want(200, `"nextLink":"http://127`, "GET", "/api/v1/rules/"+strings.ToUpper(s.rule.ID)+"/runs?limit=1", "")
	s.want(200, `"value":[]`, "GET", "/api/v1/runs?to=2020-01-01T00:00:00Z", "")
	s.want(400, "want Success or Failure", "GET", "/api/v1/runs?status=maybe", "")
	s.want(400, "want a time", "GET", "/api/v1/rules/x/runs?from=1", "")
}

func watchlists(s *site) {
	const one, file = "/api/v1/watchlists/hosts", "note\nName,Address\nalpha,192.0.2.1\nbeta,192.0.2.2\n,192.0.2.3\n"
	csv := []string{"Content-Type", "text/csv"}
	made := s.want(201, `"bad":1`, "PUT", one+"?itemsSearchKey=Name&displayName=Hosts&numberOfLinesToSkip=1", file, append(csv, "If-None-Match", "*")...)
	s.want(412, "exists already", "PUT", one+"?itemsSearchKey=Name&numberOfLinesToSkip=1", file, append(csv, "If-None-Match", "*")...)
	s.want(400, `"target":"itemsSearchKey"`, "PUT", "/api/v1/watchlists/others", "a,b\n1,2\n", csv...)
	s.want(400, "3 to 64", "PUT", "/api/v1/watchlists/x?itemsSearchKey=a", "a,b\n1,2\n", csv...)
	s.want(400, "want a number of lines", "PUT", one+"?numberOfLinesToSkip=x", "a,b\n1,2\n", csv...)
	s.want(400, "want replace or append", "PUT", one+"?mode=burn", "Name\nx\n", csv...)
	s.want(200, `"itemsCount":3`, "PUT", one+"?mode=append", "Name,Address\ngamma,192.0.2.9\n", csv...)
	s.want(200, `"displayName":"My hosts"`, "PUT", one, `{"displayName":"My hosts","labels":["a"]}`)
	s.want(412, "meanwhile", "PUT", one, `{"displayName":"x"}`, "If-Match", made.header.Get("ETag"))
	s.want(404, "no such resource", "PUT", "/api/v1/watchlists/others", `{"displayName":"x"}`)
	s.want(200, `"deleted":2`, "PUT", one, `{"items":[{"Name":"beta","Address":"192.0.2.2"}]}`)
	s.want(200, `"watchlistAlias":"hosts"`, "GET", one, "")
	s.want(200, `"watchlistAlias":"hosts"`, "GET", "/api/v1/watchlists?limit=1", "")
	if a := s.want(200, "", "GET", one+"/export", ""); a.text != "Name,Address\nbeta,192.0.2.2\n" {
		s.t.Errorf("got the file %q", a.text)
	}
	s.want(404, "no such resource", "GET", "/api/v1/watchlists/none", "")
	s.want(404, "no such resource", "GET", "/api/v1/watchlists/none/export", "")
	s.want(413, "", "PUT", one, `{"items":["`+strings.Repeat("x", 4<<20)+`"]}`)
}

func items(s *site) {
	const all = "/api/v1/watchlists/hosts/items"
	var made struct{ WatchlistItemID, Etag string }
	s.want(201, `"searchKey":"delta"`, "POST", all, `{"itemsKeyValue":{"Name":"delta","Address":"192.0.2.4"}}`).into(s.t, &made)
	s.pages(all+"?limit=1", 2)
	one := all + "/" + made.WatchlistItemID
	s.want(200, `"Address":"192.0.2.4"`, "GET", one, "")
	s.want(200, `"Address":"192.0.2.5"`, "PUT", one, `{"itemsKeyValue":{"Name":"delta","Address":"192.0.2.5"}}`, "If-Match", made.Etag)
	s.want(412, "", "PUT", one, `{"itemsKeyValue":{"Name":"delta"}}`, "If-Match", made.Etag)
	s.want(400, "the watchlist has the columns", "PUT", one, `{"itemsKeyValue":{"Name":"delta","Colour":"red"}}`)
	s.want(400, "GUID", "GET", all+"/x", "")
	s.want(204, "", "DELETE", one, "")
	s.want(404, "no such item", "GET", one, "")
	s.want(404, "no such item", "DELETE", one, "")
	s.want(204, "", "DELETE", "/api/v1/watchlists/hosts", "")
	s.want(404, "no such resource", "DELETE", "/api/v1/watchlists/hosts", "")
}

func functions(s *site) {
	const one = "/api/v1/functions/LocksRemoved"
	made := s.want(201, `"functionAlias":"LocksRemoved"`, "PUT", one, `{"query":"AzureActivity | where Caller has who","functionParameters":"who:string='ada'","displayName":"Locks"}`)
	s.want(200, `"version":"2"`, "PUT", one, `{"query":"AzureActivity","version":"2"}`, "If-Match", made.header.Get("ETag"))
	s.want(412, "", "PUT", one, `{"query":"AzureActivity"}`, "If-Match", made.header.Get("ETag"))
	s.want(400, `"target":"query","line":`, "PUT", one, `{"query":"AzureActivity\n| where (Caller =="}`)
	s.want(400, "a table", "PUT", "/api/v1/functions/AzureActivity", `{"query":"print 1"}`)
	s.want(400, "calls itself", "PUT", one, `{"query":"LocksRemoved()"}`)
	s.want(200, "AzureActivity", "GET", one, "")
	s.want(200, "LocksRemoved", "GET", "/api/v1/functions", "")
	s.want(404, "no such resource", "GET", "/api/v1/functions/None", "")
	s.want(204, "", "DELETE", one, "")
	s.want(404, "no such resource", "DELETE", one, "")
}
