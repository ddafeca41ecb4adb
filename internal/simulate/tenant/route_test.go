package tenant_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/simulate/tenant"
)

func TestRefusalsBeforeAnyOperation(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	locations := "/subscriptions/" + s.subscription(0) + "/locations"
	for _, test := range []struct {
		name, token, method, path string
		status                    int
		code                      string
	}{
		{"no token", "", "GET", "/subscriptions?api-version=2022-12-01", 401, "AuthenticationFailed"},
		{"foreign token", "x", "GET", "/subscriptions?api-version=2022-12-01", 401, "InvalidAuthenticationToken"},
		{"no version", ownToken, "GET", "/subscriptions", 400, "MissingApiVersionParameter"},
		{"wrong version", ownToken, "GET", "/subscriptions?api-version=1999-01-01", 400, "InvalidApiVersionParameter"},
		{"no such path", ownToken, "GET", "/somewhere?api-version=2022-12-01", 404, "InvalidResourceType"},
		{"wrong method", ownToken, "POST", locations + "?api-version=2022-12-01", 405, "HttpMethodNotAllowed"},
		{"foreign subscription", ownToken, "GET", "/subscriptions/00000000-0000-4000-8000-000000000000/locations?api-version=2022-12-01", 404, "SubscriptionNotFound"},
		{"case and slashes do not count", ownToken, "GET", "//" + strings.ToUpper(locations) + "//?api-version=2022-12-01", 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := s.askAs(t, test.token, test.method, test.path, "")
			if status != test.status || test.code != "" && code(t, body) != test.code {
				t.Errorf("got %d %s, want %d %s", status, body, test.status, test.code)
			}
		})
	}
}

func TestDeniedActionIsForbiddenInItsScope(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	path := func(i int) string {
		return "/subscriptions/" + s.subscription(i) + "/providers/microsoft.insights/logprofiles?api-version=2016-03-01"
	}
	s.Deny(owner, "microsoft.insights/logProfiles/*", "/subscriptions/"+s.subscription(0))
	status, body := s.ask(t, "GET", path(0), "")
	if status != 403 || !strings.Contains(body, "does not have authorization to perform action 'Microsoft.Insights/logProfiles/read' over scope '/subscriptions/") {
		t.Errorf("got %d %s, want 403 that names the action", status, body)
	}
	if status, body := s.ask(t, "GET", path(1), ""); status != 200 {
		t.Errorf("in another subscription: got %d %s, want 200", status, body)
	}
	_, permissions := s.ask(t, "GET", "/subscriptions/"+s.subscription(0)+"/providers/Microsoft.Authorization/permissions?api-version=2022-04-01", "")
	if !strings.Contains(permissions, "microsoft.insights/logprofiles/*") {
		t.Errorf("permissions are %s, want the denial in them", permissions)
	}
	s.Allow(owner)
	if status, body := s.ask(t, "GET", path(0), ""); status != 200 {
		t.Errorf("after Allow: got %d %s, want 200", status, body)
	}
}

func TestReadsAreThrottledAndRecover(t *testing.T) {
	s := serve(t, 100, tenant.Limit{Reads: 3, PerSecond: 0.5})
	get := func(i int) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.server.URL+"/subscriptions/"+s.subscription(i)+"/locations?api-version=2022-12-01", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+ownToken)
		resp, err := s.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Retry-After") + resp.Header.Get("X-Ms-Ratelimit-Remaining-Subscription-Reads")
	}
	for _, want := range []string{"2", "1", "0"} {
		if status, left := get(0); status != 200 || left != want {
			t.Fatalf("got %d with %s left, want 200 with %s", status, left, want)
		}
	}
	if status, wait := get(0); status != 429 || wait != "2" {
		t.Errorf("got %d, Retry-After %s, want 429, 2", status, wait)
	}
	if status, _ := get(1); status != 200 {
		t.Errorf("in another subscription: got %d, want 200", status)
	}
	s.clock.advance(2 * time.Second)
	if status, _ := get(0); status != 200 {
		t.Errorf("after the wait: got %d, want 200", status)
	}
}

func TestTokenEndpoint(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	good := func() url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {owner}, "client_secret": {secret}, "scope": {"https://management.azure.com/.default openid offline_access profile"}}
	}
	post := func(tenant string, form url.Values) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.server.URL+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return s.do(t, req)
	}
	for _, test := range []struct {
		name, tenant, field, value string
		status                     int
		want                       string
	}{
		{"good", s.company.Domain, "", "", 200, `"token_type":"Bearer"`},
		{"wrong secret", s.company.Domain, "client_secret", "guess", 401, "AADSTS7000215"},
		{"unknown client", s.company.Domain, "client_id", "22222222-0000-4000-8000-000000000001", 400, "AADSTS700016"},
		{"unknown tenant", "elsewhere.example", "", "", 400, "AADSTS90002"},
		{"scope of a user", s.company.Domain, "scope", "https://management.azure.com/user_impersonation", 400, "AADSTS1002012"},
		{"grant of a user", s.company.Domain, "grant_type", "password", 400, "AADSTS70003"},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := good()
			if test.field != "" {
				form.Set(test.field, test.value)
			}
			if status, body := post(test.tenant, form); status != test.status || !strings.Contains(body, test.want) {
				t.Errorf("got %d %s, want %d %s", status, body, test.status, test.want)
			}
		})
	}
	_, body := post(s.company.TenantID.String(), good())
	token := decode[struct {
		Token string `json:"access_token"`
	}](t, body).Token
	if status, body := s.askAs(t, token, "GET", "/subscriptions?api-version=2022-12-01", ""); status != 200 {
		t.Errorf("with the token: got %d %s, want 200", status, body)
	}
	s.clock.advance(time.Hour)
	if status, body := s.askAs(t, token, "GET", "/subscriptions?api-version=2022-12-01", ""); status != 401 || code(t, body) != "ExpiredAuthenticationToken" {
		t.Errorf("an hour later: got %d %s, want 401", status, body)
	}
}

func TestRegistrationTakesALook(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	at := "/subscriptions/" + s.subscription(0) + "/providers/Microsoft.Insights"
	state := func(method, path string) string {
		_, body := s.ask(t, method, path+"?api-version=2021-04-01", "")
		return decode[struct{ RegistrationState string }](t, body).RegistrationState
	}
	s.Unregister(s.subscription(0))
	got := []string{state("GET", at), state("POST", at+"/register"), state("GET", at), state("GET", at), state("POST", at+"/register")}
	want := "NotRegistered Registering Registering Registered Registered"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
