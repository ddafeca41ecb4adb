package azure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestProfileForms(t *testing.T) {
	good := Profile{Name: "default", Locations: []string{"global"}, Categories: []string{"write", "Delete"}, RuleID: testNamespace + "/authorizationRules/Root"}
	for name, test := range map[string]struct {
		change func(*Profile)
		want   []string
	}{
		"good":                   {func(*Profile) {}, nil},
		"no name":                {func(p *Profile) { p.Name = "" }, []string{`name: "": want 1 to 260 characters`}},
		"slash in name":          {func(p *Profile) { p.Name = "a/b" }, []string{`name: "a/b"`}},
		"no locations":           {func(p *Profile) { p.Locations = nil }, []string{"locations: is empty"}},
		"no categories":          {func(p *Profile) { p.Categories = nil }, []string{"categories: is empty: want some of Write, Delete, Action"}},
		"unknown category":       {func(p *Profile) { p.Categories = []string{"Actions"} }, []string{`categories: "Actions" (did you mean Action?): want some of Write, Delete, Action`}},
		"category of the others": {func(p *Profile) { p.Categories = []string{"Administrative"} }, []string{`categories: "Administrative": want some of`}},
		"no destination":         {func(p *Profile) { p.RuleID = "" }, []string{"rule-id: is empty, and so is storage-account"}},
		"bad rule id":            {func(p *Profile) { p.RuleID = testNamespace }, []string{"rule-id: rule id ends with the namespace"}},
		"bad storage id":         {func(p *Profile) { p.StorageAccount = "st" }, []string{"storage-account: storage account id has no /subscriptions/"}},
		"a year":                 {func(p *Profile) { p.Retention = Keep(365) }, nil},
		"more than a year":       {func(p *Profile) { p.Retention = Keep(366) }, []string{"retention-days: 366: want 1 to 365, or 0 for ever"}},
		"negative":               {func(p *Profile) { p.Retention = Keep(-1) }, []string{"retention-days: -1: want"}},
		"for ever, enabled":      {func(p *Profile) { p.Retention = Retention{true, 0} }, []string{"retention-days: 0 with retention enabled"}},
		"days, not enabled":      {func(p *Profile) { p.Retention = Retention{false, 30} }, []string{"retention-days: 30 with retention not enabled"}},
		"two mistakes":           {func(p *Profile) { p.Name, p.Locations = "", nil }, []string{"name:", "locations:"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := good
			test.change(&p)
			checkProblems(t, p.Validate(), test.want)
		})
	}
}

func TestRetentionInWords(t *testing.T) {
	for want, r := range map[string]Retention{
		"forever": Keep(0), "90 days": Keep(90), "forever (1095 days, not enabled)": {false, 1095},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSetProfile(t *testing.T) {
	s := newStand(t)
	want := s.profile()
	want.Locations, want.Categories = []string{"Global", "West Europe", "westeurope"}, []string{"action", "WRITE", "delete"}
	out, err := s.Profiles().Set(t.Context(), s.ids[0], want, SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.written(); got != "PUT /logprofiles/default" {
		t.Errorf("wrote %q, want one PUT", got)
	}
	if len(out.Steps) != 1 || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "2026-09-15") {
		t.Errorf("got %+v, want one step and the warning about the retirement", out)
	}
	got, err := s.Profiles().Get(t.Context(), s.ids[0], "default")
	if err != nil || !slices.Equal(got.Locations, []string{"global", "westeurope"}) || !slices.Equal(got.Categories, []string{"Action", "Write", "Delete"}) ||
		got.RuleID != want.RuleID || got.Retention != Keep(0) {
		t.Errorf("Azure has %+v, %v", got, err)
	}
	out, err = s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{})
	if err != nil || len(out.Steps) != 0 || s.written() != "" {
		t.Errorf("the same again: got %+v, %v, want nothing done", out, err)
	}
}

func TestExistingProfileIsNamedAndReplacedOnDemand(t *testing.T) {
	s := newStand(t)
	old := s.profile()
	old.Name, old.Categories = "legacy", []string{"Write"}
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], old, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	s.written()
	_, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{})
	wantError(t, err, `log profile "legacy" is in the way`, "a subscription has one log profile",
		"az monitor log-profiles delete --subscription "+s.ids[0]+" --name legacy")
	var exists *ExistsError
	if !errors.As(err, &exists) || !exists.Replaceable || s.written() != "" {
		t.Errorf("got %#v, want a replaceable *ExistsError and nothing written", err)
	}
	out, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Replace: true})
	if err != nil || len(out.Steps) != 2 {
		t.Errorf("with Replace: got %+v, %v, want two steps", out, err)
	}
	if got := s.written(); got != "DELETE /logprofiles/legacy, PUT /logprofiles/default" {
		t.Errorf("wrote %q", got)
	}
}

// blind makes Azure refuse the keys of the policy without telling before.
func (s *stand) blind() {
	s.Deny(ownerClient, "Microsoft.Authorization/permissions/read", s.namespace())
	s.Deny(ownerClient, "Microsoft.EventHub/namespaces/authorizationRules/listkeys/action", s.namespace())
}

func TestRefusedProfileLeavesTheOldOne(t *testing.T) {
	s := newStand(t)
	old := s.profile()
	old.Name, old.RuleID, old.StorageAccount, old.Retention = "legacy", "", s.account("stlogs"), Keep(90)
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], old, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	s.blind()
	s.written()
	_, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Replace: true})
	wantError(t, err, `write log profile "default": missing permission Microsoft.EventHub/namespaces/authorizationRules/listkeys/action`, `the earlier log profile "legacy" was put back`)
	if got := s.written(); got != "DELETE /logprofiles/legacy, PUT /logprofiles/default, PUT /logprofiles/legacy" {
		t.Errorf("wrote %q", got)
	}
	if got, err := s.Profiles().Get(t.Context(), s.ids[0], "legacy"); err != nil || !got.equal(old) {
		t.Errorf("Azure has %+v, %v, want %+v", got, err, old)
	}
}

func TestOldProfileThatCannotBePutBackIsShown(t *testing.T) {
	s := newStand(t)
	old := s.profile()
	old.Name = "legacy"
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], old, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	s.blind()
	_, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Replace: true})
	wantError(t, err, `the earlier log profile "legacy" is gone and could not be put back`, `"serviceBusRuleId":"`+old.RuleID+`"`, `"locations":["global","westeurope"]`)
}

func TestDryRunChangesNothing(t *testing.T) {
	s := newStand(t)
	out, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{DryRun: true})
	if err != nil || s.written() != "" {
		t.Fatalf("got %v, want nothing written", err)
	}
	want := s.server.URL + "/subscriptions/" + s.ids[0] + "/providers/microsoft.insights/logprofiles/default?api-version=2016-03-01"
	if len(out.Steps) != 1 || out.Steps[0].Method != "PUT" || out.Steps[0].URL != want || out.Steps[0].Body == nil {
		t.Errorf("got %+v, want a PUT to %s", out.Steps, want)
	}
}

func TestProblemsOfAProfileAreReportedTogether(t *testing.T) {
	s := newStand(t)
	p := s.profile()
	p.Locations, p.RuleID, p.StorageAccount = []string{"westeurop", "mars"}, s.rule("sender"), s.account("stfast")
	_, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	wantError(t, err,
		`locations: "westeurop" is no location of this subscription (did you mean westeurope?)`, `"mars" is no location of this subscription: want`,
		`shared access policy "sender" of namespace "evh-logs" lacks Manage, Listen (it has Send): run az eventhubs namespace authorization-rule update`, "--rights Manage Send Listen",
		"storage-account: is a premium account",
	)
	if got := s.written(); got != "" {
		t.Errorf("wrote %q, want nothing", got)
	}
}

func TestRuleThatIsNotThere(t *testing.T) {
	s := newStand(t)
	p := s.profile()
	p.RuleID = s.rule("RootManageSharedAccesKey")
	_, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	wantError(t, err, `namespace "evh-logs" has no shared access policy "RootManageSharedAccesKey" (did you mean RootManageSharedAccessKey?): it has RootManageSharedAccessKey, sender`,
		"az eventhubs namespace authorization-rule create --subscription "+s.ids[2]+" --resource-group rg-logs --namespace-name evh-logs")
	p.RuleID = strings.Replace(p.RuleID, "evh-logs", "evh-other", 1)
	_, err = s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	wantError(t, err, "rule id names a namespace that is not there, or that this credential cannot see", "404")
}

func TestWarningsOfAProfile(t *testing.T) {
	s := newStand(t)
	p := s.profile()
	p.Locations, p.Retention = []string{"eastus"}, Keep(30)
	out, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{DryRun: true})
	text := strings.Join(out.Warnings, "\n")
	if err != nil || !strings.Contains(text, `locations lack "global"`) || !strings.Contains(text, "retention of 30 days has no effect") {
		t.Errorf("got %q, %v, want warnings about global and the retention", text, err)
	}
	p.Locations = []string{"all"}
	out, err = s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{DryRun: true})
	if sent := out.Steps[0].Body.(body).Properties.(profileProperties).Locations; err != nil || !slices.Contains(sent, "global") || !slices.Contains(sent, "eastus2") || slices.Contains(sent, "europe") {
		t.Errorf("all becomes %v, %v, want every region, global, and no group of regions", sent, err)
	}
}

func TestWhatMayNotBeReadIsNotChecked(t *testing.T) {
	s := newStand(t)
	s.Deny(ownerClient, "Microsoft.EventHub/namespaces/authorizationRules/read", s.namespace())
	s.Deny(ownerClient, "Microsoft.Resources/subscriptions/*", "/subscriptions/"+s.ids[0])
	s.Deny(ownerClient, "Microsoft.Storage/storageAccounts/read", s.account("stfast"))
	p := s.profile()
	p.StorageAccount = s.account("stfast")
	out, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(out.Warnings, "\n")
	for _, want := range []string{
		"registration of microsoft.insights not checked: missing permission Microsoft.Resources/subscriptions/providers/read",
		"locations not checked", `shared access policy "RootManageSharedAccessKey" not checked`, "storage account not checked",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("warnings are %q, want %q", text, want)
		}
	}
}

func TestAllLocationsMustBeKnown(t *testing.T) {
	s := newStand(t)
	s.Deny(ownerClient, "Microsoft.Resources/subscriptions/locations/read", "/subscriptions/"+s.ids[0])
	p := s.profile()
	p.Locations = []string{"all"}
	_, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	wantError(t, err, `locations: "all" needs the permission Microsoft.Resources/subscriptions/locations/read`)
	p.Locations = []string{"West Europe", "GLOBAL"}
	out, err := s.Profiles().Set(t.Context(), s.ids[0], p, SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if sent := out.Steps[0].Body.(body).Properties.(profileProperties).Locations; !slices.Equal(sent, []string{"westeurope", "global"}) {
		t.Errorf("sent %q, want Azure's spelling", sent)
	}
}

func TestMissingPermissionsAreFoundBeforeWriting(t *testing.T) {
	s := newStand(t)
	old := s.profile()
	old.Name = "legacy"
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], old, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	s.written()
	s.Deny(ownerClient, "Microsoft.Insights/logProfiles/delete", "/subscriptions/"+s.ids[0])
	s.Deny(ownerClient, "Microsoft.Insights/logProfiles/write", "/subscriptions/"+s.ids[0])
	s.Deny(ownerClient, "Microsoft.EventHub/namespaces/authorizationRules/listkeys/action", s.namespace())
	_, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Replace: true})
	wantError(t, err,
		"missing permission Microsoft.Insights/logProfiles/write on /subscriptions/"+s.ids[0],
		"missing permission Microsoft.Insights/logProfiles/delete on /subscriptions/"+s.ids[0],
		"missing permission Microsoft.EventHub/namespaces/authorizationRules/listkeys/action on "+s.rule("RootManageSharedAccessKey"),
		`az role assignment create --assignee `+ownerObject+` --role "Azure Event Hubs Data Owner" --scope `+s.namespace(),
	)
	if got := s.written(); got != "" {
		t.Errorf("wrote %q, want nothing", got)
	}
}

func TestUnregisteredProvider(t *testing.T) {
	s := newStand(t)
	s.Unregister(s.ids[0])
	_, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{})
	wantError(t, err, "provider microsoft.insights is not registered in this subscription (NotRegistered)", "az provider register")
	out, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Register: true, DryRun: true})
	if err != nil || len(out.Steps) != 2 || s.written() != "" {
		t.Errorf("dry run with Register: got %+v, %v, want two steps and nothing written", out, err)
	}
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{Register: true}); err != nil {
		t.Fatal(err)
	}
	if got := s.written(); got != "POST /register, PUT /logprofiles/default" || s.waited == 0 {
		t.Errorf("wrote %q after %d waits, want the registration, a wait, the profile", got, s.waited)
	}
}

func TestSeveralSubscriptionsStandAlone(t *testing.T) {
	s := newStand(t)
	s.Deny(ownerClient, "Microsoft.Insights/logProfiles/*", "/subscriptions/"+s.ids[1])
	nowhere := "99999999-0000-4000-8000-000000000009"
	asked := []string{s.ids[0], s.ids[1], nowhere, s.ids[3]}
	results := Each(t.Context(), asked, func(ctx context.Context, id string) (Outcome, error) {
		return s.Profiles().Set(ctx, id, s.profile(), SetOptions{})
	})
	for i, r := range results {
		if r.Subscription != asked[i] {
			t.Errorf("result %d is of %s, want %s", i, r.Subscription, asked[i])
		}
	}
	if results[0].Err != nil || results[3].Err != nil {
		t.Errorf("the good ones: got %v, %v, want no errors", results[0].Err, results[3].Err)
	}
	wantError(t, results[1].Err, "missing permission Microsoft.Insights/logProfiles/read")
	wantError(t, results[2].Err, "404", "SubscriptionNotFound")
	for i, want := range []int{1, 0, 0, 1} {
		if list, err := s.Profiles().List(t.Context(), asked[i]); i != 1 && i != 2 && (err != nil || len(list) != want) {
			t.Errorf("subscription %d has %d profiles, %v, want %d", i, len(list), err, want)
		}
	}
}

func TestDeleteAndGetOfWhatIsNotThere(t *testing.T) {
	s := newStand(t)
	if _, err := s.Profiles().Get(t.Context(), s.ids[0], "default"); !errors.Is(err, ErrNoSetting) || !strings.Contains(err.Error(), "the subscription has no log profile") {
		t.Errorf("got %v, want ErrNoSetting", err)
	}
	if _, err := s.Profiles().Set(t.Context(), s.ids[0], s.profile(), SetOptions{}); err != nil {
		t.Fatal(err)
	}
	s.written()
	out, err := s.Profiles().Delete(t.Context(), s.ids[0], "other", false)
	if err != nil || len(out.Steps) != 0 || !strings.Contains(strings.Join(out.Warnings, ""), `no log profile "other", but "default"`) || s.written() != "" {
		t.Errorf("got %+v, %v, want nothing done and the name of the other", out, err)
	}
	if out, err := s.Profiles().Delete(t.Context(), s.ids[0], "default", true); err != nil || len(out.Steps) != 1 || s.written() != "" {
		t.Errorf("dry run: got %+v, %v, want one step and nothing written", out, err)
	}
	if out, err := s.Profiles().Delete(t.Context(), s.ids[0], "default", false); err != nil || len(out.Steps) != 1 || s.written() != "DELETE /logprofiles/default" {
		t.Errorf("got %+v, %v, want it removed", out, err)
	}
}

func TestFindSubscriptions(t *testing.T) {
	s := newStand(t)
	got, err := s.Find(t.Context(), []string{"production", strings.ToUpper(s.ids[1]), "Data"})
	if err != nil || !slices.Equal(got, []string{s.ids[0], s.ids[1], s.ids[3]}) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = s.Find(t.Context(), []string{"Produktion"})
	wantError(t, err, `no subscription is called "Produktion" (did you mean Production?)`)
}

func TestRetirementIsToldByTheClock(t *testing.T) {
	for day, want := range map[string]string{
		"2025-09-14": "takes no new log profiles from 2025-09-15 on", "2025-09-15": "takes no new log profiles since 2025-09-15 and retires them on 2026-09-15",
		"2026-09-15": "retired log profiles on 2026-09-15",
	} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := ProfileRetirement(now); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
	}
}
