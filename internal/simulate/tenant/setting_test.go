package tenant_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

// profile is a log profile in the words of the official client.
func profile(s *stand) armmonitor.LogProfileResource {
	return armmonitor.LogProfileResource{Location: to.Ptr(""), Properties: &armmonitor.LogProfileProperties{
		Categories: to.SliceOfPtrs("Write", "Delete"), Locations: to.SliceOfPtrs("global", "westeurope"),
		RetentionPolicy: &armmonitor.RetentionPolicy{Enabled: to.Ptr(false), Days: to.Ptr[int32](0)}, ServiceBusRuleID: to.Ptr(s.ruleID()),
	}}
}

// refused returns code and status of an error of the official clients.
func refused(t *testing.T, err error) (string, int) {
	t.Helper()
	var r *azcore.ResponseError
	if !errors.As(err, &r) {
		t.Fatalf("got %v, want an answer of the service", err)
	}
	return r.ErrorCode, r.StatusCode
}

func TestLogProfilesWithTheOfficialClient(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	ctx := t.Context()
	client, err := armmonitor.NewLogProfilesClient(s.subscription(0), static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.CreateOrUpdate(ctx, "default", profile(s), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/subscriptions/" + s.subscription(0) + "/providers/microsoft.insights/logprofiles/default"; *made.ID != want || *made.Name != "default" {
		t.Errorf("got id %s, want %s", *made.ID, want)
	}
	if _, err := client.CreateOrUpdate(ctx, "second", profile(s), nil); err == nil {
		t.Error("a second profile is taken, want 409")
	} else if code, status := refused(t, err); status != 409 || code != "Conflict" {
		t.Errorf("a second profile: got %d %s, want 409 Conflict", status, code)
	}
	if _, err := client.Update(ctx, "default", armmonitor.LogProfileResourcePatch{Properties: &armmonitor.LogProfileProperties{Categories: to.SliceOfPtrs("Action")}}, nil); err != nil {
		t.Fatal(err)
	}
	read, err := client.Get(ctx, "DEFAULT", nil)
	if err != nil || len(read.Properties.Categories) != 1 || *read.Properties.Categories[0] != "Action" || len(read.Properties.Locations) != 2 {
		t.Errorf("after the patch got %+v, %v, want category Action and the two locations", read.Properties, err)
	}
	if _, err := client.Delete(ctx, "default", nil); err != nil {
		t.Fatal(err)
	}
	page, err := client.NewListPager(nil).NextPage(ctx)
	if err != nil || len(page.Value) != 0 {
		t.Errorf("after the removal got %d profiles, %v, want none", len(page.Value), err)
	}
}

func TestDiagnosticSettingsWithTheOfficialClient(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	ctx := t.Context()
	client, err := armmonitor.NewDiagnosticSettingsClient(static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	scope := "/subscriptions/" + s.subscription(1) // the client doubles the slash
	setting := armmonitor.DiagnosticSettingsResource{Properties: &armmonitor.DiagnosticSettings{
		EventHubAuthorizationRuleID: to.Ptr(s.ruleID()), EventHubName: to.Ptr("own-hub"),
		Logs: []*armmonitor.LogSettings{{Category: to.Ptr("Administrative"), Enabled: to.Ptr(true)}, {Category: to.Ptr("Policy"), Enabled: to.Ptr(false)}},
	}}
	made, err := client.CreateOrUpdate(ctx, scope, "stream", setting, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimPrefix(scope, "/") + "/providers/microsoft.insights/diagnosticSettings/stream"; *made.ID != want {
		t.Errorf("got id %s, want %s", *made.ID, want)
	}
	want := tenant.Export{Subscription: s.subscription(1), Setting: "stream", Shape: simulate.ShapeHub, Categories: []string{"Administrative"}, RuleID: s.ruleID(), Hub: "own-hub"}
	if got := s.Exports(); len(got) != 1 || !sameExport(got[0], want) {
		t.Errorf("got exports %+v, want %+v", got, want)
	}
	if _, err := client.CreateOrUpdate(ctx, scope, "twice", setting, nil); err == nil {
		t.Error("the same hub twice is taken, want 409")
	} else if code, status := refused(t, err); status != 409 || code != "Conflict" {
		t.Errorf("the same hub twice: got %d %s, want 409", status, code)
	}
	for range 2 { // the second finds nothing and is content
		if _, err := client.Delete(ctx, scope, "stream", nil); err != nil {
			t.Fatal(err)
		}
	}
	page, err := client.NewListPager(scope, nil).NextPage(ctx)
	if err != nil || len(page.Value) != 0 {
		t.Errorf("after the removal got %d settings, %v, want none", len(page.Value), err)
	}
}

func sameExport(a, b tenant.Export) bool {
	return a.Subscription == b.Subscription && a.Setting == b.Setting && a.Shape == b.Shape && slices.Equal(a.Locations, b.Locations) &&
		slices.Equal(a.Categories, b.Categories) && a.RuleID == b.RuleID && a.Hub == b.Hub && a.StorageAccount == b.StorageAccount
}

func TestBodiesThatAzureRefuses(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	at := "/subscriptions/" + s.subscription(0) + "/providers/microsoft.insights/"
	const profiles, diagnostics = "logprofiles/x?api-version=2016-03-01", "diagnosticSettings/x?api-version=2021-05-01-preview"
	good := `"locations":["global"],"categories":["Write"],"retentionPolicy":{"enabled":false,"days":0},"serviceBusRuleId":"` + s.ruleID() + `"`
	hub := `"logs":[{"category":"Policy","enabled":true}],"eventHubAuthorizationRuleId":"` + s.ruleID() + `"`
	for _, test := range []struct {
		name, path, properties string
		status                 int
		want                   string
	}{
		{"no destination", profiles, strings.Replace(good, s.ruleID(), "", 1), 400, "storage account"},
		{"no locations", profiles, strings.Replace(good, `"global"`, "", 1), 400, "locations"},
		{"unknown category", profiles, strings.Replace(good, "Write", "Administrative", 1), 400, "Administrative"},
		{"no retention", profiles, strings.Replace(good, "retentionPolicy", "other", 1), 400, "retentionPolicy"},
		{"enabled for ever", profiles, strings.Replace(good, "false", "true", 1), 400, "retentionPolicy.enabled"},
		{"unknown policy", profiles, strings.Replace(good, "RootManage", "Root", 1), 400, "was not found"},
		{"policy without rights", profiles, strings.Replace(good, "RootManageSharedAccessKey", "sender", 1), 400, "does not have 'Manage' access"},
		{"long retention is taken", profiles, strings.Replace(good, `false,"days":0`, `false,"days":1095`, 1), 200, "1095"},
		{"no sink", diagnostics, `"logs":[]`, 400, "data sink"},
		{"category of profiles", diagnostics, strings.Replace(hub, "Policy", "Write", 1), 400, "Write"},
		{"retention", diagnostics, strings.Replace(hub, `"enabled":true`, `"enabled":true,"retentionPolicy":{"enabled":true,"days":3}`, 1), 400, "does not support retention"},
		{"policy of a hub", diagnostics, strings.Replace(hub, "/authorizationrules/", "/eventhubs/h/authorizationrules/", 1), 400, "Expected types are"},
		{"sender without a hub", diagnostics, strings.Replace(hub, "RootManageSharedAccessKey", "sender", 1), 400, "requires Manage|Send|Listen"},
		{"sender into a hub", diagnostics, strings.Replace(hub, "RootManageSharedAccessKey", "sender", 1) + `,"eventHubName":"own-hub"`, 200, "own-hub"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := s.ask(t, "PUT", at+test.path, `{"properties":{`+test.properties+`}}`)
			if status != test.status || !strings.Contains(body, test.want) {
				t.Errorf("got %d %s, want %d with %q", status, body, test.status, test.want)
			}
		})
	}
	if status, _ := s.ask(t, "PUT", at+profiles, `[]`); status != 400 {
		t.Errorf("a body that is no object: got %d, want 400", status)
	}
}

func TestWritingNeedsTheKeysOfThePolicy(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	s.Deny(owner, "Microsoft.EventHub/namespaces/authorizationRules/listkeys/action", s.namespaceID())
	client, err := armmonitor.NewLogProfilesClient(s.subscription(0), static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateOrUpdate(t.Context(), "default", profile(s), nil)
	if code, status := refused(t, err); status != 403 || code != "LinkedAuthorizationFailed" {
		t.Errorf("got %d %s, want 403 LinkedAuthorizationFailed", status, code)
	}
	if status, body := s.ask(t, "POST", s.ruleID()+"/listKeys?api-version=2024-01-01", ""); status != 403 {
		t.Errorf("listing keys: got %d %s, want 403", status, body)
	}
	s.Allow(owner)
	_, body := s.ask(t, "POST", s.ruleID()+"/listKeys?api-version=2024-01-01", "")
	want, ok := s.ConnectionString(s.ruleID())
	if got := decode[map[string]string](t, body)["primaryConnectionString"]; !ok || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnregisteredProviderTakesNoSettings(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	s.Unregister(s.subscription(0))
	client, err := armmonitor.NewLogProfilesClient(s.subscription(0), static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateOrUpdate(t.Context(), "default", profile(s), nil)
	if code, status := refused(t, err); status != 409 || code != "Conflict" || !strings.Contains(err.Error(), "not registered to use microsoft.insights") {
		t.Errorf("got %v, want 409 not registered", err)
	}
}

func TestAtMostFiveDiagnosticSettings(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	put := func(name string) int {
		status, _ := s.ask(t, "PUT", "/subscriptions/"+s.subscription(0)+"/providers/microsoft.insights/diagnosticSettings/"+name+"?api-version=2021-05-01-preview",
			`{"properties":{"logs":[{"categoryGroup":"allLogs","enabled":true}],"workspaceId":"/subscriptions/x/`+name+`"}}`)
		return status
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "A"} {
		if got := put(name); got != 200 {
			t.Errorf("%s: got %d, want 200", name, got)
		}
	}
	if got := put("f"); got != 409 {
		t.Errorf("f: got %d, want 409", got)
	}
}

func TestExportsFollowTheSettings(t *testing.T) {
	s := serve(t, 3_000, tenant.Limit{})
	client, err := armmonitor.NewLogProfilesClient(s.subscription(0), static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	changed := s.Changed()
	if _, err := client.CreateOrUpdate(t.Context(), "default", profile(s), nil); err != nil {
		t.Fatal(err)
	}
	<-changed // closed by the change
	want := tenant.Export{
		Subscription: s.subscription(0), Setting: "default", Shape: simulate.ShapeHubProfile, Locations: []string{"global", "westeurope"},
		Categories: []string{"Write", "Delete"}, RuleID: s.ruleID(), Hub: tenant.ProfileHub,
	}
	exports := s.Exports()
	if len(exports) != 1 || !sameExport(exports[0], want) {
		t.Fatalf("got %+v, want %+v", exports, want)
	}
	taken, left := 0, 0
	for e := range s.company.Events() {
		inside := e.Resource.Subscription.ID.String() == s.subscription(0) && (e.Region() == "global" || e.Region() == "westeurope") && e.Verb() != "Action"
		if exports[0].Takes(e) != inside {
			t.Fatalf("event %s in %s: taken %v, want %v", e.Operation, e.Region(), !inside, inside)
		}
		if inside {
			taken++
		} else {
			left++
		}
	}
	if taken == 0 || left == 0 {
		t.Errorf("%d events taken, %d left: the test sees only one side", taken, left)
	}
}
