package azure

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/simulate/tenant"
)

// another adds a principal to what the stand knows and serves it anew.
func another(t *testing.T, p tenant.Principal) (*stand, Config) {
	t.Helper()
	s := newStand(t)
	s.Add(p)
	c := s.config
	c.Client, c.Secret = p.ClientID, Secret{}
	return s, c
}

const (
	appClient = "33333333-0000-4000-8000-000000000003"
	appObject = "33333333-0000-4000-8000-00000000000c"
)

// signsIn checks that a configuration gets subscriptions.
func signsIn(t *testing.T, s *stand, c Config) {
	t.Helper()
	list, err := s.client(t, c).Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(s.ids) || list[0].Name != "Production" || list[0].ID != s.ids[0] || list[0].State != "Enabled" {
		t.Errorf("got %+v, want the company's subscriptions", list)
	}
}

func TestSecretSignsIn(t *testing.T) {
	s := newStand(t)
	signsIn(t, s, s.config)
	if got := s.who(t.Context()); got != ownerObject {
		t.Errorf("the token is of %q, want %q", got, ownerObject)
	}
}

func TestCertificateSignsIn(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, c := another(t, tenant.Principal{ClientID: appClient, ObjectID: appObject, Assertion: func(token string) error {
		return signedBy(&key.PublicKey, token)
	}})
	c.Method, c.Certificate = MethodCertificate, path
	signsIn(t, s, c)
}

// signedBy checks the signature of a client assertion.
func signedBy(key *rsa.PublicKey, token string) error {
	at := strings.LastIndexByte(token, '.')
	if at < 0 {
		return errors.New("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(token[:at]))
	return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil)
}

func TestWorkloadIdentitySignsIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service-account")
	if err := os.WriteFile(path, []byte("token-of-the-cluster"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, c := another(t, tenant.Principal{ClientID: appClient, ObjectID: appObject, Assertion: func(token string) error {
		if token != "token-of-the-cluster" {
			return fmt.Errorf("token %q", token)
		}
		return nil
	}})
	c.Method, c.Token.File = MethodWorkload, path
	signsIn(t, s, c)
}

func TestManagedIdentitySignsIn(t *testing.T) {
	s, c := another(t, tenant.Principal{ClientID: appClient, ObjectID: appObject})
	machine := httptest.NewServer(s.Tenant)
	defer machine.Close()
	t.Setenv("IDENTITY_ENDPOINT", machine.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", appClient)
	c = Config{Method: MethodManaged, Endpoint: c.Endpoint, CA: c.CA}
	signsIn(t, s, c)
}

func TestDefaultReadsTheEnvironment(t *testing.T) {
	s := newStand(t)
	t.Setenv("AZURE_TENANT_ID", s.config.Tenant)
	t.Setenv("AZURE_CLIENT_ID", ownerClient)
	t.Setenv("AZURE_CLIENT_SECRET", ownerSecret)
	c := Default()
	c.Endpoint, c.Authority, c.CA = s.config.Endpoint, s.config.Authority, s.config.CA
	signsIn(t, s, c)
}

func TestCommandLineSignsIn(t *testing.T) {
	s, c := another(t, tenant.Principal{ClientID: appClient, ObjectID: appObject, Token: "token-of-az"})
	dir := t.TempDir()
	script := "#!/bin/sh\necho '{\"accessToken\":\"token-of-az\",\"expires_on\":" + fmt.Sprint(time.Now().Add(time.Hour).Unix()) + "}'\n"
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	signsIn(t, s, Config{Method: MethodCLI, Endpoint: c.Endpoint, CA: c.CA})
}

func TestGivenTokenOverPlainLoopback(t *testing.T) {
	s, _ := another(t, tenant.Principal{ClientID: appClient, ObjectID: appObject, Token: "token-of-somebody"})
	plain := httptest.NewServer(s.Tenant)
	defer plain.Close()
	t.Setenv("NEPHOSCOPE_TEST_TOKEN", "token-of-somebody")
	signsIn(t, s, Config{Method: MethodToken, Token: Secret{Env: "NEPHOSCOPE_TEST_TOKEN"}, Endpoint: plain.URL})
}

func TestGivenTokenThatRanOut(t *testing.T) {
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"exp":1700000000,"oid":"x"}`))
	t.Setenv("NEPHOSCOPE_TEST_TOKEN", "e30."+payload+".x")
	s := newStand(t)
	c := Config{Method: MethodToken, Token: Secret{Env: "NEPHOSCOPE_TEST_TOKEN"}, Endpoint: s.config.Endpoint, CA: s.config.CA}
	_, err := s.client(t, c).Subscriptions(t.Context())
	wantError(t, err, "ran out at 2023-11-14T22:13:20Z", "az account get-access-token")
	if strings.Contains(err.Error(), payload) {
		t.Errorf("error %q shows the token", err)
	}
}

func TestRefusedSignInSaysWhatToDo(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"wrong secret":   {func(c *Config) { c.Secret = Secret{Env: "NEPHOSCOPE_TEST_OTHER"} }, []string{"AADSTS7000215", "want the secret's value, not its id"}},
		"wrong client":   {func(c *Config) { c.Client = appClient }, []string{"AADSTS700016", "check client and tenant"}},
		"wrong tenant":   {func(c *Config) { c.Tenant = "44444444-0000-4000-8000-000000000004" }, []string{"sign in to Entra ID"}},
		"no certificate": {func(c *Config) { c.CA = "" }, []string{"certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NEPHOSCOPE_TEST_OTHER", "another-secret")
			s := newStand(t)
			c := s.config
			test.change(&c)
			_, err := s.client(t, c).Subscriptions(t.Context())
			wantError(t, err, test.want...)
			if strings.Contains(err.Error(), "another-secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q shows a secret or is longer than a line", err)
			}
		})
	}
}

func TestCredentialThatCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]Config{
		"method: ": {Method: "x"},
		"environment variable NEPHOSCOPE_TEST_NONE is not set": {Method: MethodSecret, Tenant: "t", Client: "c", Secret: Secret{Env: "NEPHOSCOPE_TEST_NONE"}},
		"read certificate: open ":                              {Method: MethodCertificate, Tenant: "t", Client: "c", Certificate: filepath.Join(dir, "none.pem")},
		"certificate " + bad:                                   {Method: MethodCertificate, Tenant: "t", Client: "c", Certificate: bad},
		"ca: " + bad + " holds no certificate":                 {Method: MethodCLI, CA: bad},
		"ca: open ":                                            {Method: MethodCLI, CA: filepath.Join(dir, "none.pem")},
	} {
		_, err := Credential(c)
		wantError(t, err, want)
	}
}

func TestSentencesLeaveOrnamentsOut(t *testing.T) {
	text := "DefaultAzureCredential: no token.\n\tEnvironment: not set\n-----\nRESPONSE 403\n-----\nTo troubleshoot, visit https://x.example\n"
	if got, want := strings.Join(sentences(text), " "), "DefaultAzureCredential: no token. Environment: not set RESPONSE 403"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
