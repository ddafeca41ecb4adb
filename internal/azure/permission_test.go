package azure

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAllowed(t *testing.T) {
	owner := []grant{{Actions: []string{"*"}}}
	contributor := []grant{{Actions: []string{"*"}, NotActions: []string{"Microsoft.Authorization/*/Write"}}}
	reader := []grant{{Actions: []string{"*/read"}}}
	monitoring := []grant{{Actions: []string{"*/read"}}, {Actions: []string{"Microsoft.Insights/LogProfiles/*"}}}
	for _, test := range []struct {
		grants []grant
		action string
		want   bool
	}{
		{nil, "a/read", false},
		{owner, "Microsoft.Insights/logProfiles/write", true},
		{contributor, "Microsoft.Insights/logProfiles/write", true},
		{contributor, "Microsoft.Authorization/roleAssignments/write", false},
		{contributor, "Microsoft.Authorization/roleAssignments/read", true},
		{reader, "Microsoft.Insights/logProfiles/READ", true},
		{reader, "Microsoft.Insights/logProfiles/write", false},
		{reader, "microsoft.insights/readers/list", false},
		{monitoring, "microsoft.insights/logprofiles/delete", true},
		{monitoring, "Microsoft.Insights/diagnosticSettings/write", false},
		{[]grant{{Actions: []string{"a/*/b/*/c"}}}, "a/x/b/y/c", true},
		{[]grant{{Actions: []string{"a/*/b/*/c"}}}, "a/x/c/y/c", false},
		{[]grant{{Actions: []string{"aa*aa"}}}, "aaa", false},
	} {
		if got := allowed(test.grants, test.action); got != test.want {
			t.Errorf("%+v, %s: got %v, want %v", test.grants, test.action, got, test.want)
		}
	}
}

// answerOf is an answer of Azure with a body.
func answerOf(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader([]byte(body)))}
}

func TestRefusalReadsEveryForm(t *testing.T) {
	const at = "GET https://arm.example/subscriptions/x?api-version=1"
	for name, test := range map[string]struct{ body, code, message, text string }{
		"Resource Manager": {`{"error":{"code":"AuthorizationFailed","message":"no"}}`, "AuthorizationFailed", "no", "GET https://arm.example/subscriptions/x: 403 Forbidden, AuthorizationFailed: no"},
		"Monitor":          {`{"code":"Forbidden","message":"no"}`, "Forbidden", "no", "GET https://arm.example/subscriptions/x: 403 Forbidden: no"},
		"Monitor of 2018":  {`{"Code":"BadRequest","Message":"old"}`, "BadRequest", "old", "GET https://arm.example/subscriptions/x: 403 Forbidden, BadRequest: old"},
		"a proxy":          {`<html>blocked</html>`, "", "<html>blocked</html>", "GET https://arm.example/subscriptions/x: 403 Forbidden: <html>blocked</html>"},
		"a sentence":       {`{"error":"nothing","message":"two\r\nlines"}`, "", "two lines", "GET https://arm.example/subscriptions/x: 403 Forbidden: two lines"},
		"nothing":          {``, "", "", "GET https://arm.example/subscriptions/x: 403 Forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			method, address, _ := strings.Cut(at, " ")
			var got *Refusal
			if err := refusal(method, address, answerOf(403, test.body)); !errors.As(err, &got) {
				t.Fatalf("got %v, want a *Refusal", err)
			}
			if got.Code != test.code || got.Message != test.message || got.Error() != test.text {
				t.Errorf("got %+v %q, want %+v", got, got, test)
			}
		})
	}
	long := refusal("GET", "https://arm.example/", answerOf(500, strings.Repeat("é", 5_000)))
	if text := long.Error(); len(text) > maxMessage+100 || !strings.HasSuffix(text, "...") {
		t.Errorf("an answer of 10,000 bytes makes an error of %d", len(text))
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add(`{"error":{"code":"AuthorizationFailed","message":"does not have authorization to perform action 'a' over scope 'b'"}}`)
	f.Add(`{"Code":1}`)
	f.Fuzz(func(t *testing.T, body string) {
		err := explained(refusal("GET", "https://arm.example/", answerOf(403, body)), testSubscription)
		if err == nil || err.Error() == "" {
			t.Errorf("%q gives %v", body, err)
		}
	})
}

func TestExplainedPermissions(t *testing.T) {
	who := "The client 'c' with object id '" + ownerObject + "' "
	rule := testNamespace + "/authorizationRules/Root"
	for name, test := range map[string]struct{ message, action, scope, grant string }{
		"direct": {
			who + "does not have authorization to perform action 'Microsoft.Insights/logProfiles/write' over scope '/subscriptions/s/providers/microsoft.insights/logprofiles/default' or the scope is invalid.",
			"Microsoft.Insights/logProfiles/write", "/subscriptions/s/providers/microsoft.insights/logprofiles/default",
			`az role assignment create --assignee ` + ownerObject + ` --role "Monitoring Contributor" --scope /subscriptions/s`,
		},
		"linked": {
			who + "has permission to perform action 'Microsoft.Insights/diagnosticSettings/write' on scope '/subscriptions/s'; however, it does not have permission to perform action 'Microsoft.EventHub/namespaces/authorizationrules/listkeys/action' on the linked scope(s) '" + rule + "' or the linked scope(s) are invalid.",
			"Microsoft.EventHub/namespaces/authorizationrules/listkeys/action", rule,
			`az role assignment create --assignee ` + ownerObject + ` --role "Azure Event Hubs Data Owner" --scope ` + testNamespace,
		},
		"reading": {
			who + "does not have authorization to perform action 'Microsoft.Storage/storageAccounts/read' over scope '/subscriptions/s'",
			"Microsoft.Storage/storageAccounts/read", "/subscriptions/s",
			`az role assignment create --assignee ` + ownerObject + ` --role "Reader" --scope /subscriptions/s`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got *PermissionError
			if err := explained(&Refusal{Status: 403, Message: test.message}, "s"); !errors.As(err, &got) {
				t.Fatalf("got %v, want a *PermissionError", err)
			}
			if got.Action != test.action || got.Scope != test.scope || got.Grant() != test.grant {
				t.Errorf("got %+v, grant %q, want %+v", got, got.Grant(), test)
			}
			wantError(t, got, "missing permission "+test.action+" on "+test.scope, test.grant)
		})
	}
	other := &Refusal{Status: 403, Message: "The client has no access."}
	if got := explained(other, "s"); !errors.Is(got, other) {
		t.Errorf("a sentence that is not known becomes %v, want it as it is", got)
	}
}

func TestExplainedRegistration(t *testing.T) {
	for _, r := range []*Refusal{
		{Status: 409, Code: "Conflict", Message: "The subscription 's' is not registered to use microsoft.insights."},
		{Status: 409, Code: "AuthorizationFailed", Message: "Please register the subscription 's' with Microsoft.Insights."},
		{Status: 409, Code: "MissingSubscriptionRegistration", Message: "x"},
	} {
		wantError(t, explained(r, "s"), "provider microsoft.insights is not registered", "az provider register --wait --namespace microsoft.insights --subscription s")
	}
	limit := &Refusal{Status: 409, Code: "Conflict", Message: "The limit of 1 log profiles was reached."}
	if got := explained(limit, "s"); !errors.Is(got, limit) {
		t.Errorf("another conflict becomes %v, want it as it is", got)
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"westeurope", "northeurope", "global", "eastus", "eastus2"}
	for word, want := range map[string]string{
		"westeurop": "westeurope", "WestEurope2": "westeurope", "globl": "global", "eastus3": "eastus", "mars": "", "x": "",
	} {
		if got := didYouMean(word, known); want == "" && got != "" || want != "" && got != " (did you mean "+want+"?)" {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
