package hub

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
)

// clientsEnv names the folder into which make test-clients has installed the
// JavaScript client.
const clientsEnv = "NEPHOSCOPE_CLIENTS"

// clientPartitions has one for each case.
const clientPartitions = 32

// What a client's script is told.
type script struct {
	Way      string `json:"way"`
	Modules  string `json:"modules"` // where the JavaScript client is
	Endpoint string `json:"endpoint"`
	CA       string `json:"ca"`
	Hub      string `json:"hub"`
	Root     string `json:"root"`
	WrongKey string `json:"wrongKey"`
	Expired  string `json:"expired"`
	Sender   string `json:"sender"`
	Listener string `json:"listener"`
	// Keys are partition keys and where they lead.
	Keys map[string]string `json:"keys"`
}

// The official JavaScript client.
func TestJavaScriptClient(t *testing.T) {
	modules := os.Getenv(clientsEnv)
	if modules == "" {
		t.Skipf("%s does not name a folder with the npm package @azure/event-hubs: run make test-clients", clientsEnv)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	for _, way := range []string{"plain", "tls", "websocket"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			runScript(t, way, modules, 17, node, filepath.Join("testdata", "clients", "client.mjs"))
		})
	}
}

// The official Python client, which knows no plain AMQP. It takes its time.
func TestPythonClient(t *testing.T) {
	if os.Getenv(clientsEnv) == "" {
		t.Skipf("%s is not set: run make test-clients", clientsEnv)
	}
	python := pythonWithClient()
	if python == "" {
		t.Skip("no python3 has the module azure.eventhub: apt-get install python3-azure python3-websocket")
	}
	for _, way := range []string{"tls", "websocket"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			runScript(t, way, "", 15, python, filepath.Join("testdata", "clients", "client.py"))
		})
	}
}

func pythonWithClient() string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import azure.eventhub, websocket").Run() == nil {
			return python
		}
	}
	return ""
}

// runScript starts a hub and a script, whose lines are the subtests. It wants
// at least as many as there are cases.
func runScript(t *testing.T, way, modules string, cases int, command ...string) {
	t.Helper()
	s := serve(t, Options{})
	s.hub(t, "clients", clientPartitions)
	if err := s.CreateGroup("clients", "second"); err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(s.script(t, way, modules))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.CAFile())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	seen := 0
	for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); {
		verdict, rest, _ := strings.Cut(lines.Text(), "ok ")
		name, why, _ := strings.Cut(rest, ":")
		seen++
		t.Run(name, func(t *testing.T) {
			if verdict != "" {
				t.Error(why)
			}
		})
	}
	if seen < cases || err != nil {
		t.Errorf("%d cases were run, want %d; %v\n%s", seen, cases, err, stderr.Bytes())
	}
}

func (s *served) script(t *testing.T, way, modules string) script {
	t.Helper()
	plain := way == "plain"
	root, wrong := s.root(t), s.root(t)
	wrong.PrimaryKey = access.NewKey()
	host, port, _ := net.SplitHostPort(s.addr)
	if !plain {
		host = "localhost"
	}
	n, _ := strconv.Atoi(port)
	expired := access.ConnectionString{Host: host, Port: n, EntityPath: "clients", Emulator: plain}
	expired.Signature = access.Sign(expired.Resource(), root.Name, root.PrimaryKey, time.Now().Add(-time.Minute))
	expired.EntityPath = ""
	if modules != "" {
		var err error
		if modules, err = filepath.Abs(modules); err != nil {
			t.Fatal(err)
		}
	}
	keys := make(map[string]string) // each to a partition of its own
	for _, key := range []string{"a", "Jupiter", "Schlüssel", "日本", "0123456789ab", "0123456789abc", "/subscriptions/1"} {
		keys[key] = strconv.Itoa(address.PartitionOf(key, clientPartitions))
	}
	return script{
		Keys: keys, Way: way, Modules: modules, Endpoint: "sb://" + net.JoinHostPort(host, port), CA: s.CAFile(), Hub: "clients",
		Root: s.connection(root, plain), WrongKey: s.connection(wrong, plain), Expired: expired.Text(),
		Sender:   s.connection(s.policy(t, "", "sender", access.Send), plain),
		Listener: s.connection(s.policy(t, "", "listener", access.Listen), plain),
	}
}
