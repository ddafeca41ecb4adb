package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

// A cloud is the stand-in that export commands talk to in tests.
type cloud struct {
	*tenant.Tenant
	t    *testing.T
	url  string
	ids  []string
	now  time.Time
	rule string
}

const cloudClient = "11111111-0000-4000-8000-000000000001"

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, now: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)}
	company, err := simulate.New(simulate.Options{Seed: 2, Events: 50, End: c.now})
	if err != nil {
		t.Fatal(err)
	}
	c.Tenant = tenant.New(company, tenant.Options{Principals: []tenant.Principal{{ClientID: cloudClient, ObjectID: "o", Token: "token-of-a-test"}}})
	for _, s := range company.Subscriptions {
		c.ids = append(c.ids, s.ID.String())
	}
	namespace := "/subscriptions/" + c.ids[2] + "/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/evh"
	c.rule = namespace + "/authorizationRules/Root"
	c.AddNamespace(tenant.Namespace{ID: namespace, Rules: []tenant.Rule{{Name: "Root", Rights: []string{"Manage", "Send", "Listen"}}}})
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	t.Setenv("NEPHOSCOPE_TEST_TOKEN", "token-of-a-test")
	t.Setenv("AZURE_SUBSCRIPTION_ID", "")
	return c
}

// export runs an export command against the stand-in.
func (c *cloud) export(want int, line string, more ...string) (stdout, stderr string) {
	c.t.Helper()
	args := append([]string{"export"}, strings.Fields(line)...)
	args = append(args, "--auth", "token", "--token-env", "NEPHOSCOPE_TEST_TOKEN", "--endpoint", c.url)
	var out, problems bytes.Buffer
	code := cli.Run(c.t.Context(), append(args, more...), cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems, Version: "v0.0.0-test", Now: func() time.Time { return c.now },
	})
	if code != want {
		c.t.Errorf("export %s: exit code %d, want %d\n%s%s", line, code, want, out.String(), problems.String())
	}
	if strings.Contains(out.String()+problems.String(), "token-of-a-test") {
		c.t.Errorf("export %s shows the token", line)
	}
	return out.String(), problems.String()
}

// wantText checks that a text has parts.
func wantText(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s is\n%s\nwant %q in it", what, text, part)
		}
	}
}

func TestExportProfileOfSeveralSubscriptions(t *testing.T) {
	c := newCloud(t)
	c.Deny(cloudClient, "Microsoft.Insights/logProfiles/write", "/subscriptions/"+c.ids[1])
	stdout, stderr := c.export(1, "profile set --subscription Production --subscription "+c.ids[1]+" --locations eastus --rule-id "+c.rule)
	want := "subscription                          name     result\n" + c.ids[0] + "  default  written\n" + c.ids[1] + "  default  failed\n"
	if stdout != want {
		t.Errorf("got\n%swant\n%s", stdout, want)
	}
	wantText(t, "stderr", stderr, "warning: Azure takes no new log profiles from 2025-09-15 on", `warning: locations lack "global"`,
		c.ids[1]+": missing permission Microsoft.Insights/logProfiles/write", `--role "Monitoring Contributor"`, "nephoscope: 1 of 2 subscriptions failed")
	if strings.Count(stderr, "warning: ") != 2 {
		t.Errorf("stderr is\n%s\nwant each warning once", stderr)
	}

	stdout, stderr = c.export(0, "profile list --all-subscriptions")
	wantText(t, "list", stdout, "subscription", "destination", c.ids[0]+"  default  eastus     Write Delete Action  forever    evh/insights-operational-logs by Root\n")
	wantText(t, "stderr", stderr, "warning: Azure takes no new log profiles")

	stdout, _ = c.export(0, "profile get --output json --subscription "+c.ids[0])
	var got struct {
		Results []struct {
			Subscription string
			Settings     []struct {
				Name             string
				Locations        []string
				ServiceBusRuleID string
				RetentionPolicy  struct{ Days int }
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Results) != 1 || len(got.Results[0].Settings) != 1 || got.Results[0].Settings[0].ServiceBusRuleID != c.rule {
		t.Errorf("got %+v", got)
	}
}

func TestExportOffersWhatItCanDo(t *testing.T) {
	c := newCloud(t)
	set := "profile set --subscription " + c.ids[0] + " --rule-id " + c.rule
	c.Unregister(c.ids[0])
	_, stderr := c.export(1, set)
	wantText(t, "stderr", stderr, "provider microsoft.insights is not registered", "or again with --register")
	stdout, _ := c.export(0, set+" --register --dry-run")
	wantText(t, "dry run", stdout, "planned", "POST "+c.url+"/subscriptions/"+c.ids[0]+"/providers/microsoft.insights/register?", "\nPUT "+c.url, `"days": 0`)
	if len(c.Exports()) != 0 {
		t.Error("a dry run made an export")
	}
	d := "diagnostic-setting set --subscription " + c.ids[1] + " --rule-id " + c.rule
	c.export(0, d)
	c.export(0, d) // the same again
	_, stderr = c.export(1, d+" --categories Policy")
	wantText(t, "stderr", stderr, `diagnostic setting "default" is in the way`, "here: nephoscope export diagnostic-setting delete --subscription "+c.ids[1]+` --name "default"`, "or again with --replace")
	stdout, _ = c.export(0, d+" --categories Policy --replace --output json")
	wantText(t, "json", stdout, `"result":"written"`, `"method":"PUT"`)
}

func TestExportDiagnosticSettingAndBack(t *testing.T) {
	c := newCloud(t)
	t.Setenv("AZURE_SUBSCRIPTION_ID", c.ids[3])
	c.export(0, "diagnostic-setting set --name stream --categories allLogs --rule-id "+c.rule)
	stdout, _ := c.export(0, "diagnostic-setting get --name stream")
	wantText(t, "get", stdout, c.ids[3]+"  stream  allLogs     evh/insights-activity-logs by Root\n")
	if got := c.Exports(); len(got) != 1 || len(got[0].Categories) != 8 || got[0].Hub != tenant.DiagnosticHub {
		t.Errorf("exports are %+v, want all categories", got)
	}
	stdout, _ = c.export(0, "diagnostic-setting delete --name stream --dry-run")
	wantText(t, "dry run", stdout, "planned", "DELETE ")
	stdout, _ = c.export(0, "diagnostic-setting delete --name stream")
	wantText(t, "delete", stdout, "removed")
	stdout, stderr := c.export(0, "diagnostic-setting delete --name stream")
	wantText(t, "second delete", stdout+stderr, "unchanged", "the subscription has no diagnostic setting")
	_, stderr = c.export(1, "diagnostic-setting get --name stream")
	wantText(t, "get of nothing", stderr, "the subscription has no diagnostic setting")
}

func TestExportMistakesAreUsage(t *testing.T) {
	c := newCloud(t)
	good := " --subscription " + c.ids[0] + " --rule-id " + c.rule
	for line, want := range map[string]string{
		"profile set": "--rule-id: is empty, and so is storage-account",
		"profile set" + good + " --retention-days 400":            "--retention-days: 400: want 1 to 365, or 0 for ever",
		"profile set" + good + " --categories Policy":             `--categories: "Policy": want some of Write, Delete, Action`,
		"profile set" + good + "/eventhubs/x":                     "--rule-id: rule id goes on behind the key name",
		"profile set --rule-id " + c.rule:                         "--subscription is empty, and so is $AZURE_SUBSCRIPTION_ID",
		"profile list --all-subscriptions --subscription x":       "--all-subscriptions and --subscription: want one of them",
		"profile list --subscription x --output xml":              "--output",
		"profile list --subscription x --cloud mars":              "--cloud: \"mars\": want china, public, usgovernment",
		"diagnostic-setting set" + good + " --event-hub-name a/b": "--event-hub-name:",
		"diagnostic-setting set" + good + " --secret-env X":       "--secret-file and --secret-env: is not used by method token",
		"diagnostic-setting set" + good + " --categories Write":   `--categories: "Write": want some of Administrative, Security,`,
		"profile frob": "",
	} {
		_, stderr := c.export(2, line)
		wantText(t, line, stderr, want)
	}
	_, stderr := c.export(1, "profile list --subscription Produktion")
	wantText(t, "stderr", stderr, `no subscription is called "Produktion" (did you mean Production?)`)
}

func TestEveryExportFlagIsInTheReference(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/export.md")
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t)
	for _, line := range []string{"profile set --help", "diagnostic-setting set --help", "profile delete --help"} {
		help, _ := c.export(0, line)
		flags := regexp.MustCompile(`(?m)^ +(?:-\w, +)?(--[a-z-]+)`).FindAllStringSubmatch(help, -1)
		if len(flags) < 10 {
			t.Errorf("%s shows %d flags, want more", line, len(flags))
		}
		for _, flag := range flags {
			if flag[1] != "--help" && !strings.Contains(string(page), "`"+flag[1]+"`") {
				t.Errorf("docs/reference/export.md does not have `%s`", flag[1])
			}
		}
	}
}
