package eventhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
	"nephoscope/internal/schema"
)

// namesIn returns the column Name of the rows in bodies.
func namesIn(t *testing.T, bodies ...[]byte) (names []string) {
	t.Helper()
	for _, body := range bodies {
		var envelope struct {
			Records []struct{ Name string }
		}
		if err := json.Unmarshal(body, &envelope); err != nil {
			t.Fatalf("body %.200s: %v", body, err)
		}
		for _, r := range envelope.Records {
			names = append(names, r.Name)
		}
	}
	return names
}

func TestSuite(t *testing.T) {
	outputtest.Run(t, outputtest.Case{Open: func(t *testing.T) outputtest.Rig {
		hub := &memoryHub{limit: 3000}
		return outputtest.Rig{
			Output:   hub.open(func(c *Config) { c.PartitionKey, c.Records, c.MessageBytes = "Key", 3, 1000 }),
			TooLarge: 4000,
			Busy: func(n int) {
				hub.mu.Lock()
				defer hub.mu.Unlock()
				hub.busy = n
			},
			Received: func() (names []string) {
				for _, m := range hub.sent() {
					names = append(names, namesIn(t, m.body)...)
				}
				return names
			},
		}
	}})
}

// deliveries makes a batch of named rows.
func deliveries(names ...string) *output.Batch {
	rows := schema.NewRows(outputtest.Table())
	for i, name := range names {
		rows.SetString(1, name)
		rows.SetString(2, name[:1])
		rows.End(schema.ID{15: byte(i)})
	}
	return output.BatchOf(rows)
}

func TestMessagesAreFilledByNumberAndBytes(t *testing.T) {
	for _, c := range []struct {
		name           string
		records, bytes int
		want           []int
	}{
		{"by number", 2, 100_000, []int{2, 2, 1}},
		{"one each", 1, 100_000, []int{1, 1, 1, 1, 1}},
		{"by bytes", 100, 200, []int{2, 2, 1}},
		{"one is larger than bytes", 100, 10, []int{1, 1, 1, 1, 1}},
		{"all", 100, 100_000, []int{5}},
	} {
		hub := &memoryHub{limit: 1 << 20}
		out := hub.open(func(cfg *Config) { cfg.Records, cfg.MessageBytes, cfg.Parallel = c.records, c.bytes, 1 })
		if err := out.Deliver(t.Context(), deliveries("a1", "a2", "a3", "a4", "a5")); err != nil {
			t.Fatal(err)
		}
		var got []int
		var bodies [][]byte
		for _, m := range hub.sent() {
			got = append(got, len(namesIn(t, m.body)))
			bodies = append(bodies, m.body)
		}
		if !slices.Equal(got, c.want) || !slices.Equal(namesIn(t, bodies...), []string{"a1", "a2", "a3", "a4", "a5"}) {
			t.Errorf("%s: messages of %v records, want %v", c.name, got, c.want)
		}
	}
}

func TestOneRecordTooLarge(t *testing.T) {
	hub := &memoryHub{limit: 1000}
	out := hub.open(nil) // messages would be larger than the hub takes
	names := []string{"a1", "a2", strings.Repeat("b", 990), "a3", "a4", strings.Repeat("c", 2000)}
	for i := range 20 {
		names = append(names, fmt.Sprintf("a1%d", i))
	}
	err := out.Deliver(t.Context(), deliveries(names...))
	var refused *output.RefusedError
	if !errors.As(err, &refused) || len(refused.Rows) != 2 || refused.Rows[0].Row != 2 || refused.Rows[1].Row != 5 || refused.Rows[0].Reason != output.TooLarge {
		t.Fatalf("got %v, want rows 2 and 5 refused as too large", err)
	}
	var got []string
	for _, m := range hub.sent() {
		got = append(got, namesIn(t, m.body)...)
	}
	want := slices.DeleteFunc(names, func(n string) bool { return len(n) > 100 })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestKeysGoAtTheSameTime: batches of different keys are sent together, of one
// key in turn.
func TestKeysGoAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &memoryHub{limit: 300, pause: func() { time.Sleep(time.Second) }}
		out := hub.open(func(c *Config) { c.PartitionKey, c.Records, c.Parallel = "Key", 1, 3 })
		began := time.Now()
		if err := out.Deliver(t.Context(), deliveries("a1", "b1", "c1", "d1", "a2", "b2", "c2", "d2", "a3", "a4", "a5", "a6")); err != nil {
			t.Fatal(err)
		}
		if hub.most != 3 {
			t.Errorf("%d sends at once, want 3", hub.most)
		}
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("it took %s, want about 3 s", took)
		}
		of := map[string][]string{}
		for _, m := range hub.sent() {
			of[m.key] = append(of[m.key], namesIn(t, m.body)...)
		}
		for key, want := range map[string]string{"a": "[a1 a2 a3 a4 a5 a6]", "b": "[b1 b2]", "c": "[c1 c2]", "d": "[d1 d2]"} {
			if fmt.Sprint(of[key]) != want {
				t.Errorf("key %s: got %v, want %s", key, of[key], want)
			}
		}
	})
}

func TestMessagesAreTheSameWhenTheyAreRepeated(t *testing.T) {
	hub := &memoryHub{limit: 1 << 20}
	out := hub.open(func(c *Config) { c.Records, c.Parallel = 2, 1 })
	for range 2 {
		if err := out.Deliver(t.Context(), deliveries("a1", "a2", "a3")); err != nil {
			t.Fatal(err)
		}
	}
	got := hub.sent()
	if len(got) != 4 || got[0].id != got[2].id || got[1].id != got[3].id || got[0].id == got[1].id {
		t.Errorf("ids %s, %s, %s, %s: want the same for the same records only", got[0].id, got[1].id, got[2].id, got[3].id)
	}
	if string(got[0].body) != string(got[2].body) {
		t.Error("the same rows are written in different ways")
	}
}

func TestEnvelopes(t *testing.T) {
	raw := &output.Batch{Rows: []output.Row{{ID: "1", Raw: []byte(`{"a":1}`)}, {ID: "2", Raw: []byte(`{"a":2}`)}}}
	event := activityBatch(t, `{"time":"2026-01-02T03:04:05.0000000Z","resourceId":"/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G","operationName":"A/B/WRITE","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.OK","durationMs":5}`)
	const record = `{"time":"2026-01-02T03:04:05.0000000Z","resourceId":"/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G","operationName":"A/B/WRITE","category":"`
	for _, c := range []struct {
		envelope Envelope
		batch    *output.Batch
		want     string
	}{
		{Hub, event, `{"records":[` + record + `Administrative","resultType":"Success","resultSignature":"Succeeded.OK","durationMs":5}]}`},
		{HubProfile, event, `{"records":[` + record + `Write","resultType":"Success","resultSignature":"Succeeded.OK","durationMs":5,"location":"global"}]}`},
		{Hub, raw, `{"records":[{"a":1},{"a":2}]}`},
		{Lines, raw, "{\"a\":1}\n{\"a\":2}\n"},
		{Rows, deliveries("x"), `{"records":[{"Name":"x","Key":"x","_ItemId":"00000000-0000-0000-0000-000000000000"}]}`},
		{Lines, deliveries("x", "y"), `{"Name":"x","Key":"x","_ItemId":"00000000-0000-0000-0000-000000000000"}` + "\n" +
			`{"Name":"y","Key":"y","_ItemId":"00000000-0000-0000-0000-000000000001"}` + "\n"},
	} {
		hub := &memoryHub{limit: 1 << 20}
		out := hub.open(func(cfg *Config) { cfg.Envelope = c.envelope })
		if err := out.Deliver(t.Context(), c.batch); err != nil {
			t.Fatal(err)
		}
		if got := string(hub.sent()[0].body); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.envelope, got, c.want)
		}
	}
}

func TestWhatDoesNotFit(t *testing.T) {
	hub := &memoryHub{limit: 1 << 20}
	if err := hub.open(func(c *Config) { c.Envelope = Hub }).Deliver(t.Context(), deliveries("a")); !output.IsPermanent(err) {
		t.Errorf("another table in Azure's envelope: got %v, want a permanent error", err)
	}
	err := hub.open(func(c *Config) { c.PartitionKey = "Nope" }).Deliver(t.Context(), deliveries("a"))
	if !errors.Is(err, errNoColumn) || output.IsPermanent(err) {
		t.Errorf("a key that is no column: got %v, want an error that somebody can repair", err)
	}
}

// TestWithoutKeysBatchesGoAtTheSameTime: nothing is lost or sent twice.
func TestWithoutKeysBatchesGoAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &memoryHub{limit: 1 << 20, pause: func() { time.Sleep(time.Second) }}
		out := hub.open(func(c *Config) { c.Records, c.Parallel = 2, 3 })
		var want []string
		for i := range 20 {
			want = append(want, fmt.Sprintf("a%02d", i))
		}
		if err := out.Deliver(t.Context(), deliveries(want...)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range hub.sent() {
			got = append(got, namesIn(t, m.body)...)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) || hub.most != 3 {
			t.Errorf("got %v with %d sends at once, want %v and 3", got, hub.most, want)
		}
	})
}
