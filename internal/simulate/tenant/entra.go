package tenant

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// entra answers for Entra ID if the request is for it.
func (t *Tenant) entra(w http.ResponseWriter, r *http.Request, path []string) bool {
	last := path[len(path)-1]
	switch {
	case len(path) == 4 && path[2] == ".well-known" && last == "openid-configuration":
		t.discovery(w, r, path[0])
	case len(path) == 4 && path[1] == "oauth2" && path[2] == "v2.0" && last == "token":
		t.token(w, r, path[0])
	case len(path) == 2 && path[0] == "msi" && last == "token":
		t.managed(w, r)
	default:
		return false
	}
	return true
}

// base returns the address by which the client reached us.
func base(r *http.Request) string {
	if r.TLS == nil {
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// ours tells whether a name is that of this tenant.
func (t *Tenant) ours(name string) bool {
	return strings.EqualFold(name, t.company.TenantID.String()) || strings.EqualFold(name, t.company.Domain)
}

// discovery describes the authority, as libraries ask first.
func (t *Tenant) discovery(w http.ResponseWriter, r *http.Request, tenant string) {
	if !t.ours(tenant) {
		t.refuseToken(w, http.StatusBadRequest, "invalid_tenant", 90002, "Tenant '"+tenant+"' not found.")
		return
	}
	at := base(r) + "/" + tenant
	answer(w, http.StatusOK, map[string]any{
		"issuer": at + "/v2.0", "authorization_endpoint": at + "/oauth2/v2.0/authorize",
		"token_endpoint": at + "/oauth2/v2.0/token", "jwks_uri": at + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"tenant_region_scope": "EU", "cloud_instance_name": "microsoftonline.com",
	})
}

// maxForm bounds the form of a token request.
const maxForm = 64 << 10

// token gives an access token for client credentials.
func (t *Tenant) token(w http.ResponseWriter, r *http.Request, tenant string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	switch err := r.ParseForm(); {
	case r.Method != http.MethodPost || err != nil:
		t.refuseToken(w, http.StatusBadRequest, "invalid_request", 900144, "The request body must be a form sent by POST.")
		return
	case !t.ours(tenant):
		t.refuseToken(w, http.StatusBadRequest, "invalid_request", 90002, "Tenant '"+tenant+"' not found.")
		return
	case r.PostForm.Get("grant_type") != "client_credentials":
		t.refuseToken(w, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+r.PostForm.Get("grant_type")+"'.")
		return
	}
	audience, isDefault := strings.CutSuffix(scopeOf(r), "/.default")
	if !isDefault {
		t.refuseToken(w, http.StatusBadRequest, "invalid_scope", 1002012, "The scope must end with /.default for client credentials.")
		return
	}
	if p, ok := t.proven(w, r); ok {
		answer(w, http.StatusOK, map[string]any{
			"token_type": "Bearer", "expires_in": int(lifetime.Seconds()), "ext_expires_in": int(lifetime.Seconds()),
			"access_token": t.issue(p, audience),
		})
	}
}

// scopeOf returns the scope of the resource: libraries add those of OpenID.
func scopeOf(r *http.Request) string {
	for _, scope := range strings.Fields(r.PostForm.Get("scope")) {
		if scope != "openid" && scope != "offline_access" && scope != "profile" {
			return scope
		}
	}
	return ""
}

// proven returns the principal that a token request proves to come from, or
// refuses it.
func (t *Tenant) proven(w http.ResponseWriter, r *http.Request) (Principal, bool) {
	form := r.PostForm
	for _, p := range t.known() {
		if p.ClientID == "" || !strings.EqualFold(p.ClientID, form.Get("client_id")) {
			continue
		}
		assertion := form.Get("client_assertion")
		switch {
		case assertion == "" && p.Secret != "" && form.Get("client_secret") == p.Secret:
			return p, true
		case assertion == "":
			t.refuseToken(w, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided for app '"+p.ClientID+"'.")
		case p.Assertion == nil:
			t.refuseToken(w, http.StatusUnauthorized, "invalid_client", 700213, "No matching federated identity record found for the presented assertion.")
		default:
			err := p.Assertion(assertion)
			if err == nil {
				return p, true
			}
			t.refuseToken(w, http.StatusUnauthorized, "invalid_client", 700027, "The certificate is not registered on the application: "+err.Error())
		}
		return Principal{}, false
	}
	t.refuseToken(w, http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+form.Get("client_id")+"' was not found in the directory '"+t.company.Name+"'.")
	return Principal{}, false
}

func (t *Tenant) refuseToken(w http.ResponseWriter, status int, word string, code int, message string) {
	answer(w, status, map[string]any{
		"error": word, "error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Timestamp: %s", code, message, traceID, t.now().UTC().Format("2006-01-02 15:04:05Z")),
		"error_codes": []int{code}, "trace_id": traceID, "correlation_id": traceID, "timestamp": t.now().UTC().Format("2006-01-02 15:04:05Z"),
	})
}

// traceID stands where Azure puts the id of a request.
const traceID = "7b5c0f5e-0d5e-4c5a-9d0c-000000000001"

// managed is the endpoint that App Service gives its machines for managed
// identities. The header must name a principal's client id: who can reach the
// endpoint of a real machine has its identity.
func (t *Tenant) managed(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for _, p := range t.known() {
		if p.ClientID == "" || r.Header.Get("X-Identity-Header") != p.ClientID {
			continue
		}
		answer(w, http.StatusOK, map[string]any{
			"access_token": t.issue(p, query.Get("resource")), "token_type": "Bearer", "resource": query.Get("resource"),
			"expires_on": strconv.FormatInt(t.now().Add(lifetime).Unix(), 10), "client_id": p.ClientID,
		})
		return
	}
	answer(w, http.StatusBadRequest, map[string]any{"statusCode": http.StatusBadRequest, "message": "No managed identity found for this header."})
}
