package api_test

import (
	"net/url"
	"strings"
	"testing"
)

const (
	armWorkspace = "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.OperationalInsights/workspaces/" + place
	armBase      = armWorkspace + "/providers/Microsoft.SecurityInsights"
	version      = "?api-version=2024-09-01"
)

// TestResourceManager checks what the official client does not show: statuses,
// headers, and calls that are wrong.
func TestResourceManager(t *testing.T) {
	s := newSite(t)
	for name, run := range map[string]func(*site){
		"versions and paths": armPaths, "filters": armFilters, "incidents": armIncidents, "remarks": armRemarks,
		"relations": armRelations, "rules": armRules, "watchlists": armWatchlists,
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			run(s)
		})
	}
}

func armPaths(s *site) {
	s.want(400, "MissingApiVersionParameter", "GET", armBase+"/incidents", "")
	s.want(400, "InvalidApiVersionParameter", "GET", armBase+"/incidents?api-version=latest", "")
	a := s.want(200, `/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/nephoscope/`, "GET",
		"/SUBSCRIPTIONS/"+subscription+"/resourcegroups/"+group+"/Providers/microsoft.operationalinsights/Workspaces/"+place+"/providers/MICROSOFT.SecurityInsights/Incidents/"+version+"&$top=1", "")
	if a.header.Get("X-Ms-Request-Id") == "" {
		s.t.Error("got no header x-ms-request-id")
	}
	s.want(404, "operations tells", "GET", armBase+"/bookmarks"+version, "")
	s.want(405, "there is GET, HEAD", "POST", armBase+"/incidents"+version, "{}")
	s.want(404, "there is nothing", "GET", "/subscriptions"+version, "")
	s.want(403, "ForeignOrigin", "PUT", armBase+"/incidents/x"+version, "{}", "Origin", "https://attacker.example")
}

func armFilters(s *site) {
	for filter, want := range map[string]string{
		"properties/severity in ('Medium','High') and not startswith(properties/title,'x')": `"incidentNumber":1`,
		"properties/additionalData/alertsCount lt 2":                                        `"incidentNumber":2`,
		"properties/owner/assignedTo eq null":                                               `"incidentNumber":1`,
		"properties/createdTimeUtc lt 2026-01-01T00:00:00Z":                                 `"value":[]`,
	} {
		s.want(200, want, "GET", armBase+"/incidents"+version+"&$filter="+url.QueryEscape(filter), "")
	}
	for parameter, want := range map[string]string{
		"$filter=" + url.QueryEscape("properties/colour eq 'red'"): "there is no field",
		"$orderby=title":                 "want one field",
		"$orderby=properties/colour":     "want one field",
		"$orderby=properties/title%20up": "want one field",
		"$top=1001":                      "want 1 to 1000",
		"$skipToken=%21":                 "follow nextLink",
	} {
		s.want(400, want, "GET", armBase+"/incidents"+version+"&"+parameter, "")
	}
}

func armIncidents(s *site) {
	const one = armBase + "/incidents/11e01a99-5cd7-4139-a149-9f2736ff2ab5" + version
	body := func(etag, title string) string {
		return `{"etag":"` + etag + `","properties":{"Title":"` + title + `","severity":"Low","status":"New","labels":[{"labelName":"a"}],"colour":"red"}}`
	}
	s.want(412, "there is none yet", "PUT", one, body("", "x"), "If-Match", "*")
	made := s.want(201, `"labelType":"User"`, "PUT", one, body("of another life", "made"), "If-None-Match", "*")
	s.want(412, "there is one already", "PUT", one, body("", "x"), "If-None-Match", "*")
	etag := made.header.Get("ETag")
	s.want(200, `"title":"changed"`, "PUT", one, body(strings.ReplaceAll(etag, `"`, `\"`), "changed"))
	s.want(409, "meanwhile", "PUT", one, body(strings.Trim(etag, `"`), "lost"))
	s.want(412, "meanwhile", "PUT", one, body("", "lost"), "If-Match", etag)
	s.want(412, "meanwhile", "DELETE", one, "", "If-Match", etag)
	s.want(200, `"labels":[]`, "PUT", one, `{"properties":{"title":"bare","severity":"Low","status":"Active"}}`)
	s.want(400, "properties.status is missing", "PUT", one, `{"properties":{"title":"bare","severity":"Low"}}`)
	s.want(400, `"target":"severity"`, "PUT", one, `{"properties":{"title":"bare","severity":"Awful","status":"New"}}`)
	s.want(400, "want a GUID", "PUT", armBase+"/incidents/x"+version, body("", "x"))
	s.want(415, "application/json", "PUT", one, body("", "x"), "Content-Type", "text/plain")
	s.want(200, "", "DELETE", one, "")
	s.want(204, "", "DELETE", one, "")
	s.want(404, "no such incident", "POST", armBase+"/incidents/11e01a99-5cd7-4139-a149-9f2736ff2ab5/alerts"+version, "")
}

// firstIncident is the path of the incident about ada.
func (s *site) firstIncident() string {
	return armBase + "/incidents/" + nameOf(s, "/api/v1/incidents/1")
}

func armRemarks(s *site) {
	for part, body := range map[string]string{
		"/comments/": `{"properties":{"message":"hello"}}`, "/tasks/": `{"properties":{"title":"ask","status":"New"}}`,
	} {
		one := s.firstIncident() + part + "4bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014" + version
		made := s.want(201, `"createdTimeUtc"`, "PUT", one, body)
		s.want(200, `"name":"arm"`, "PUT", one, body)
		s.want(412, "meanwhile", "PUT", one, body, "If-Match", made.header.Get("ETag"))
		s.want(200, "4bb36b7b", "GET", one, "")
		s.want(200, "4bb36b7b", "GET", s.firstIncident()+strings.TrimSuffix(part, "/")+version+"&$top=1", "")
		s.want(400, `"details"`, "PUT", one, `{"properties":{}}`)
		s.want(200, "", "DELETE", one, "")
		s.want(204, "", "DELETE", one, "")
		s.want(404, "none with the name", "GET", one, "")
	}
}

func armRelations(s *site) {
	s.want(200, `"entityKind":"Account"`, "POST", s.firstIncident()+"/entities"+version, "")
	s.want(200, `"kind":"SecurityAlert"`, "POST", s.firstIncident()+"/alerts"+version, "")
	one := s.firstIncident() + "/relations/any" + version
	s.want(400, "want the id of an alert", "PUT", one, `{"properties":{"relatedResourceId":"/bookmarks/x"}}`)
	s.want(404, "no such alert", "PUT", one, `{"properties":{"relatedResourceId":"/entities/x"}}`)
	s.want(204, "", "DELETE", one, "")
}

func armRules(s *site) {
	one := armBase + "/alertRules/" + s.rule.ID + version
	s.want(200, `"enabled":true`, "GET", one, "")
	s.want(409, "not made through the API", "DELETE", one, "")
	s.want(400, `"target":"properties.queryPeriod"`, "PUT", one, `{"kind":"Scheduled","properties":{"displayName":"x","queryPeriod":"never"}}`)
	s.want(400, "InvalidRule", "PUT", one, `{"kind":"Fusion","properties":{"enabled":true,"alertRuleTemplateName":"f71aba3d-28fb-450b-b192-4e76a83015c8"}}`)
	s.want(400, "InvalidRule", "PUT", one, `[]`)
	s.want(413, "larger", "PUT", one, `{"kind":"`+strings.Repeat("x", 70_000)+`"}`)
	s.want(404, "no such rule", "GET", armBase+"/alertRules/none/actions"+version, "")
	s.want(404, "template", "GET", armBase+"/alertRuleTemplates/none"+version, "")
}

func armWatchlists(s *site) {
	one := armBase + "/watchlists/owners" + version
	body := func(more string) string {
		return `{"properties":{"displayName":"Owners","provider":"Microsoft","itemsSearchKey":"Name"` + more + `}}`
	}
	made := s.want(201, `"watchlistItemsCount":0`, "PUT", one, body(""))
	s.want(200, `"description":"who"`, "PUT", one, body(`,"description":"who"`))
	s.want(412, "meanwhile", "PUT", one, body(""), "If-Match", made.header.Get("ETag"))
	s.want(200, `"watchlistItemsCount":1`, "PUT", one, body(`,"rawContent":"Name,Team\nada,blue","contentType":"Text/Csv"`))
	s.want(400, "want text/csv", "PUT", one, body(`,"rawContent":"x","contentType":"application/xml"`))
	s.want(400, "properties.provider is missing", "PUT", one, `{"properties":{"displayName":"x","itemsSearchKey":"Name"}}`)
	item := armBase + "/watchlists/owners/watchlistItems/82ba292c-dc97-4dfc-969d-d4dd9e666842" + version
	s.want(201, `"Team":"true"`, "PUT", item, `{"properties":{"itemsKeyValue":{"Name":"bo","Team":true}}}`)
	s.want(400, "want a text", "PUT", item, `{"properties":{"itemsKeyValue":{"Name":{}}}}`)
	s.want(400, "has the columns", "PUT", item, `{"properties":{"itemsKeyValue":{"Name":"bo","Colour":"red"}}}`)
	s.want(200, `"itemsKeyValue":{"Name":"123456789012","Team":"a\nb"}`, "PUT", item, `{"properties":{"itemsKeyValue":{"Name":123456789012,"Team":"a\nb"}}}`)
	s.want(200, `"nextLink":"http://127`, "GET", armBase+"/watchlists/owners/watchlistItems"+version+"&$top=1", "")
	s.want(404, "no such resource", "GET", armBase+"/watchlists/none/watchlistItems"+version, "")
	s.want(200, "", "DELETE", one, "")
	s.want(204, "", "DELETE", one, "")
}
