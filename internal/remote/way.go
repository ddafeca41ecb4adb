package remote

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
	"nephoscope/internal/hub/access"
)

// A Way says which hub is meant and how to get there. The way in is a
// connection string in one of three places, or else a namespace and a
// credential.
type Way struct {
	ConnectionString     string `yaml:"connectionString"`
	ConnectionStringFile string `yaml:"connectionStringFile"`
	ConnectionStringEnv  string `yaml:"connectionStringEnv"`
	// Namespace is the fully qualified name, such as contoso.servicebus.windows.net,
	// with a port if it is not the usual one.
	Namespace  string       `yaml:"namespace"`
	Credential azure.Config `yaml:"credential"`

	// Hub is the hub's name, by default that of the connection string.
	Hub string `yaml:"hub"`
	// Transport is amqp, websocket or, to read, kafka.
	Transport Transport `yaml:"transport"`
	// Proxy is the address of an HTTP proxy for websockets; without it the
	// environment's counts.
	Proxy string `yaml:"proxy"`
	// CustomEndpoint is dialled in place of the namespace: host:port.
	CustomEndpoint string `yaml:"customEndpoint"`
	// CAFile is a PEM file of certificates that are trusted in place of the
	// system's.
	CAFile string `yaml:"caFile"`
}

// DefaultWay returns what holds if nothing else is said.
func DefaultWay() Way { return Way{Credential: azure.Default(), Transport: AMQP} }

// Problems are what is wrong with the fields. It takes the transports that can
// be used, and reads no file and no variable.
func (w *Way) Problems(usable ...Transport) field.Problems {
	list := w.loginProblems()
	if w.Hub != "" && !hubNames.MatchString(w.Hub) {
		list.Add("hub", strconv.Quote(w.Hub)+": want letters, digits, '.', '-' and '_'")
	}
	list.Add("transport", field.OneOf(w.Transport, usable...))
	list.Add("customEndpoint", checkEndpoint(w.CustomEndpoint))
	list.Add("proxy", w.checkProxy())
	return list
}

// hubNames are what hubs may be called.
var hubNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$`)

// loginProblems says what is wrong with the way in.
func (w *Way) loginProblems() (list field.Problems) {
	set := w.set()
	switch {
	case len(set) == 0:
		list.Addf("connectionString", "is empty: want it, connectionStringFile, connectionStringEnv, or namespace with a credential")
	case len(set) > 1:
		list.Addf(set[1], "is set beside %s: want one of them", set[0])
	case set[0] == "connectionString":
		if _, err := access.ParseConnectionString(w.ConnectionString); err != nil {
			list.Addf(set[0], "%s", strings.TrimPrefix(err.Error(), "connection string: "))
		}
	case set[0] == "namespace":
		list.Add("namespace", checkNamespace(w.Namespace))
		if err := w.Credential.Validate(); err != nil {
			list.Addf("credential", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return list
}

// set returns the fields that are set of those that say how to get in.
func (w *Way) set() (names []string) {
	for _, f := range [][2]string{
		{"connectionString", w.ConnectionString},
		{"connectionStringFile", w.ConnectionStringFile},
		{"connectionStringEnv", w.ConnectionStringEnv},
		{"namespace", w.Namespace},
	} {
		if f[1] != "" {
			names = append(names, f[0])
		}
	}
	return names
}

func checkEndpoint(address string) string {
	if address == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
		return strconv.Quote(address) + ": want host:port"
	}
	return ""
}

func checkNamespace(name string) string {
	if host, _, ok := strings.Cut(name, ":"); !strings.Contains(name, "/") && host != "" && (!ok || checkEndpoint(name) == "") {
		return ""
	}
	return strconv.Quote(name) + ": want the fully qualified name, such as contoso.servicebus.windows.net"
}

func (w *Way) checkProxy() string {
	if w.Proxy == "" {
		return ""
	}
	if w.Transport != WebSocket {
		return "is used by transport websocket only"
	}
	u, err := url.Parse(w.Proxy)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return "is not an address: want http://host:port" // it may hold a password
	}
	return ""
}

// Target returns where the way leads; that is defaultHub if neither the way nor
// its connection string names a hub. It reads secrets and certificates and asks
// nobody.
func (w *Way) Target(defaultHub string) (Target, error) {
	t := Target{Transport: w.Transport, Address: w.CustomEndpoint}
	if err := w.login(&t, defaultHub); err != nil {
		return t, err
	}
	if t.Hub == "" {
		return t, &field.Error{Field: "hub", Problem: "is empty, and the connection string names none: want the hub's name"}
	}
	var err error
	if w.Proxy != "" {
		if t.Proxy, err = url.Parse(w.Proxy); err != nil {
			return t, &field.Error{Field: "proxy", Problem: "is not an address"}
		}
	}
	if w.CAFile != "" {
		t.Roots, err = trusted(w.CAFile)
	}
	return t, err
}

// login fills in the namespace, the hub and the way in.
func (w *Way) login(t *Target, defaultHub string) error {
	if w.Namespace != "" {
		return w.byCredential(t, defaultHub)
	}
	text, err := w.text()
	if err != nil {
		return err
	}
	login, err := access.ParseConnectionString(text)
	if err != nil {
		return err
	}
	if w.Hub != "" && login.EntityPath != "" && !strings.EqualFold(w.Hub, login.EntityPath) {
		return &field.Error{Field: "hub", Problem: fmt.Sprintf("%q, but the connection string is for %q: want them the same, or hub absent", w.Hub, login.EntityPath)}
	}
	t.Host, t.Port, t.Plain = strings.ToLower(login.Host), login.Port, login.Emulator
	t.Hub = cmp.Or(w.Hub, login.EntityPath, defaultHub)
	login.EntityPath = "" // the client library wants the hub in one place only
	t.Login = login
	return nil
}

// text reads the connection string from where it is.
func (w *Way) text() (string, error) {
	name, secret := "connectionStringFile", azure.Secret{File: w.ConnectionStringFile}
	switch {
	case w.ConnectionString != "":
		return strings.TrimSpace(w.ConnectionString), nil
	case w.ConnectionStringEnv != "":
		name, secret = "connectionStringEnv", azure.Secret{Env: w.ConnectionStringEnv}
	}
	text, err := secret.Read()
	return text, field.Because(name, err)
}

func (w *Way) byCredential(t *Target, defaultHub string) error {
	t.Host, t.Hub = strings.ToLower(w.Namespace), cmp.Or(w.Hub, defaultHub)
	if host, port, err := net.SplitHostPort(t.Host); err == nil {
		t.Host = host
		if t.Port, err = strconv.Atoi(port); err != nil {
			return &field.Error{Field: "namespace", Problem: checkNamespace(w.Namespace)}
		}
	}
	var err error
	t.Credential, err = azure.Credential(w.Credential)
	return field.Because("credential", err)
}

// trusted reads certificates.
func trusted(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, field.Because("caFile", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, &field.Error{Field: "caFile", Problem: path + " holds no certificate: want PEM"}
	}
	return pool, nil
}
