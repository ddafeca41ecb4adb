package eventhub

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// lab is a namespace with what the cases of the connection test need.
type lab struct {
	*remotetest.Namespace
	listener access.ConnectionString // may listen only
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{Namespace: remotetest.Serve(t)}
	l.listener = l.Policy(t, "listener", access.Listen)
	l.Make(t, "hub", 2)
	l.Publish(t, "hub", 1, []byte(body(1)), []byte(body(2)))
	l.Make(t, "empty", 1)
	l.Make(t, "noise", 1)
	l.Publish(t, "noise", 0, []byte("no JSON at all"))
	l.Make(t, "mixed", 1)
	l.Publish(t, "mixed", 0, []byte(body(1)), []byte("no JSON at all"))
	l.Make(t, "foreign", 1)
	l.Publish(t, "foreign", 0, []byte(`{"temperature":21}`))
	return l
}

// config reads a hub with a policy, in the clear.
func (l *lab) config(login access.ConnectionString, hub string) Config {
	cfg := Default()
	cfg.ConnectionString, cfg.Hub = login.Text(), hub
	return cfg
}

// secured is config over TLS.
func (l *lab) secured(t *testing.T, hub string) Config {
	login := l.listener
	login.Emulator = false
	cfg := l.config(login, hub)
	cfg.CAFile = l.CAFile()
	return cfg
}

// at changes where a configuration goes.
func (l *lab) at(address string, emulator bool) Config {
	host, port, _ := net.SplitHostPort(address)
	login := access.ConnectionString{Host: host, KeyName: "listener", Key: "a2V5", Emulator: emulator}
	cfg := l.config(login, "hub")
	cfg.CustomEndpoint = net.JoinHostPort(host, port)
	return cfg
}

// answers serves connections with fn until the test ends.
func answers(t *testing.T, fn func(net.Conn)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			fn(conn)
		}
	}()
	t.Cleanup(func() {
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return ln.Addr().String()
}

// silent takes connections and says nothing.
func silent(t *testing.T) string {
	var open []net.Conn
	t.Cleanup(func() { // after the listener has ended
		for _, c := range open {
			_ = c.Close()
		}
	})
	return answers(t, func(c net.Conn) { open = append(open, c) })
}

// says greets and hangs up when the peer does.
func says(t *testing.T, text string) string {
	return answers(t, func(c net.Conn) {
		_, _ = io.WriteString(c, text)
		_, _ = c.Read(make([]byte, 1<<10))
		_ = c.Close()
	})
}

// replies waits for a request, answers and hangs up.
func replies(t *testing.T, text string) string {
	return answers(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4<<10))
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	})
}

// expired serves TLS with a certificate that has expired, and returns where
// and the file of its authority.
func expired(t *testing.T) (address, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return answers(t, func(c net.Conn) {
		_ = tls.Server(c, config).Handshake() // the client refuses
		_ = c.Close()
	}), ca
}

// occupy reads a partition of a hub, n times, until the test ends.
func (l *lab) occupy(t *testing.T, hub, partition string, epoch int64, n int) {
	t.Helper()
	cfg := l.config(l.listener, hub)
	target, err := cfg.target()
	if err != nil {
		t.Fatal(err)
	}
	client, err := wire.New(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	for range n {
		r, err := client.Open(partition, wire.Opening{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Receive(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
	}
}

// refusing answers each question with an error.
func refusing(err error) func(wire.Target) (wire.Client, error) {
	h := newFakeHub(1)
	h.list = func() error { return err }
	return func(wire.Target) (wire.Client, error) { return h, nil }
}

// A checkCase is one way in which a connection can be wrong.
type checkCase struct {
	cfg     Config
	connect func(wire.Target) (wire.Client, error)
	step    string
	status  Status
	detail  string
	remedy  string
}

func (l *lab) failures(t *testing.T) map[string]checkCase {
	base := l.listener.Text()
	missing := func(part string) string {
		var kept []string
		for _, p := range strings.Split(base, ";") {
			if !strings.HasPrefix(p, part+"=") {
				kept = append(kept, p)
			}
		}
		return strings.Join(kept, ";")
	}
	with := func(change func(*Config)) Config {
		cfg := l.config(l.listener, "hub")
		change(&cfg)
		return cfg
	}
	wrong, unknown, sender := l.listener, l.listener, l.Policy(t, "sender", access.Send)
	wrong.Key, unknown.KeyName = "d3Jvbmc=", "nobody"
	signed := func(path string, end time.Time) Config {
		login := l.listener
		login.Signature = access.Sign("sb://localhost/"+path, login.KeyName, login.Key, end)
		login.KeyName, login.Key = "", ""
		return l.config(login, "hub")
	}
	untrusted := l.secured(t, "hub")
	untrusted.CAFile = ""
	elsewhere := l.secured(t, "hub")
	elsewhere.ConnectionString = strings.Replace(elsewhere.ConnectionString, "localhost", "contoso.example", 1)
	elsewhere.CustomEndpoint = l.Addr
	oldAddress, oldCA := expired(t)
	old := l.at(oldAddress, false)
	old.CAFile = oldCA
	gone := answers(t, func(net.Conn) {})
	said := func(kind wire.Kind, text string) func(wire.Target) (wire.Client, error) {
		return refusing(&wire.Error{Kind: kind, Err: errors.New(text)})
	}
	token := l.config(l.listener, "hub")
	token.ConnectionString, token.Namespace, token.Credential.Method = "", "localhost", "managed"
	token.CAFile = l.CAFile()
	l.occupy(t, "mixed", "0", wire.NoEpoch, 5)

	return map[string]checkCase{
		"no connection string": {cfg: with(func(c *Config) { c.ConnectionString = "" }), step: StepConfiguration, detail: "is empty: want it", remedy: "Shared access policies"},
		"no endpoint":          {cfg: with(func(c *Config) { c.ConnectionString = missing("Endpoint") }), step: StepConfiguration, detail: "Endpoint"},
		"no key":               {cfg: with(func(c *Config) { c.ConnectionString = missing("SharedAccessKey") }), step: StepConfiguration, detail: "SharedAccessKey"},
		"no policy":            {cfg: with(func(c *Config) { c.ConnectionString = missing("SharedAccessKeyName") }), step: StepConfiguration, detail: "SharedAccessKeyName"},
		"no pairs":             {cfg: with(func(c *Config) { c.ConnectionString = "what the portal shows" }), step: StepConfiguration, detail: "connectionString"},
		"two hubs":             {cfg: with(func(c *Config) { c.ConnectionString += ";EntityPath=other" }), step: StepConfiguration, detail: "is for"},
		"no variable":          {cfg: with(func(c *Config) { c.ConnectionString, c.ConnectionStringEnv = "", "NO_SUCH_VARIABLE" }), step: StepConfiguration, detail: "NO_SUCH_VARIABLE"},
		"expired token":        {cfg: signed("hub", time.Now().Add(-time.Hour)), step: StepConfiguration, detail: "has expired at", remedy: "make a new one"},
		"token of another hub": {cfg: signed("other", time.Now().Add(time.Hour)), step: StepConfiguration, detail: "is for other", remedy: "for this hub"},
		"unknown name":         {cfg: with(func(c *Config) { c.CustomEndpoint = "nowhere.example:5671" }), step: StepName, detail: "not known to the name server", remedy: "private endpoint"},
		"no name server":       {cfg: with(func(c *Config) { c.CustomEndpoint = "slow.example:5671" }), step: StepName, detail: "does not answer for", remedy: "name server"},
		"nothing listens":      {cfg: l.at("127.0.0.1:1", false), step: StepConnection, detail: "refuses connections", remedy: "nothing listens"},
		"no TLS":               {cfg: l.at(says(t, "220 mail.example ESMTP\r\n"), false), step: StepEncryption, detail: "does not speak TLS", remedy: "UseDevelopmentEmulator"},
		"untrusted":            {cfg: untrusted, step: StepEncryption, detail: "signed by nobody", remedy: "caFile"},
		"another name":         {cfg: elsewhere, step: StepEncryption, detail: "certificate is not for", remedy: "customEndpoint"},
		"old certificate":      {cfg: old, step: StepEncryption, detail: "certificate of 127.0.0.1 has expired", remedy: "clock"},
		"hangs up":             {cfg: l.at(answers(t, func(c net.Conn) { _ = c.Close() }), false), step: StepEncryption, detail: "hung up during the handshake", remedy: "Networking"},
		"silent in handshake":  {cfg: l.at(silent(t), false), step: StepEncryption, detail: "does not go on with the handshake", remedy: "websocket"},
		"no websocket": {cfg: with(func(c *Config) {
			c.Transport, c.CustomEndpoint = remote.WebSocket, replies(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		}), step: StepWebSocket, detail: "takes no websocket", remedy: "host of an Event Hubs"},
		"silent":               {cfg: l.at(silent(t), true), step: StepSignIn, detail: "takes the connection but does not answer", remedy: "5671"},
		"another protocol":     {cfg: l.at(says(t, "220 mail.example ESMTP\r\n"), true), step: StepSignIn, detail: "connection lost", remedy: "check that this is"},
		"wrong key":            {cfg: l.config(wrong, "hub"), step: StepSignIn, detail: "key is not that of policy listener", remedy: "copy the key again"},
		"unknown policy":       {cfg: l.config(unknown, "hub"), step: StepSignIn, detail: "has no policy nobody", remedy: "policy's name"},
		"wrong clock":          {connect: said(wire.Unauthorized, "ExpiredToken: The token is expired."), step: StepSignIn, detail: "has expired for the namespace", remedy: "clock"},
		"another audience":     {connect: said(wire.Unauthorized, "InvalidAudience"), step: StepSignIn, detail: "for another hub or namespace", remedy: "policy of this hub"},
		"refused":              {connect: said(wire.Unauthorized, "40100"), step: StepSignIn, detail: "refuses policy listener", remedy: "check policy and key"},
		"no role":              {cfg: token, connect: said(wire.Unauthorized, "40100"), step: StepSignIn, detail: "does not take the identity", remedy: "Data Receiver"},
		"no token of Entra ID": {cfg: token, connect: refusing(&wire.Error{Kind: wire.Unauthorized, Err: noIdentity{}}), step: StepSignIn, detail: "Entra ID gave no token", remedy: "tenant"},
		"busy":                 {connect: said(wire.Busy, "50002"), step: StepSignIn, detail: "at its limit", remedy: "throughput"},
		"no hub":               {cfg: l.config(l.listener, "absent"), step: StepHub, detail: "has no hub absent", remedy: azure.ProfileHub},
		"hub disabled":         {connect: said(wire.Disabled, "switched off"), step: StepHub, detail: "is disabled", remedy: "Active"},
		"no Listen right":      {cfg: l.config(sender, "hub"), step: StepListen, detail: "policy sender may not read", remedy: "Listen"},
		"no consumer group":    {cfg: with(func(c *Config) { c.ConsumerGroup = "absent" }), step: StepGroup, detail: "no consumer group absent", remedy: "create it"},
		"too many readers":     {cfg: l.config(l.listener, "mixed"), step: StepGroup, detail: "as many readers as it may have", remedy: "nephoscope alone"},
		"nothing to decode":    {cfg: l.config(l.listener, "noise"), step: StepSample, detail: "hold 0 records that can be read", remedy: "exports to"},
		"file that is missing": {cfg: with(func(c *Config) { c.CAFile = gone }), step: StepConfiguration, detail: "caFile"},
	}
}

// noIdentity is an error of Entra ID, as azidentity marks them.
type noIdentity struct{}

func (noIdentity) Error() string { return "AADSTS7000215: invalid client secret" }
func (noIdentity) NonRetriable() {}

// lookup knows no name but those of this machine.
func lookup(_ context.Context, host string) ([]string, error) {
	switch host {
	case "localhost":
		return []string{"127.0.0.1"}, nil
	case "slow.example":
		return nil, &net.DNSError{Err: "i/o timeout", Name: host, IsTimeout: true}
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// test plays the connection test of a case.
func (c checkCase) test(t *testing.T, l *lab) (steps map[string]Step, order []string, err error) {
	t.Helper()
	if c.cfg.Name == "" {
		c.cfg = l.config(l.listener, "hub")
	}
	ch := &checker{cfg: c.cfg, opt: CheckOptions{Timeout: 2 * time.Second, Quiet: 200 * time.Millisecond, Lookup: lookup}.withDefaults(), connect: c.connect}
	if ch.connect == nil {
		ch.connect = wire.New
	} else { // nothing is behind it
		ch.cfg.CustomEndpoint, ch.cfg.Transport = l.Addr, remote.AMQP
	}
	defer ch.close()
	steps = map[string]Step{}
	err = ch.check(t.Context(), func(s Step) {
		steps[s.Name] = s
		order = append(order, s.Name)
	})
	return steps, order, err
}

func TestEachFailureHasItsOwnWords(t *testing.T) {
	l := newLab(t)
	seen := map[string]string{}
	for name, c := range l.failures(t) {
		t.Run(name, func(t *testing.T) {
			if c.connect != nil && c.cfg.Namespace != "" {
				c.cfg.Hub = "hub"
			}
			steps, order, err := c.test(t, l)
			if strings.Join(order, ",") != strings.Join(StepNames(), ",") {
				t.Errorf("got steps %q, want all, in order", order)
			}
			got := steps[c.step]
			if got.Status != Failed || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Remedy, c.remedy) || got.Remedy == "" {
				t.Errorf("got %+v, want it failed with %q and %q; all: %+v", got, c.detail, c.remedy, steps)
			}
			if err == nil || !strings.Contains(err.Error(), c.step) || source.HintOf(err) != got.Remedy {
				t.Errorf("got error %v, want that of the step", err)
			}
			for _, s := range steps {
				if strings.Contains(s.Detail+s.Remedy, l.listener.Key) {
					t.Errorf("step %+v shows the key", s)
				}
			}
			if other, twice := seen[got.Detail]; twice {
				t.Errorf("%s says the same: %q", other, got.Detail)
			}
			seen[got.Detail] = name
		})
	}
	if len(seen) < 12 {
		t.Errorf("got %d different failures, want 12 at the least", len(seen))
	}
}

func TestWorkingConnections(t *testing.T) {
	l := newLab(t)
	tight := l.secured(t, "hub")
	socket := tight
	socket.Transport = remote.WebSocket
	l.occupy(t, "hub", "1", 7, 1)
	for name, c := range map[string]checkCase{
		"plain":          {cfg: l.config(l.listener, "mixed"), step: StepRights, status: OK, detail: "may read and not send"},
		"TLS":            {cfg: tight, step: StepEncryption, status: OK, detail: "valid for localhost"},
		"websocket":      {cfg: socket, step: StepWebSocket, status: OK},
		"Send right":     {cfg: l.config(l.Root(t), "mixed"), step: StepRights, status: Warning, detail: "may also send", remedy: "Listen right only"},
		"no event":       {cfg: l.config(l.listener, "empty"), step: StepSample, status: Warning, detail: "no event yet", remedy: "minutes"},
		"no hub yet":     {cfg: l.config(l.listener, ""), step: StepHub, status: Warning, detail: "no event yet", remedy: "Azure creates the hub with the first event"},
		"taken":          {cfg: l.config(l.listener, "hub"), step: StepGroup, status: Warning, detail: "to itself", remedy: "nephoscope itself"},
		"one bad event":  {cfg: l.config(l.listener, "mixed"), step: StepSample, status: Warning, detail: "1 that cannot be read", remedy: "quarantine"},
		"other events":   {cfg: l.config(l.listener, "foreign"), step: StepSample, status: Warning, detail: "none of the Activity Log's", remedy: "custom table"},
		"what is there":  {cfg: l.config(l.listener, "mixed"), step: StepPartitions, status: OK, detail: "2 events kept; last sequence numbers 0:1; last event at"},
		"consumer group": {cfg: l.config(l.listener, "mixed"), step: StepGroup, status: OK, detail: "$Default exists"},
	} {
		t.Run(name, func(t *testing.T) {
			steps, _, err := c.test(t, l)
			got := steps[c.step]
			if err != nil || got.Status != c.status || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Remedy, c.remedy) {
				t.Errorf("got %+v, %v, want %s with %q and %q", got, err, c.status, c.detail, c.remedy)
			}
		})
	}
}

func TestCheckOverKafka(t *testing.T) {
	broker := remotetest.ServeKafka(t, "hub", 2)
	broker.Publish(t, "hub", 1, []byte(body(1)))
	cfg := Default()
	cfg.ConnectionString, cfg.Hub, cfg.Transport = broker.Login.Text(), "hub", remote.Kafka
	cfg.CustomEndpoint = net.JoinHostPort(broker.Host, strconv.Itoa(broker.Port))
	l := &lab{}
	steps, _, err := checkCase{cfg: cfg}.test(t, l)
	if err != nil {
		t.Error(err)
	}
	for name, want := range map[string]Status{StepSignIn: OK, StepListen: OK, StepGroup: Skipped, StepRights: Skipped, StepSample: OK} {
		if steps[name].Status != want {
			t.Errorf("got %+v, want it %s", steps[name], want)
		}
	}
	cfg.ConnectionString = strings.Replace(cfg.ConnectionString, broker.Login.Key, "d3Jvbmc=", 1)
	steps, _, err = checkCase{cfg: cfg}.test(t, l)
	if err == nil || steps[StepSignIn].Status != Failed || !strings.Contains(steps[StepSignIn].Remedy, "key") {
		t.Errorf("wrong key: got %+v, %v", steps[StepSignIn], err)
	}
	cfg.ConnectionString, cfg.Hub = broker.Login.Text(), "absent"
	if steps, _, err = (checkCase{cfg: cfg}).test(t, l); err == nil || steps[StepHub].Status != Failed {
		t.Errorf("no hub: got %+v, %v", steps[StepHub], err)
	}
}

// TestCheckTakesNothing: the test leaves neither a trace in the hub nor a
// reader behind.
func TestCheckTakesNothing(t *testing.T) {
	l := newLab(t)
	for range 8 { // more than there may be readers
		if err := Check(t.Context(), l.config(l.Root(t), "hub"), CheckOptions{Lookup: lookup}, func(Step) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Check(t.Context(), l.config(l.Root(t), "absent"), CheckOptions{Lookup: lookup}, func(Step) {}); err == nil {
		t.Error("got nil, want that there is no such hub")
	}
	if _, err := l.Hub("absent"); err == nil {
		t.Error("the test has made the hub that it asked for")
	}
	h, err := l.Hub("hub")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{-1, 1} {
		if got := h.Partitions()[i].Journal.State().Last; got != want {
			t.Errorf("partition %d: last sequence number is %d, want %d", i, got, want)
		}
	}
}

func TestCheckStopsWhenToldTo(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Check(ctx, l.config(l.listener, "hub"), CheckOptions{}, func(Step) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
