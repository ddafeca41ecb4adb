package azure

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

const (
	ownerClient = "11111111-0000-4000-8000-000000000001"
	ownerObject = "11111111-0000-4000-8000-00000000000a"
	ownerSecret = "hush-hush"
)

// A stand is the Azure that a test talks to, and our client of it.
type stand struct {
	*tenant.Tenant
	*Client
	server *httptest.Server
	ids    []string // of subscriptions
	config Config
	now    time.Time

	mu     sync.Mutex
	writes []string // method and path of what changed something
	waited int
}

// newStand serves a tenant over TLS and signs in with a client secret.
func newStand(t *testing.T) *stand {
	t.Helper()
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	company, err := simulate.New(simulate.Options{Seed: 2, Events: 50, End: now})
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{now: now}
	// Tokens are given and judged by the real clock, as the library does.
	s.Tenant = tenant.New(company, tenant.Options{Principals: []tenant.Principal{
		{ClientID: ownerClient, ObjectID: ownerObject, Secret: ownerSecret},
	}})
	for _, sub := range company.Subscriptions {
		s.ids = append(s.ids, sub.ID.String())
	}
	s.AddNamespace(tenant.Namespace{ID: s.namespace(), Hubs: []tenant.Hub{{Name: "own-hub"}, {Name: "state", Compacted: true}}, Rules: []tenant.Rule{
		{Name: "RootManageSharedAccessKey", Rights: []string{"Listen", "Manage", "Send"}},
		{Name: "sender", Rights: []string{"Send"}},
	}})
	s.AddAccount(tenant.Account{ID: s.account("stlogs")})
	s.AddAccount(tenant.Account{ID: s.account("stfast"), Premium: true})
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.watch))
	t.Cleanup(s.server.Close)
	s.config = signIn(t, s.server, company)
	s.Client = s.client(t, s.config)
	return s
}

// signIn returns a configuration for the stand with a client secret.
func signIn(t *testing.T, server *httptest.Server, company *simulate.Company) Config {
	t.Helper()
	t.Setenv("NEPHOSCOPE_TEST_SECRET", ownerSecret)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return Config{
		Method: MethodSecret, Tenant: company.TenantID.String(), Client: ownerClient, Secret: Secret{Env: "NEPHOSCOPE_TEST_SECRET"},
		Endpoint: server.URL, Authority: server.URL, CA: ca,
	}
}

func (s *stand) client(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := NewClient(c, ClientOptions{Now: func() time.Time { return s.now }, Wait: func(context.Context, time.Duration) error {
		s.waited++
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// watch notes requests that change something.
func (s *stand) watch(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/oauth2/") {
		s.mu.Lock()
		s.writes = append(s.writes, r.Method+" "+r.URL.Path[strings.LastIndex(r.URL.Path, "microsoft.insights")+len("microsoft.insights"):])
		s.mu.Unlock()
	}
	s.ServeHTTP(w, r)
}

// written returns what was changed since the last call.
func (s *stand) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.writes, ", ")
	s.writes = nil
	return text
}

func (s *stand) namespace() string {
	return "/subscriptions/" + s.ids[2] + "/resourceGroups/rg-logs/providers/Microsoft.EventHub/namespaces/evh-logs"
}

func (s *stand) rule(name string) string { return s.namespace() + "/authorizationRules/" + name }

func (s *stand) account(name string) string {
	return "/subscriptions/" + s.ids[2] + "/resourceGroups/rg-logs/providers/Microsoft.Storage/storageAccounts/" + name
}

// profile is a good log profile into the namespace.
func (s *stand) profile() Profile {
	return Profile{
		Name: "default", Locations: []string{"global", "westeurope"}, Categories: []string{"Write", "Delete", "Action"},
		RuleID: s.rule("RootManageSharedAccessKey"),
	}
}

// diagnostic is a good diagnostic setting into the namespace.
func (s *stand) diagnostic() DiagnosticSetting {
	return DiagnosticSetting{Name: "default", Categories: []string{"Administrative", "Policy"}, RuleID: s.rule("RootManageSharedAccessKey")}
}

// wantError checks that an error holds all the texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got error %q, want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), ownerSecret) {
		t.Errorf("error %q shows the secret", err)
	}
}
