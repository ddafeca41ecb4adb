package azure

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestDiagnosticForms(t *testing.T) {
	good := DiagnosticSetting{Name: "default", Categories: []string{"service health", "Policy"}, RuleID: testNamespace + "/authorizationRules/Root"}
	for name, test := range map[string]struct {
		change func(*DiagnosticSetting)
		want   []string
	}{
		"good":                {func(*DiagnosticSetting) {}, nil},
		"all":                 {func(d *DiagnosticSetting) { d.Categories = []string{"allLogs"} }, nil},
		"only a workspace":    {func(d *DiagnosticSetting) { d.RuleID, d.Workspace = "", "/subscriptions/x" }, nil},
		"no destination":      {func(d *DiagnosticSetting) { d.RuleID = "" }, []string{"rule-id: is empty"}},
		"unknown category":    {func(d *DiagnosticSetting) { d.Categories = []string{"Administration"} }, []string{`categories: "Administration" (did you mean Administrative?): want some of Administrative, Security,`}},
		"kind of operation":   {func(d *DiagnosticSetting) { d.Categories = []string{"Write"} }, []string{`categories: "Write": want some of`}},
		"hub without a rule":  {func(d *DiagnosticSetting) { d.RuleID, d.StorageAccount, d.EventHub = "", testStorage, "h" }, []string{"event-hub-name: names a hub without a namespace"}},
		"id of a hub":         {func(d *DiagnosticSetting) { d.EventHub = testNamespace + "/eventhubs/h" }, []string{"event-hub-name: \"/subscriptions/"}},
		"policy of one hub":   {func(d *DiagnosticSetting) { d.RuleID = testNamespace + "/eventhubs/h/authorizationRules/r" }, []string{"rule-id: rule id names a policy of one hub"}},
		"storage of the name": {func(d *DiagnosticSetting) { d.StorageAccount = "st" }, []string{"storage-account: storage account id"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			test.change(&d)
			checkProblems(t, d.Validate(), test.want)
		})
	}
}

const testStorage = "/subscriptions/" + testSubscription + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"

func TestSetDiagnosticSetting(t *testing.T) {
	s := newStand(t)
	all := s.DiagnosticSettings()
	want := s.diagnostic()
	want.Categories = []string{"administrative", "Service Health"}
	out, err := all.Set(t.Context(), s.ids[0], want, SetOptions{})
	if err != nil || len(out.Steps) != 1 || len(out.Warnings) != 0 {
		t.Fatalf("got %+v, %v, want one step", out, err)
	}
	got, err := all.Get(t.Context(), s.ids[0], "DEFAULT")
	if err != nil || !slices.Equal(got.Categories, []string{"Administrative", "ServiceHealth"}) || got.RuleID != want.RuleID || got.Hub() != DiagnosticHub {
		t.Errorf("Azure has %+v, %v", got, err)
	}
	s.written()
	_, err = all.Set(t.Context(), s.ids[0], s.diagnostic(), SetOptions{})
	wantError(t, err, `diagnostic setting "default" is in the way: it has the same name and exports something else`,
		"az monitor diagnostic-settings subscription delete --subscription "+s.ids[0]+" --name default")
	if _, err := all.Set(t.Context(), s.ids[0], s.diagnostic(), SetOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	if got := s.written(); got != "PUT /diagnosticSettings/default" {
		t.Errorf("wrote %q, want it overwritten", got)
	}
	if out, err := all.Set(t.Context(), s.ids[0], s.diagnostic(), SetOptions{}); err != nil || len(out.Steps) != 0 {
		t.Errorf("the same again: got %+v, %v, want nothing done", out, err)
	}
	if out, err := all.Delete(t.Context(), s.ids[0], "default", false); err != nil || len(out.Steps) != 1 {
		t.Errorf("got %+v, %v, want it removed", out, err)
	}
}

func TestAllLogsGoAsAGroup(t *testing.T) {
	s := newStand(t)
	d := s.diagnostic()
	d.Categories = []string{"Policy", "alllogs"}
	out, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], d, SetOptions{DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if logs := out.Steps[0].Body.(body).Properties.(diagnosticProperties).Logs; len(logs) != 1 || logs[0] != (logSettings{Group: "allLogs", Enabled: true}) {
		t.Errorf("sends %+v, want the group alone", logs)
	}
}

func TestRightsDependOnTheHub(t *testing.T) {
	s := newStand(t)
	set := func(change func(*DiagnosticSetting)) ([]string, error) {
		d := s.diagnostic()
		change(&d)
		out, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], d, SetOptions{DryRun: true})
		return out.Warnings, err
	}
	if _, err := set(func(d *DiagnosticSetting) { d.RuleID, d.EventHub = s.rule("sender"), "own-hub" }); err != nil {
		t.Errorf("Send into a hub that is there: got %v, want no error", err)
	}
	_, err := set(func(d *DiagnosticSetting) { d.RuleID = s.rule("sender") })
	wantError(t, err, `lacks Manage, Listen`)
	_, err = set(func(d *DiagnosticSetting) { d.RuleID, d.EventHub = s.rule("sender"), "new-hub" })
	wantError(t, err, `lacks Manage, Listen`)
	_, err = set(func(d *DiagnosticSetting) { d.EventHub = "state" })
	wantError(t, err, `hub "state" compacts its events`)
	warnings, err := set(func(d *DiagnosticSetting) { d.EventHub = "new-hub" })
	if err != nil || !strings.Contains(strings.Join(warnings, ""), `has no hub "new-hub": create it before`) {
		t.Errorf("got %q, %v, want a warning", warnings, err)
	}
	s.Deny(ownerClient, "Microsoft.EventHub/namespaces/eventhubs/read", s.namespace())
	warnings, err = set(func(d *DiagnosticSetting) { d.RuleID, d.EventHub = s.rule("sender"), "own-hub" })
	if err != nil || !strings.Contains(strings.Join(warnings, ""), `hub "own-hub" not checked`) {
		t.Errorf("got %q, %v, want it taken unchecked", warnings, err)
	}
}

func TestTheSixthDiagnosticSetting(t *testing.T) {
	s := newStand(t)
	for i := range MaxDiagnosticSettings {
		d := s.diagnostic()
		d.Name, d.RuleID, d.Workspace = "w"+strconv.Itoa(i), "", "/subscriptions/x/workspace"+strconv.Itoa(i)
		if _, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], d, SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], s.diagnostic(), SetOptions{Replace: true})
	wantError(t, err, `diagnostic setting "w0", "w1", "w2", "w3", "w4" is in the way: a subscription has at most 5 diagnostic settings`, "--name w0")
	var exists *ExistsError
	if !errors.As(err, &exists) || exists.Replaceable {
		t.Errorf("got %#v, want an *ExistsError that Replace does not solve", err)
	}
}

func TestTwoSettingsIntoOneHub(t *testing.T) {
	s := newStand(t)
	first := s.diagnostic()
	first.Name = "first"
	if _, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], first, SetOptions{}); err != nil {
		t.Fatal(err)
	}
	out, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], s.diagnostic(), SetOptions{})
	wantError(t, err, `write diagnostic setting "default"`, "409 Conflict", "already used in diagnostic setting 'first'")
	if !strings.Contains(strings.Join(out.Warnings, ""), `diagnostic setting "first" sends some of the same categories to the same place`) {
		t.Errorf("warnings are %q", out.Warnings)
	}
	other := s.diagnostic()
	other.Categories = []string{"Security"}
	if out, err := s.DiagnosticSettings().Set(t.Context(), s.ids[0], other, SetOptions{}); err != nil || len(out.Warnings) != 0 {
		t.Errorf("other categories: got %+v, %v, want neither warning nor error", out, err)
	}
}
