package azure

import (
	"strings"
	"testing"
)

const (
	testSubscription = "aaaaaaaa-0000-4000-8000-000000000001"
	testNamespace    = "/subscriptions/" + testSubscription + "/resourceGroups/rg-logs/providers/Microsoft.EventHub/namespaces/evh"
)

func TestParseRuleID(t *testing.T) {
	want := RuleID{testSubscription, "rg-logs", "Microsoft.EventHub", "evh", "Root"}
	bus := want
	bus.Provider = "Microsoft.ServiceBus"
	for name, test := range map[string]struct {
		text string
		want RuleID
	}{
		"as documented":     {testNamespace + "/authorizationrules/Root", want},
		"as listed":         {testNamespace + "/authorizationRules/Root", want},
		"without a slash":   {strings.TrimPrefix(testNamespace, "/") + "/authorizationRules/Root", want},
		"spaces around":     {"  " + testNamespace + "/authorizationRules/Root\n", want},
		"case of words":     {strings.NewReplacer("resourceGroups", "RESOURCEGROUPS", "EventHub", "EVENTHUB", "namespaces", "NameSpaces").Replace(testNamespace) + "/AUTHORIZATIONRULES/Root", want},
		"upper case GUID":   {strings.Replace(testNamespace, testSubscription, strings.ToUpper(testSubscription), 1) + "/authorizationRules/Root", want},
		"the older service": {strings.Replace(testNamespace, "EventHub", "ServiceBus", 1) + "/authorizationrules/Root", bus},
	} {
		got, err := ParseRuleID(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, test.want)
		}
		if again, err := ParseRuleID(got.String()); err != nil || again != got {
			t.Errorf("%s: %s reads as %+v, %v", name, got, again, err)
		}
	}
}

func TestParseRuleIDRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                 {" ", "is empty: want /subscriptions/"},
		"a connection string":     {"Endpoint=sb://evh.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0", "is a connection string: Azure reads the key itself"},
		"an address":              {"https://management.azure.com" + testNamespace + "/authorizationRules/Root", "is an address"},
		"a host":                  {"sb://evh.servicebus.windows.net/", "is an address"},
		"a bare name":             {"RootManageSharedAccessKey", `is the bare name "RootManageSharedAccessKey"`},
		"no subscriptions":        {"/resourceGroups/rg/providers/Microsoft.EventHub/namespaces/evh/authorizationRules/Root", "no /subscriptions/ where it belongs"},
		"no group":                {"/subscriptions/" + testSubscription + "/providers/Microsoft.EventHub/namespaces/evh/authorizationRules/Root", "no /resourceGroups/ where it belongs"},
		"no provider":             {"/subscriptions/" + testSubscription + "/resourceGroups/rg/namespaces/evh", "no /providers/ where it belongs"},
		"subscription is no GUID": {strings.Replace(testNamespace, testSubscription, "production", 1) + "/authorizationRules/Root", `subscription "production": want a GUID`},
		"empty group":             {strings.Replace(testNamespace, "rg-logs", "", 1) + "/authorizationRules/Root", `has "" as part 4`},
		"a placeholder":           {strings.Replace(testNamespace, "rg-logs", "{group}", 1) + "/authorizationRules/Root", `has "{group}" as part 4`},
		"cut short":               {"/subscriptions/" + testSubscription + "/resourceGroups/rg/providers/Microsoft.EventHub", `ends too early, with "Microsoft.EventHub"`},
		"foreign provider":        {strings.Replace(testNamespace, "EventHub", "Storage", 1) + "/authorizationRules/Root", `of provider "Microsoft.Storage": want Microsoft.EventHub`},
		"foreign type":            {strings.Replace(testNamespace, "namespaces", "clusters", 1) + "/authorizationRules/Root", `of a "clusters": want namespaces`},
		"only the namespace":      {testNamespace, `ends with the namespace "evh": want /authorizationRules/{key name} behind it`},
		"policy of a hub":         {testNamespace + "/eventhubs/logs/authorizationRules/Root", "names a policy of one hub"},
		"recovery alias":          {testNamespace + "/disasterRecoveryConfigs/geo/authorizationRules/Root", "names an alias for recovery"},
		"wrong word":              {testNamespace + "/policies/Root", `has "policies" behind the namespace: want authorizationRules`},
		"no key name":             {testNamespace + "/authorizationRules/", "has no key name"},
		"word and nothing":        {testNamespace + "/authorizationRules", "has no key name"},
		"goes on":                 {testNamespace + "/authorizationRules/Root/listKeys", `goes on behind the key name with "/listKeys"`},
	} {
		_, err := ParseRuleID(test.text)
		if err == nil || !strings.HasPrefix(err.Error(), "rule id ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: error %q shows a key", name, err)
		}
	}
}

func TestParseStorageID(t *testing.T) {
	good := "/subscriptions/" + testSubscription + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st"
	if got, err := parseStorageID(strings.TrimPrefix(good, "/") + "/"); err != nil || got != good {
		t.Errorf("got %q, %v, want %q", got, err, good)
	}
	for _, text := range []string{"st", testNamespace, good + "/blobServices/default", strings.Replace(good, testSubscription, "x", 1)} {
		if _, err := parseStorageID(text); err == nil || !strings.HasPrefix(err.Error(), "storage account id ") {
			t.Errorf("%q: got %v, want an error about the storage account id", text, err)
		}
	}
}

func FuzzParseRuleID(f *testing.F) {
	f.Add(testNamespace + "/authorizationRules/Root")
	f.Add("Endpoint=sb://x/;SharedAccessKey=y")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseRuleID(text)
		if err != nil {
			return
		}
		if again, err := ParseRuleID(id.String()); err != nil || again != id {
			t.Errorf("%q reads as %+v, and that as %+v, %v", text, id, again, err)
		}
	})
}
