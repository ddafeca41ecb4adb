package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/securityinsights/armsecurityinsights/v2"
)

const (
	subscription = "5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801"
	group, place = "soc", "nephoscope" // place is the workspace
)

// somebody has a token that nobody looks at.
type somebody struct{}

func (somebody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "none", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// official is Microsoft's client for Go, as for Azure but for the address.
func (s *site) official() *armsecurityinsights.ClientFactory {
	s.t.Helper()
	factory, err := armsecurityinsights.NewClientFactory(subscription, somebody{}, &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: s.url, Audience: s.url},
			}},
			InsecureAllowCredentialWithHTTP: true,
			Retry:                           policy.RetryOptions{MaxRetries: -1},
		},
		DisableRPRegistration: true,
	})
	must(s.t, err)
	return factory
}

// TestOfficialClient lets Microsoft's client for Go do what tools do with
// Sentinel.
func TestOfficialClient(t *testing.T) {
	s := newSite(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *armsecurityinsights.ClientFactory)
	}{
		{"incidents", clientIncidents},
		{"comments", clientComments},
		{"relations", clientRelations},
		{"alert rules", clientRules},
		{"templates", clientTemplates},
		{"watchlists", clientWatchlists},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, s.official()) })
	}
}

// all follows a pager to its end.
func all[P, T any](t *testing.T, pager *runtime.Pager[P], values func(P) []T) (list []T, pages int) {
	t.Helper()
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		must(t, err)
		list = append(list, values(page)...)
		pages++
	}
	return list, pages
}

func listIncidents(t *testing.T, f *armsecurityinsights.ClientFactory, opt armsecurityinsights.IncidentsClientListOptions) ([]*armsecurityinsights.Incident, int) {
	t.Helper()
	return all(t, f.NewIncidentsClient().NewListPager(group, place, &opt), func(p armsecurityinsights.IncidentsClientListResponse) []*armsecurityinsights.Incident {
		return p.Value
	})
}

// statusOf is the status with which a call failed, 0 if it did not.
func statusOf(err error) int {
	var failed *azcore.ResponseError
	if errors.As(err, &failed) {
		return failed.StatusCode
	}
	return 0
}

func clientIncidents(t *testing.T, f *armsecurityinsights.ClientFactory) {
	client, name := f.NewIncidentsClient(), "73e01a99-5cd7-4139-a149-9f2736ff2ab5"
	body := armsecurityinsights.Incident{Properties: &armsecurityinsights.IncidentProperties{
		Title: to.Ptr("My incident"), Severity: to.Ptr(armsecurityinsights.IncidentSeverityHigh), Status: to.Ptr(armsecurityinsights.IncidentStatusNew),
		Labels: []*armsecurityinsights.IncidentLabel{{LabelName: to.Ptr("night")}}, Owner: &armsecurityinsights.IncidentOwnerInfo{AssignedTo: to.Ptr("Ada")},
		FirstActivityTimeUTC: to.Ptr(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)), LastActivityTimeUTC: to.Ptr(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)),
	}}
	made, err := client.CreateOrUpdate(t.Context(), group, place, name, body, nil)
	must(t, err)
	if *made.Name != name || *made.Properties.IncidentNumber != 3 || !made.Properties.FirstActivityTimeUTC.Equal(*body.Properties.FirstActivityTimeUTC) {
		t.Errorf("got incident %s, number %d", *made.Name, *made.Properties.IncidentNumber)
	}
	changed := made.Incident
	changed.Properties.Status, changed.Properties.Classification = to.Ptr(armsecurityinsights.IncidentStatusClosed), to.Ptr(armsecurityinsights.IncidentClassificationUndetermined)
	after, err := client.CreateOrUpdate(t.Context(), group, place, name, changed, nil)
	must(t, err)
	if *after.Properties.Status != armsecurityinsights.IncidentStatusClosed || *after.Properties.Labels[0].LabelName != "night" || *after.Properties.Owner.AssignedTo != "Ada" {
		t.Errorf("got %+v after a change of status", after.Properties)
	}
	if _, err := client.CreateOrUpdate(t.Context(), group, place, name, changed, nil); statusOf(err) != http.StatusConflict {
		t.Errorf("changed with an old etag: got %v, want 409", err)
	}
	list, pages := listIncidents(t, f, armsecurityinsights.IncidentsClientListOptions{Top: to.Ptr[int32](1), Orderby: to.Ptr("properties/incidentNumber asc")})
	var numbers []int32
	for _, in := range list {
		numbers = append(numbers, *in.Properties.IncidentNumber)
	}
	if !slices.Equal(numbers, []int32{1, 2, 3}) || pages != 3 {
		t.Errorf("got incidents %v in %d pages", numbers, pages)
	}
	list, _ = listIncidents(t, f, armsecurityinsights.IncidentsClientListOptions{Filter: to.Ptr("properties/status eq 'Closed' and properties/createdTimeUtc gt 2026-03-01T00:00:00Z")})
	if len(list) != 1 || *list[0].Name != name {
		t.Errorf("got %d closed incidents, want one", len(list))
	}
	for range 2 { // the second finds nothing, which is no error
		_, err := client.Delete(t.Context(), group, place, name, nil)
		must(t, err)
	}
	if _, err := client.Get(t.Context(), group, place, name, nil); statusOf(err) != http.StatusNotFound {
		t.Errorf("after it was deleted: got %v, want 404", err)
	}
}

// first is the incident about ada.
func first(t *testing.T, f *armsecurityinsights.ClientFactory) *armsecurityinsights.Incident {
	t.Helper()
	list, _ := listIncidents(t, f, armsecurityinsights.IncidentsClientListOptions{Filter: to.Ptr("contains(properties/title, 'ada')")})
	if len(list) != 1 {
		t.Fatalf("got %d incidents about ada, want one", len(list))
	}
	return list[0]
}

func clientComments(t *testing.T, f *armsecurityinsights.ClientFactory) {
	client, in, id := f.NewIncidentCommentsClient(), *first(t, f).Name, "4bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014"
	say := func(text string) armsecurityinsights.IncidentComment {
		return armsecurityinsights.IncidentComment{Properties: &armsecurityinsights.IncidentCommentProperties{Message: &text}}
	}
	for _, text := range []string{"hello", "hello again"} {
		_, err := client.CreateOrUpdate(t.Context(), group, place, in, id, say(text), nil)
		must(t, err)
	}
	found, err := client.Get(t.Context(), group, place, in, id, nil)
	must(t, err)
	list, _ := all(t, client.NewListPager(group, place, in, nil), func(p armsecurityinsights.IncidentCommentsClientListResponse) []*armsecurityinsights.IncidentComment {
		return p.Value
	})
	if len(list) != 1 || *found.Properties.Message != "hello again" || *found.Properties.Author.Name != "arm" {
		t.Errorf("got %d comments, the first %q by %q", len(list), *found.Properties.Message, *found.Properties.Author.Name)
	}
	_, err = client.Delete(t.Context(), group, place, in, id, nil)
	must(t, err)
	if _, err := client.Get(t.Context(), group, place, in, id, nil); statusOf(err) != http.StatusNotFound {
		t.Errorf("after it was deleted: got %v, want 404", err)
	}
}

func clientRelations(t *testing.T, f *armsecurityinsights.ClientFactory) {
	in := *first(t, f).Name
	alerts, err := f.NewIncidentsClient().ListAlerts(t.Context(), group, place, in, nil)
	must(t, err)
	entities, err := f.NewIncidentsClient().ListEntities(t.Context(), group, place, in, nil)
	must(t, err)
	bookmarks, err := f.NewIncidentsClient().ListBookmarks(t.Context(), group, place, in, nil)
	must(t, err)
	if len(alerts.Value) != 2 || len(bookmarks.Value) != 0 || len(entities.MetaData) != 3 || *alerts.Value[0].Properties.ProductName != "Azure Sentinel" {
		t.Errorf("got %d alerts, %d bookmarks, %d kinds of entities", len(alerts.Value), len(bookmarks.Value), len(entities.MetaData))
	}
	var accounts []string
	for _, e := range entities.Entities {
		if account, ok := e.(*armsecurityinsights.AccountEntity); ok {
			accounts = append(accounts, *account.Properties.AccountName+"@"+*account.Properties.UpnSuffix)
		}
	}
	if !slices.Equal(accounts, []string{"ada@tidewater.example"}) {
		t.Errorf("got accounts %v", accounts)
	}
	client, relation := f.NewIncidentRelationsClient(), *alerts.Value[0].Name
	_, err = client.Delete(t.Context(), group, place, in, relation, nil)
	must(t, err)
	_, err = client.CreateOrUpdate(t.Context(), group, place, in, relation,
		armsecurityinsights.Relation{Properties: &armsecurityinsights.RelationProperties{RelatedResourceID: alerts.Value[0].ID}}, nil)
	must(t, err)
	found, err := client.Get(t.Context(), group, place, in, relation, nil)
	must(t, err)
	list, _ := all(t, client.NewListPager(group, place, in, nil), func(p armsecurityinsights.IncidentRelationsClientListResponse) []*armsecurityinsights.Relation {
		return p.Value
	})
	if *found.Properties.RelatedResourceKind != "SecurityAlert" || len(list) != 2 {
		t.Errorf("got %d relations, one to a %s", len(list), *found.Properties.RelatedResourceKind)
	}
}

func clientRules(t *testing.T, f *armsecurityinsights.ClientFactory) {
	client := f.NewAlertRulesClient()
	scheduled := &armsecurityinsights.ScheduledAlertRule{
		Kind: to.Ptr(armsecurityinsights.AlertRuleKindScheduled),
		Properties: &armsecurityinsights.ScheduledAlertRuleProperties{
			DisplayName: to.Ptr("Locks removed"), Enabled: to.Ptr(true), Severity: to.Ptr(armsecurityinsights.AlertSeverityHigh),
			Query: to.Ptr("AzureActivity\n| where OperationNameValue has 'locks/delete'"), QueryFrequency: to.Ptr("PT1H"), QueryPeriod: to.Ptr("P1D"),
			TriggerOperator: to.Ptr(armsecurityinsights.TriggerOperatorGreaterThan), TriggerThreshold: to.Ptr[int32](0),
			SuppressionEnabled: to.Ptr(false), SuppressionDuration: to.Ptr("PT5H"), Tactics: []*armsecurityinsights.AttackTactic{to.Ptr(armsecurityinsights.AttackTacticImpact)},
		},
	}
	nrt := &armsecurityinsights.NrtAlertRule{
		Kind: to.Ptr(armsecurityinsights.AlertRuleKindNRT),
		Properties: &armsecurityinsights.NrtAlertRuleProperties{
			DisplayName: to.Ptr("Locks removed, at once"), Enabled: to.Ptr(false), Severity: to.Ptr(armsecurityinsights.AlertSeverityLow),
			Query: to.Ptr("AzureActivity"), SuppressionEnabled: to.Ptr(false), SuppressionDuration: to.Ptr("PT5H"),
		},
	}
	creation := &armsecurityinsights.MicrosoftSecurityIncidentCreationAlertRule{
		Kind: to.Ptr(armsecurityinsights.AlertRuleKindMicrosoftSecurityIncidentCreation),
		Properties: &armsecurityinsights.MicrosoftSecurityIncidentCreationAlertRuleProperties{
			DisplayName: to.Ptr("Cloud apps"), Enabled: to.Ptr(true), ProductFilter: to.Ptr(armsecurityinsights.MicrosoftSecurityProductNameMicrosoftCloudAppSecurity),
		},
	}
	ids := []string{"0dd2a3c1-3d2e-4c1a-8d6b-8c5f2d7a1b01", "0dd2a3c1-3d2e-4c1a-8d6b-8c5f2d7a1b02", "a-name-of-its-own"}
	for i, rule := range []armsecurityinsights.AlertRuleClassification{scheduled, nrt, creation} {
		made, err := client.CreateOrUpdate(t.Context(), group, place, ids[i], rule, nil)
		must(t, err)
		if got, want := *made.GetAlertRule().Kind, *rule.GetAlertRule().Kind; got != want {
			t.Errorf("made a rule of kind %s, got %s", want, got)
		}
	}
	list, _ := all(t, client.NewListPager(group, place, nil), func(p armsecurityinsights.AlertRulesClientListResponse) []armsecurityinsights.AlertRuleClassification {
		return p.Value
	})
	if len(list) != 4 {
		t.Errorf("got %d rules, want the three and that of the file", len(list))
	}
	found, err := client.Get(t.Context(), group, place, ids[0], nil)
	must(t, err)
	rule := found.AlertRuleClassification.(*armsecurityinsights.ScheduledAlertRule)
	if *rule.Properties.Query != *scheduled.Properties.Query || *rule.Properties.QueryPeriod != "P1D" || rule.Properties.LastModifiedUTC == nil {
		t.Errorf("got the rule %+v", rule.Properties)
	}
	etag := rule.Etag
	rule.Properties.Severity = to.Ptr(armsecurityinsights.AlertSeverityLow)
	_, err = client.CreateOrUpdate(t.Context(), group, place, ids[0], rule, nil)
	must(t, err)
	rule.Etag = etag
	if _, err = client.CreateOrUpdate(t.Context(), group, place, ids[0], rule, nil); statusOf(err) != http.StatusConflict {
		t.Errorf("changed with an old etag: got %v, want 409", err)
	}
	scheduled.Properties.Query = to.Ptr("NoSuchTable")
	if _, err = client.CreateOrUpdate(t.Context(), group, place, ids[0], scheduled, nil); statusOf(err) != http.StatusBadRequest {
		t.Errorf("a query that does not compile: got %v, want 400", err)
	}
	for _, id := range ids {
		_, err := client.Delete(t.Context(), group, place, id, nil)
		must(t, err)
		if _, err := client.Get(t.Context(), group, place, id, nil); statusOf(err) != http.StatusNotFound {
			t.Errorf("after it was deleted: got %v, want 404", err)
		}
	}
	actions, _ := all(t, f.NewActionsClient().NewListByAlertRulePager(group, place, lockRule(t).ID, nil), func(p armsecurityinsights.ActionsClientListByAlertRuleResponse) []*armsecurityinsights.ActionResponse {
		return p.Value
	})
	if len(actions) != 0 {
		t.Errorf("got %d actions, want none", len(actions))
	}
}

func clientTemplates(t *testing.T, f *armsecurityinsights.ClientFactory) {
	client := f.NewAlertRuleTemplatesClient()
	list, _ := all(t, client.NewListPager(group, place, nil), func(p armsecurityinsights.AlertRuleTemplatesClientListResponse) []armsecurityinsights.AlertRuleTemplateClassification {
		return p.Value
	})
	if len(list) < 60 {
		t.Errorf("got %d templates, want 60 at least", len(list))
	}
	for _, listed := range list {
		want := listed.GetAlertRuleTemplate()
		found, err := client.Get(t.Context(), group, place, *want.Name, nil)
		must(t, err)
		if got := found.GetAlertRuleTemplate(); *got.ID != *want.ID || *got.Kind != *want.Kind {
			t.Errorf("got template %s of kind %s, want %s, %s", *got.ID, *got.Kind, *want.ID, *want.Kind)
		}
		template, ok := found.AlertRuleTemplateClassification.(*armsecurityinsights.ScheduledAlertRuleTemplate)
		if ok && (*template.Properties.DisplayName == "" || *template.Properties.Version == "") {
			t.Errorf("got the template %+v", template.Properties)
		}
	}
	automation, _ := all(t, f.NewAutomationRulesClient().NewListPager(group, place, nil), func(p armsecurityinsights.AutomationRulesClientListResponse) []*armsecurityinsights.AutomationRule {
		return p.Value
	})
	operations, _ := all(t, f.NewOperationsClient().NewListPager(nil), func(p armsecurityinsights.OperationsClientListResponse) []*armsecurityinsights.Operation {
		return p.Value
	})
	if len(automation) != 0 || len(operations) == 0 {
		t.Errorf("got %d automation rules and %d operations", len(automation), len(operations))
	}
}

func clientWatchlists(t *testing.T, f *armsecurityinsights.ClientFactory) {
	lists, items := f.NewWatchlistsClient(), f.NewWatchlistItemsClient()
	body := armsecurityinsights.Watchlist{Properties: &armsecurityinsights.WatchlistProperties{
		DisplayName: to.Ptr("Assets"), Provider: to.Ptr("Microsoft"), ItemsSearchKey: to.Ptr("Name"),
		NumberOfLinesToSkip: to.Ptr[int32](1), ContentType: to.Ptr("text/csv"), RawContent: to.Ptr("a line to be skipped\nName,Address\nalpha,192.0.2.1\nbeta,192.0.2.2"),
	}}
	made, err := lists.CreateOrUpdate(t.Context(), group, place, "assets", body, nil)
	must(t, err)
	if *made.Properties.WatchlistAlias != "assets" || made.Etag == nil || *made.Properties.CreatedBy.Name != "arm" {
		t.Errorf("got the watchlist %+v", made.Properties)
	}
	byList := func() []*armsecurityinsights.WatchlistItem {
		list, _ := all(t, items.NewListPager(group, place, "assets", nil), func(p armsecurityinsights.WatchlistItemsClientListResponse) []*armsecurityinsights.WatchlistItem {
			return p.Value
		})
		return list
	}
	if n := len(byList()); n != 2 {
		t.Errorf("got %d items, want 2", n)
	}
	id := "82ba292c-dc97-4dfc-969d-d4dd9e666842"
	item, err := items.CreateOrUpdate(t.Context(), group, place, "assets", id, armsecurityinsights.WatchlistItem{
		Properties: &armsecurityinsights.WatchlistItemProperties{ItemsKeyValue: map[string]any{"Name": "gamma", "Address": 7}},
	}, nil)
	must(t, err)
	if *item.Name != id || item.Properties.ItemsKeyValue["Address"] != "7" || len(byList()) != 3 {
		t.Errorf("got the item %+v", item.Properties)
	}
	_, err = items.Get(t.Context(), group, place, "assets", id, nil)
	must(t, err)
	for range 2 { // the second finds nothing
		_, err = items.Delete(t.Context(), group, place, "assets", id, nil)
		must(t, err)
	}
	all, _ := all(t, lists.NewListPager(group, place, nil), func(p armsecurityinsights.WatchlistsClientListResponse) []*armsecurityinsights.Watchlist {
		return p.Value
	})
	if len(all) != 1 || *all[0].Properties.DisplayName != "Assets" {
		t.Errorf("got %d watchlists, want one", len(all))
	}
	_, err = lists.Delete(t.Context(), group, place, "assets", nil)
	must(t, err)
	if _, err := lists.Get(t.Context(), group, place, "assets", nil); statusOf(err) != http.StatusNotFound {
		t.Errorf("after it was deleted: got %v, want 404", err)
	}
}
