package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// BenchmarkNearRealTime tells how long it takes from an event's being sent to
// the hub until its incident can be listed, while 100 near real time rules run
// and 10,000 other events arrive each second. Ninety rules wait for operations
// that do not come, nine look closely at some of the others, and one is met by
// each event that is waited for. BENCH_ALERTS sets how many of those are sent.
func BenchmarkNearRealTime(b *testing.B) {
	alerts, rate := setting(b, "BENCH_ALERTS", 60), setting(b, "BENCH_RATE", 10_000)
	s := newStream(b)
	rules := filepath.Join(s.dir, "rules")
	if err := os.Mkdir(rules, 0o700); err != nil {
		b.Fatal(err)
	}
	for i, query := range nearQueries() {
		write(b, filepath.Join(rules, fmt.Sprintf("rule-%03d.yaml", i)), nearRule(i, query))
	}
	write(b, s.config, strings.Replace(readText(b, s.config), "rules: {builtin: false}", "rules: {builtin: false, paths: [rules]}", 1))
	s.read(b)
	ctx, cancel := context.WithCancel(b.Context())
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel()
	sent := 0
	sending.Go(func() { sent = s.background(ctx, b, rate) })
	p := s.producer(b)
	time.Sleep(10 * time.Second) // of background, before it counts
	began := time.Now()
	for range b.N {
		var took []time.Duration
		for i := range alerts {
			d := s.untilIncident(b, p, fmt.Sprintf("mark-%d-%d", b.N, i))
			took = append(took, d)
			time.Sleep(2500*time.Millisecond - d) // a run, of a minute, raises 30 alerts at most
		}
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2].Seconds(), "p50-s")
		b.ReportMetric(took[len(took)*99/100].Seconds(), "p99-s")
		b.ReportMetric(took[len(took)-1].Seconds(), "max-s")
	}
	used := s.processorTime(b)
	cancel()
	sending.Wait()
	seconds := time.Since(began).Seconds() + 10
	b.ReportMetric(float64(sent)/seconds, "events/s")
	b.ReportMetric(used.Seconds()/seconds, "server-cores")
	b.ReportMetric(0, "ns/op")
}

// nearQueries are the queries of a hundred rules.
func nearQueries() []string {
	queries := []string{`AzureActivity
  | where OperationNameValue =~ "Brightwater.Marks/marks/write"
  | project TimeGenerated, Caller, CallerIpAddress, CorrelationId, _ResourceId`}
	for i, operation := range []string{
		"Microsoft.Compute/virtualMachines/write", "Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.Network/networkSecurityGroups/write",
		"Microsoft.Resources/tags/write", "Microsoft.Authorization/roleAssignments/write", "Microsoft.Web/sites/restart/action",
		"Microsoft.KeyVault/vaults/write", "Microsoft.Compute/virtualMachines/start/action", "Microsoft.Resources/deployments/write",
	} {
		queries = append(queries, fmt.Sprintf(`AzureActivity
  | where OperationNameValue =~ "%s"
  | where tostring(Properties_d.requestbody) has "value that is in no request %d"
  | summarize Count = count(), TimeGenerated = max(TimeGenerated) by Caller, CallerIpAddress
  | where Count > 1000`, operation, i))
	}
	for i := len(queries); i < 100; i++ {
		queries = append(queries, fmt.Sprintf(`AzureActivity
  | where OperationNameValue in~ ("Brightwater.Kind%d/things/write", "Brightwater.Kind%d/things/delete")
  | where ActivityStatusValue in~ ("Success", "Succeeded")
  | project TimeGenerated, Caller, CallerIpAddress, CorrelationId, _ResourceId`, i, i))
	}
	return queries
}

func nearRule(i int, query string) string {
	return fmt.Sprintf(`id: 9d3c1f00-0000-4000-8000-%012d
name: Near rule %d
description: A rule of the latency benchmark.
kind: NRT
severity: Medium
requiredDataConnectors: []
tactics: [Impact]
relevantTechniques: [T1485]
query: |
  %s
eventGroupingSettings: {aggregationKind: AlertPerResult}
alertDetailsOverride: {alertDisplayNameFormat: "Near rule %d: {{Caller}}"}
entityMappings:
  - entityType: Account
    fieldMappings: [{identifier: FullName, columnName: Caller}]
version: 1.0.0
`, i, i, query, i)
}

func readText(b testing.TB, path string) string {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// background sends so many events a second, in messages of 100 that happen
// now, until ctx ends, and returns how many it sent.
func (s *stream) background(ctx context.Context, b testing.TB, rate int) (sent int) {
	p := s.producer(b)
	var bodies [][]byte
	for body := range companyMessages(b, 200) {
		bodies = append(bodies, body)
	}
	began := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		if ahead := time.Duration(sent)*time.Second/time.Duration(rate) - time.Since(began); ahead > 0 {
			time.Sleep(ahead) // to keep the pace
		}
		batch, err := p.NewEventDataBatch(ctx, nil)
		if err != nil {
			return sent
		}
		if err := batch.AddEventData(&azeventhubs.EventData{Body: happenNow(bodies[i%len(bodies)])}, nil); err != nil {
			b.Error(err)
			return sent
		}
		if err := p.SendEventDataBatch(ctx, batch, nil); err != nil {
			return sent
		}
		sent += 100
	}
	return sent
}

// happenNow sets the times of a message's records to now.
func happenNow(body []byte) []byte {
	const key, layout = `"time":"`, "2006-01-02T15:04:05.0000000Z"
	now := time.Now().UTC().Format(layout)
	out := bytes.Clone(body)
	for at := 0; ; {
		i := bytes.Index(out[at:], []byte(key))
		if i < 0 {
			return out
		}
		at += i + len(key)
		copy(out[at:], now)
	}
}

// untilIncident sends one event and waits for the incident that tells of it.
func (s *stream) untilIncident(b *testing.B, p *azeventhubs.ProducerClient, mark string) time.Duration {
	b.Helper()
	record, err := json.Marshal(map[string]any{"records": []any{map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "operationName": "BRIGHTWATER.MARKS/MARKS/WRITE", "category": "Administrative",
		"resultType": "Success", "resultSignature": "Succeeded.OK", "correlationId": mark, "callerIpAddress": "192.0.2.7",
		"resourceId": "/SUBSCRIPTIONS/5A0E1D3C-77AA-4B8E-9F43-6D2C11E0B801/RESOURCEGROUPS/HARBOUR/PROVIDERS/BRIGHTWATER.MARKS/MARKS/" + strings.ToUpper(mark),
		"identity":   map[string]any{"claims": map[string]any{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": mark + "@brightwater.example"}},
	}}})
	if err != nil {
		b.Fatal(err)
	}
	batch, err := p.NewEventDataBatch(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: record}, nil); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := p.SendEventDataBatch(b.Context(), batch, nil); err != nil {
		b.Fatal(err)
	}
	for !s.listed(b, mark) {
		if time.Since(began) > time.Minute {
			b.Fatalf("no incident of %s after a minute\n%s", mark, s.serve.output())
		}
		time.Sleep(50 * time.Millisecond) // between two looks at another process
	}
	return time.Since(began)
}

// listed tells whether there is an incident with a text in its title.
func (s *stream) listed(b *testing.B, text string) bool {
	b.Helper()
	answer, err := http.Get("http://" + s.api + "/api/v1/incidents?limit=1&text=" + url.QueryEscape(text+"@"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body struct{ Value []json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		b.Fatal(err)
	}
	return len(body.Value) > 0
}
