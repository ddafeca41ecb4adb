package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clientsEnv names the folder into which make test-clients has installed the
// JavaScript client.
const clientsEnv = "NEPHOSCOPE_API_CLIENTS"

// clientCases is how many cases each script has.
const clientCases = 5

func TestJavaScriptClient(t *testing.T) {
	modules := os.Getenv(clientsEnv)
	if modules == "" {
		t.Skipf("%s does not name a folder with the npm package @azure/arm-securityinsight: run make test-clients", clientsEnv)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	runClient(t, modules, node, filepath.Join("testdata", "clients", "client.mjs"))
}

func TestPythonClient(t *testing.T) {
	if os.Getenv(clientsEnv) == "" {
		t.Skipf("%s is not set: run make test-clients", clientsEnv)
	}
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import azure.mgmt.securityinsight").Run() == nil {
			runClient(t, "", python, filepath.Join("testdata", "clients", "client.py"))
			return
		}
	}
	t.Skip("no python3 has the module azure.mgmt.securityinsight: apt-get install python3-azure")
}

// runClient starts a server and a script, whose lines are the subtests.
func runClient(t *testing.T, modules string, command ...string) {
	t.Helper()
	s := newSite(t)
	input, err := json.Marshal(map[string]string{
		"url": s.url, "subscription": subscription, "group": group, "workspace": place, "modules": modules,
	})
	must(t, err)
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	seen := 0
	for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); seen++ {
		verdict, rest, _ := strings.Cut(lines.Text(), "ok ")
		name, why, _ := strings.Cut(rest, ":")
		t.Run(name, func(t *testing.T) {
			if verdict != "" {
				t.Error(why)
			}
		})
	}
	if seen != clientCases || err != nil {
		t.Errorf("%d cases were run, want %d; %v\n%s", seen, clientCases, err, stderr.Bytes())
	}
}
