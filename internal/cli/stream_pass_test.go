package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/app"
	"nephoscope/internal/hub/space"
)

// TestServePassesOn runs everything in one process: what is sent to its hub
// comes through source and store out of the output, into another hub.
func TestServePassesOn(t *testing.T) {
	dir := t.TempDir()
	address := freeAddress(t)
	ns, err := space.Open(space.Options{Dir: filepath.Join(dir, "store", "hub")})
	if err != nil {
		t.Fatal(err)
	}
	root, _ := ns.Policies().Find(space.RootPolicy)
	for _, name := range []string{streamHub, "copy"} {
		if _, err := ns.Create(name, space.Settings{Partitions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := ns.Close(); err != nil {
		t.Fatal(err)
	}
	s := &stream{dir: dir, api: freeAddress(t), login: app.LocalConnectionString(address, root, streamHub).Text()}
	copied := app.LocalConnectionString(address, root, "copy").Text()
	config := filepath.Join(dir, "nephoscope.yaml")
	write(t, config, fmt.Sprintf(`
data: store
listen: %s
hub: {listen: [%q]}
rules: {builtin: false}
sources:
  - {type: eventhub, name: activity, connectionString: %q}
outputs:
  - {type: eventhub, name: copy, connectionString: %q, start: earliest}
`, s.api, address, s.login, copied))
	s.serve = &process{args: []string{"serve", "--config", config}, ready: "serving"}
	s.read(t)
	const events = 500
	if err := send(t.Context(), s.producer(t), numbered(events)); err != nil {
		t.Fatal(err)
	}
	got := s.copied(t, copied, events)
	for i := range events {
		if n := got[fmt.Sprint(i)]; n != 1 {
			t.Errorf("event %d came out %d times, want once", i, n)
		}
	}
	s.measures(t,
		`nephoscope_output_rows_delivered_total{output="copy",table="AzureActivity"} 500`,
		`nephoscope_source_lag_events{partition="0",source="activity"} 0`,
		`nephoscope_hub_events_in_total{hub="activity",partition="0"} 500`)
	var out bytes.Buffer
	if code, stderr := inProcess(t.Context(), time.Now(), &out, "connector", "list", "--server", "http://"+s.api); code != 0 || !strings.Contains(out.String(), "running") {
		t.Errorf("connector list: got %d, %s\n%s", code, stderr, &out)
	}
	s.serve.stop(t)
}

// measures waits until /metrics says all of these.
func (s *stream) measures(t *testing.T, want ...string) {
	t.Helper()
	missing := want
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // between two looks at another process
		metrics := fetch(t, "http://"+s.api+"/metrics")
		if missing = slices.DeleteFunc(slices.Clone(want), func(line string) bool { return strings.Contains(metrics, line) }); len(missing) == 0 {
			return
		}
	}
	t.Errorf("/metrics does not say %v", missing)
}

// copied reads records from a hub of one partition until there are as many,
// and counts them by correlation id.
func (s *stream) copied(t *testing.T, login string, records int) map[string]int {
	t.Helper()
	c, err := azeventhubs.NewConsumerClientFromConnectionString(login, "", azeventhubs.DefaultConsumerGroup, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	earliest := true
	p, err := c.NewPartitionClient("0", &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Earliest: &earliest}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.Background()) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got := map[string]int{}
	for n := 0; n < records; {
		events, err := p.ReceiveEvents(ctx, 1, nil)
		if err != nil {
			t.Fatalf("after %d records: %v\n%s", n, err, s.serve.output())
		}
		for _, e := range events {
			for _, part := range strings.Split(string(e.Body), `"correlationId":"`)[1:] {
				id, _, _ := strings.Cut(part, `"`)
				got[id]++
				n++
			}
		}
	}
	return got
}
