package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/cli"
)

// TestHubCommandsReachTheServer asks a hub that is served.
func TestHubCommandsReachTheServer(t *testing.T) {
	s := newStream(t)
	if err := send(t.Context(), s.producer(t), numbered(5)); err != nil {
		t.Fatal(err)
	}
	ask := func(want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		code, stderr := inProcess(t.Context(), time.Now(), &out, append([]string{"hub"}, append(args, "--hub", s.dir+"/hub")...)...)
		if code != cli.ExitDone || !strings.Contains(out.String(), want) {
			t.Errorf("hub %v: got exit code %d, %s\n%swant %q in it", args, code, stderr, &out, want)
		}
	}
	ask("connection", "stats")
	ask("hub second with 1 partition", "create", "second", "--partitions", "1")
	ask("second", "list")
	ask("UseDevelopmentEmulator=true", "keys", "--show")
	ask(s.login[:strings.Index(s.login, ";")], "keys", "--show") // the server's own address
	var records string
	for _, partition := range []string{"0", "1", "2", "3"} {
		var out bytes.Buffer
		inProcess(t.Context(), time.Now(), &out, "hub", "peek", streamHub, "--partition", partition, "--first", "--hub", s.dir+"/hub")
		records += out.String()
	}
	if n := strings.Count(records, `{"records":[`); n != 5 {
		t.Errorf("peek shows %d events, want 5:\n%.2000s", n, records)
	}
}

// TestPeekDoesNotSteerTheTerminal looks at an event whose publisher tried to.
func TestPeekDoesNotSteerTheTerminal(t *testing.T) {
	s := newStream(t)
	p := s.producer(t)
	batch, err := p.NewEventDataBatch(t.Context(), &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("1")})
	if err != nil {
		t.Fatal(err)
	}
	event := &azeventhubs.EventData{Body: []byte("body\x1b[2J\nnext"), Properties: map[string]any{"zulu": "z\x1b[2J", "alpha": "a"}}
	if err := batch.AddEventData(event, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.SendEventDataBatch(t.Context(), batch, nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	inProcess(t.Context(), time.Now(), &out, "hub", "peek", streamHub, "--partition", "1", "--hub", s.dir+"/hub")
	if got := out.String(); strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 2 || !strings.Contains(got, "  alpha=a  zulu=z [2J\nbody [2J next\n") {
		t.Errorf("got %q, want two lines without control characters, properties in order", got)
	}
}
