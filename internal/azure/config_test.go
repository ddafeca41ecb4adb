package azure

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"nephoscope/internal/field"
)

func TestValidateNamesTheField(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   []string // beginnings of the problems, "field: text"
	}{
		{"default", func(*Config) {}, nil},
		{"empty", func(c *Config) { *c = Config{} }, nil},
		{"unknown method", func(c *Config) { c.Method = "password" }, []string{`method: "password": want certificate, cli, default, managed, secret, token, workload`}},
		{"secret without anything", func(c *Config) { c.Method = MethodSecret }, []string{"tenant: is empty: method secret needs it", "client: is empty", "secret: is empty: method secret needs it; want secret.file or secret.env"}},
		{"secret", func(c *Config) {
			c.Method, c.Tenant, c.Client, c.Secret.Env = MethodSecret, "t", "c", "S"
		}, nil},
		{"two places", func(c *Config) {
			c.Method, c.Tenant, c.Client, c.Secret = MethodSecret, "t", "c", Secret{File: "f", Env: "S"}
		}, []string{"secret: names a file and a variable"}},
		{"certificate", func(c *Config) {
			c.Method, c.Tenant, c.Client, c.Certificate, c.Password.Env = MethodCertificate, "t", "c", "f.pem", "P"
		}, nil},
		{"certificate without file", func(c *Config) {
			c.Method, c.Tenant, c.Client = MethodCertificate, "t", "c"
		}, []string{"certificate: is empty"}},
		{"managed with a tenant", func(c *Config) { c.Method, c.Tenant = MethodManaged, "t" }, []string{
			"tenant: is not used by method managed: want it absent, or method certificate or method cli or method default",
		}},
		{"managed, assigned by a user", func(c *Config) { c.Method, c.Client = MethodManaged, "c" }, nil},
		{"workload", func(c *Config) { c.Method, c.Token.File = MethodWorkload, "f" }, nil},
		{"workload by variable", func(c *Config) { c.Method, c.Token.Env = MethodWorkload, "T" }, []string{"token.env: is not used by method workload"}},
		{"secret that nobody reads", func(c *Config) { c.Secret.File = "f" }, []string{"secret: is not used by method default"}},
		{"token", func(c *Config) { c.Method, c.Token.Env = MethodToken, "T" }, nil},
		{"token missing", func(c *Config) { c.Method = MethodToken }, []string{"token: is empty: method token needs it; want token.file or token.env"}},
		{"cloud", func(c *Config) { c.Cloud = "germany" }, []string{`cloud: "germany": want china, public, usgovernment`}},
		{"endpoint without TLS", func(c *Config) { c.Endpoint = "http://arm.example" }, []string{"endpoint: would send tokens without TLS"}},
		{"endpoint that only looks like loopback", func(c *Config) { c.Endpoint = "http://127.0.0.1.example" }, []string{"endpoint: would send tokens without TLS"}},
		{"endpoint on loopback", func(c *Config) { c.Endpoint = "http://127.0.0.1:8080" }, nil},
		{"endpoint on loopback, IPv6", func(c *Config) { c.Endpoint = "http://[::1]:8080" }, nil},
		{"endpoint on localhost", func(c *Config) { c.Endpoint = "http://localhost:8080" }, nil},
		{"endpoint with a scheme", func(c *Config) { c.Endpoint = "ftp://127.0.0.1" }, []string{`endpoint: has scheme "ftp": want https`}},
		{"endpoint with a user", func(c *Config) { c.Endpoint = "https://u:p@arm.example" }, []string{"endpoint: is no base address"}},
		{"authority without TLS", func(c *Config) { c.Authority = "http://127.0.0.1" }, []string{`authority: has scheme "http": want https`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Default()
			test.change(&c)
			checkProblems(t, c.Validate(), test.want)
		})
	}
}

func checkProblems(t *testing.T, err error, want []string) {
	t.Helper()
	var lines []string
	if err != nil {
		lines = strings.Split(err.Error(), "\n")
	}
	if len(lines) != len(want) {
		t.Fatalf("got problems %q, want %q", lines, want)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got %q, want it to begin with %q", line, want[i])
		}
	}
	if problem := (*field.Error)(nil); err != nil && !errors.As(err, &problem) {
		t.Errorf("got %T, want a *field.Error inside", err)
	}
}

func TestConfigReadsFromYAML(t *testing.T) {
	c := Default()
	text := "method: secret\ntenant: contoso.example\nclient: app\nsecret: {file: /run/secret}\ncloud: usgovernment\n"
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want := Config{Method: MethodSecret, Tenant: "contoso.example", Client: "app", Secret: Secret{File: "/run/secret"}, Cloud: "usgovernment"}
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if err := yaml.UnmarshalWithOptions([]byte("secret: plain text\n"), &c, yaml.Strict()); err == nil {
		t.Error("a secret inside the file is accepted, want an error")
	}
}

func TestWhichCloud(t *testing.T) {
	gov := Config{Cloud: "usgovernment"}.Which()
	if gov.Endpoint != "https://management.usgovcloudapi.net" || gov.Audience != gov.Endpoint || gov.Authority != "https://login.microsoftonline.us/" {
		t.Errorf("usgovernment is %+v", gov)
	}
	own := Config{Endpoint: "https://arm.example/", Audience: "https://other.example"}.Which()
	if own.Endpoint != "https://arm.example" || own.Audience != "https://other.example" || own.Authority != "https://login.microsoftonline.com/" {
		t.Errorf("an endpoint over the public cloud gives %+v", own)
	}
}

func TestSecretIsReadAndNeverShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("  hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NEPHOSCOPE_TEST_SECRET", "hush")
	t.Setenv("NEPHOSCOPE_TEST_BLANK", " \n")
	for _, s := range []Secret{{File: path}, {Env: "NEPHOSCOPE_TEST_SECRET"}} {
		if got, err := s.Read(); got != "hush" || err != nil {
			t.Errorf("%s: got %q, %v, want hush", s, got, err)
		}
		if strings.Contains(s.String(), "hush") {
			t.Errorf("%q shows the secret", s.String())
		}
	}
	for want, s := range map[string]Secret{
		"read secret: open ": {File: path + ".none"},
		"environment variable NEPHOSCOPE_TEST_NONE is not set": {Env: "NEPHOSCOPE_TEST_NONE"},
		"variable NEPHOSCOPE_TEST_BLANK is empty":              {Env: "NEPHOSCOPE_TEST_BLANK"},
		"no secret is configured":                              {},
	} {
		if _, err := s.Read(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", s, err, want)
		}
	}
}
