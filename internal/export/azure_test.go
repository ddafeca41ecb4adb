package export

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

// TestFromAzure exports a subscription's whole Activity Log over HTTP from a
// stand-in of Azure, with our client and a client secret.
func TestFromAzure(t *testing.T) {
	company, err := simulate.New(simulate.Options{Seed: 3, Events: 2500, End: time.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	const client, secret = "11111111-0000-4000-8000-000000000001", "hush"
	stand := tenant.New(company, tenant.Options{Principals: []tenant.Principal{{ClientID: client, ObjectID: "11111111-0000-4000-8000-00000000000a", Secret: secret}}})
	server := httptest.NewTLSServer(stand)
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NEPHOSCOPE_TEST_SECRET", secret)
	azureClient, err := azure.NewClient(azure.Config{
		Method: azure.MethodSecret, Tenant: company.TenantID.String(), Client: client, Secret: azure.Secret{Env: "NEPHOSCOPE_TEST_SECRET"},
		Endpoint: server.URL, Authority: server.URL, CA: ca,
	}, azure.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for e := range company.Events() {
		want[e.Resource.Subscription.ID.String()]++
	}
	for _, s := range company.Subscriptions {
		id := s.ID.String()
		out := &got{}
		job, err := New(Options{
			Parts:  []Part{{Name: id, Reader: FromREST(azureClient, id, Start{}, RESTOptions{})}},
			Output: out, Cursors: InFile(filepath.Join(t.TempDir(), "c")),
		})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := job.Run(t.Context()); err != nil || p.Sent != int64(want[id]) {
			t.Errorf("subscription %s: got %+v, %v, want %d events", id, p, err, want[id])
		}
	}
}
