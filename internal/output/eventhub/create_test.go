package eventhub

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nephoscope/internal/azure"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
)

// TestCreateHub plays the service's interface for management.
func TestCreateHub(t *testing.T) {
	key := access.Policy{Name: "root", PrimaryKey: "c2VjcmV0", SecondaryKey: "b3RoZXI=", Rights: access.Manage}
	for _, c := range []struct {
		name   string
		status int
		want   string
	}{
		{"made", http.StatusCreated, ""},
		{"there already", http.StatusConflict, ""},
		{"no right", http.StatusUnauthorized, "Manage right"},
		{"no more hubs", http.StatusForbidden, "Manage right"},
		{"broken", http.StatusInternalServerError, "500 Internal Server Error: out of order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				switch {
				case r.Method != http.MethodPut || r.URL.Path != "/insights-activity-logs" || r.URL.Query().Get("api-version") != "2014-01":
					t.Errorf("got %s %s", r.Method, r.URL)
				case !strings.Contains(string(body), "<PartitionCount>4</PartitionCount>") || !strings.Contains(string(body), "<MessageRetentionInDays>1</MessageRetentionInDays><"):
					t.Errorf("got body %s", body)
				}
				checkToken(t, r.Header.Get("Authorization"), key)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, "out of order")
			}))
			defer server.Close()
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			hub := &client{log: slog.New(slog.DiscardHandler), target: remote.Target{
				Host: "example.com", Hub: azure.DiagnosticHub, Transport: remote.WebSocket, Address: server.Listener.Addr().String(), Roots: roots,
				Login: access.ConnectionString{Host: "example.com", KeyName: key.Name, Key: key.PrimaryKey},
			}}
			err := hub.createHub(t.Context())
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// checkToken lets our own hub judge the token.
func checkToken(t *testing.T, text string, p access.Policy) {
	t.Helper()
	v := access.Verifier{
		Namespace: func() access.Policies { return access.Policies{p} },
		Hub:       func(string) access.Policies { return nil },
	}
	grant, err := v.Verify(text, azure.DiagnosticHub)
	if err != nil || grant.Policy != p.Name {
		t.Errorf("the token does not hold: %v", err)
	}
}

func TestCreateHubTakesAKey(t *testing.T) {
	hub := &client{target: remote.Target{Host: "example.com", Hub: "h"}}
	if err := hub.createHub(t.Context()); err == nil || !strings.Contains(err.Error(), "Manage right") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}
