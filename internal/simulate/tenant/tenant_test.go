package tenant_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

const (
	owner     = "11111111-0000-4000-8000-000000000001"
	ownerID   = "11111111-0000-4000-8000-00000000000a"
	ownToken  = "token-of-the-owner"
	secret    = "s3cret"
	namespace = "evh-logs"
)

var end = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)

// A clock is moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// A stand is a tenant that is served over TLS.
type stand struct {
	*tenant.Tenant
	server  *httptest.Server
	clock   *clock
	company *simulate.Company
}

func serve(t *testing.T, events int, limit tenant.Limit) *stand {
	t.Helper()
	company, err := simulate.New(simulate.Options{Seed: 4, Events: events, End: end})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{t: end.Add(time.Hour)}
	s := &stand{clock: c, company: company, Tenant: tenant.New(company, tenant.Options{
		Now: c.now, Limit: limit,
		Principals: []tenant.Principal{{ClientID: owner, ObjectID: ownerID, Secret: secret, Token: ownToken}},
	})}
	s.server = httptest.NewTLSServer(s)
	t.Cleanup(s.server.Close)
	s.AddNamespace(tenant.Namespace{ID: s.namespaceID(), Hubs: []tenant.Hub{{Name: "own-hub", Partitions: 4}}, Rules: []tenant.Rule{
		{Name: "RootManageSharedAccessKey", Rights: []string{"Listen", "Manage", "Send"}, PrimaryKey: "cHJpbWFyeQ==", SecondaryKey: "c2Vjb25kYXJ5"},
		{Name: "sender", Rights: []string{"Send"}, PrimaryKey: "c2VuZA=="},
	}})
	return s
}

func (s *stand) subscription(i int) string { return s.company.Subscriptions[i].ID.String() }

func (s *stand) namespaceID() string {
	return "/subscriptions/" + s.subscription(2) + "/resourceGroups/rg-platform-prod/providers/Microsoft.EventHub/namespaces/" + namespace
}

func (s *stand) ruleID() string {
	return s.namespaceID() + "/authorizationrules/RootManageSharedAccessKey"
}

// ask makes a request as the owner and returns status and body.
func (s *stand) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	return s.askAs(t, ownToken, method, path, body)
}

func (s *stand) askAs(t *testing.T, token, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return s.do(t, req)
}

// static is a credential with one token.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// options make the official clients talk to the stand.
func (s *stand) options() *arm.ClientOptions {
	return &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Transport: s.server.Client(),
			Cloud: cloud.Configuration{
				ActiveDirectoryAuthorityHost: s.server.URL,
				Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: s.server.URL, Audience: s.server.URL}},
			},
		},
	}
}

func decode[T any](t *testing.T, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// code returns the code of an error body, of either form.
func code(t *testing.T, text string) string {
	t.Helper()
	body := decode[struct {
		Code  string
		Error json.RawMessage
	}](t, text)
	inner := struct{ Code string }{}
	if json.Unmarshal(body.Error, &inner) == nil && inner.Code != "" {
		return inner.Code
	}
	return body.Code
}

func (s *stand) do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := s.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}
