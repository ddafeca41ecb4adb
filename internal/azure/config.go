package azure

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"nephoscope/internal/field"
)

// A Method is a way to get a token from Entra ID.
type Method string

// The methods.
const (
	// MethodDefault tries the environment's variables, workload identity,
	// managed identity, the Azure CLI and the other tools, in this order.
	MethodDefault Method = "default"
	// MethodSecret is an app registration with a client secret.
	MethodSecret Method = "secret"
	// MethodCertificate is an app registration with a certificate.
	MethodCertificate Method = "certificate"
	// MethodManaged is the managed identity of the machine we run on.
	MethodManaged Method = "managed"
	// MethodWorkload is a Kubernetes service account that Entra ID trusts.
	MethodWorkload Method = "workload"
	// MethodCLI is whoever is signed in to the Azure CLI.
	MethodCLI Method = "cli"
	// MethodToken is a token that somebody else renews.
	MethodToken Method = "token"
)

// A Config says who we are in Azure and which Azure is meant.
type Config struct {
	// Method is how a token is got.
	Method Method `yaml:"method"`
	// Tenant is the id or a domain of the tenant.
	Tenant string `yaml:"tenant"`
	// Client is the application id, of a managed identity the client id; empty
	// for the identity that the machine has by itself.
	Client string `yaml:"client"`
	// Secret is the client secret.
	Secret Secret `yaml:"secret"`
	// Certificate is a PEM or PKCS#12 file that holds certificate and key.
	Certificate string `yaml:"certificate"`
	// Password opens the certificate's file, if it is encrypted.
	Password Secret `yaml:"password"`
	// Token is the token itself, of workload identity the service account's.
	Token Secret `yaml:"token"`

	// Cloud is public, usgovernment or china.
	Cloud string `yaml:"cloud"`
	// Endpoint, Authority and Audience are of a private cloud or a stand-in;
	// each replaces what the cloud's name stands for. An endpoint without TLS
	// is taken on loopback only.
	Endpoint  string `yaml:"endpoint"`
	Authority string `yaml:"authority"`
	Audience  string `yaml:"audience"`
	// CA is a PEM file with certificates that are trusted beside the system's.
	CA string `yaml:"ca"`
}

// Default returns the public cloud with whatever credential is at hand.
func Default() Config { return Config{Method: MethodDefault, Cloud: "public"} }

// Validate returns one *field.Error per problem, joined, or nil. It reads no
// file and no variable.
func (c Config) Validate() error { return c.problems().Err() }

// A part is a field of the configuration that a method may use.
type part struct {
	name  string
	value string // empty if not set
}

// parts returns the fields that some methods use and others do not.
func (c Config) parts() []part {
	return []part{
		{"tenant", c.Tenant},
		{"client", c.Client},
		{"secret", c.Secret.String()},
		{"certificate", c.Certificate},
		{"password", c.Password.String()},
		{"token", c.Token.String()},
	}
}

// A usage says which parts a method needs and which it takes besides.
type usage struct{ needs, takes []string }

func usages() map[Method]usage {
	return map[Method]usage{
		MethodDefault:     {takes: []string{"tenant"}},
		MethodSecret:      {needs: []string{"tenant", "client", "secret"}},
		MethodCertificate: {needs: []string{"tenant", "client", "certificate"}, takes: []string{"password"}},
		MethodManaged:     {takes: []string{"client"}},
		MethodWorkload:    {takes: []string{"tenant", "client", "token"}},
		MethodCLI:         {takes: []string{"tenant"}},
		MethodToken:       {needs: []string{"token"}},
	}
}

// MethodNames returns the words that Config.Method may have, sorted.
func MethodNames() []string {
	var names []string
	for m := range usages() {
		names = append(names, string(m))
	}
	slices.Sort(names)
	return names
}

func (c Config) problems() field.Problems {
	list := c.methodProblems()
	for _, s := range []struct {
		name string
		Secret
	}{{"secret", c.Secret}, {"password", c.Password}, {"token", c.Token}} {
		if s.File != "" && s.Env != "" {
			list.Add(s.name, "names a file and a variable: want one of them")
		}
	}
	if c.Method == MethodWorkload && c.Token.Env != "" {
		list.Add("token.env", "is not used by method workload: want token.file, which is renewed while we run")
	}
	if _, known := clouds()[cmp.Or(c.Cloud, "public")]; !known {
		list.Add("cloud", quote(c.Cloud)+": want "+strings.Join(CloudNames(), ", "))
	}
	if c.Endpoint != "" {
		list.Add("endpoint", checkAddress(c.Endpoint, true))
	}
	if c.Authority != "" {
		list.Add("authority", checkAddress(c.Authority, false))
	}
	return list
}

func (c Config) methodProblems() (list field.Problems) {
	use, known := usages()[cmp.Or(c.Method, MethodDefault)]
	if !known {
		list.Add("method", quote(string(c.Method))+": want "+strings.Join(MethodNames(), ", "))
		return list
	}
	for _, p := range c.parts() {
		needed := slices.Contains(use.needs, p.name)
		switch {
		case needed && p.value == "":
			list.Add(p.name, "is empty: method "+string(c.Method)+" needs it"+wanted(p.name))
		case p.value != "" && !needed && !slices.Contains(use.takes, p.name):
			list.Add(p.name, "is not used by method "+string(cmp.Or(c.Method, MethodDefault))+": want it absent, or "+strings.Join(usersOf(p.name), " or "))
		}
	}
	return list
}

// wanted says what stands in a field.
func wanted(field string) string {
	return map[string]string{
		"tenant":      "; want the id or a domain of the tenant",
		"client":      "; want the application (client) id",
		"secret":      "; want secret.file or secret.env",
		"certificate": "; want a PEM or PKCS#12 file with certificate and key",
		"token":       "; want token.file or token.env",
	}[field]
}

// usersOf returns the methods that use a field, as "method x".
func usersOf(field string) (list []string) {
	all := usages()
	for _, m := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(all[m].needs, field) || slices.Contains(all[m].takes, field) {
			list = append(list, "method "+string(m))
		}
	}
	return list
}

// Which returns the cloud that is meant, with the addresses of the
// configuration laid over those of its name.
func (c Config) Which() Cloud {
	cloud := clouds()[cmp.Or(c.Cloud, "public")]
	cloud.Endpoint = strings.TrimRight(cmp.Or(c.Endpoint, cloud.Endpoint), "/")
	cloud.Authority = cmp.Or(c.Authority, cloud.Authority)
	cloud.Audience = cmp.Or(c.Audience, cloud.Endpoint)
	return cloud
}
