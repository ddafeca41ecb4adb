package eventhub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/hub"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
	"nephoscope/internal/remote"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// activityBatch reads records of a hub as a batch of AzureActivity.
func activityBatch(t testing.TB, records string) *output.Batch {
	t.Helper()
	rows := schema.NewRows(tables.AzureActivity())
	m := event.Message{Body: []byte(records), Format: event.FormatHub}
	err := decode.New(decode.Options{}).Decode(&m, "test", "0", func(rec *event.Record) error { return rows.Table.Map(rec, rows) },
		func(r *decode.Reject) error { return errors.New(r.Detail) })
	if err != nil {
		t.Fatal(err)
	}
	return output.BatchOf(rows)
}

// all are the rights of who makes hubs and sends to them.
const all = access.Manage | access.Send | access.Listen

// open returns an output to the hub.
func open(t testing.TB, change func(*Config)) *Output {
	t.Helper()
	cfg := Default()
	cfg.Name = "test"
	change(&cfg)
	out, err := New(cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = out.Close(ctx) // the hub may be gone
	})
	return out
}

// busyHub refuses sends before they reach the hub.
type busyHub struct {
	publisher
	mu   sync.Mutex
	busy int
}

func (h *busyHub) send(ctx context.Context, b batch) error {
	h.mu.Lock()
	refuse := h.busy > 0
	h.busy--
	h.mu.Unlock()
	if refuse {
		return errTestBusy
	}
	return h.publisher.send(ctx, b)
}

// TestSuiteOverOurHub is the suite with Microsoft's client and a hub on the
// disk.
func TestSuiteOverOurHub(t *testing.T) {
	outputtest.Run(t, outputtest.Case{Real: true, Open: func(t *testing.T) outputtest.Rig {
		s := remotetest.ServeWith(t, hub.Options{MaxMessage: 4000})
		out := open(t, func(c *Config) {
			c.ConnectionString = s.Policy(t, "all", all).Text()
			c.Envelope, c.Hub, c.PartitionKey, c.Records, c.Follow = Rows, "rows", "Key", 3, []output.Selection{{Table: outputtest.Table().Name}}
		})
		busy := &busyHub{publisher: out.hub}
		out.hub = busy
		return outputtest.Rig{
			Output: out, TooLarge: 5000,
			Busy: func(n int) {
				busy.mu.Lock()
				defer busy.mu.Unlock()
				busy.busy = n
			},
			Received: func() (names []string) {
				for _, e := range s.Events(t, "rows") {
					names = append(names, namesIn(t, e.Body)...)
				}
				return names
			},
		}
	}})
}

// TestFirstEventMakesTheHub: a policy that may manage makes the hub that Azure
// would make, and its events are what was sent.
func TestFirstEventMakesTheHub(t *testing.T) {
	s := remotetest.Serve(t)
	login := s.Policy(t, "all", all).Text()
	record := `{"time":"2026-01-02T03:04:05.0000000Z","resourceId":"/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G","operationName":"A/B/WRITE","category":"Administrative","resultType":"Start"}`
	for envelope, name := range map[Envelope]string{Hub: azure.DiagnosticHub, HubProfile: azure.ProfileHub} {
		out := open(t, func(c *Config) { c.ConnectionString, c.Envelope, c.PartitionKey = login, envelope, SubscriptionKey })
		if err := out.Deliver(t.Context(), activityBatch(t, record)); err != nil {
			t.Fatal(err)
		}
		got := s.Events(t, name)
		if len(got) != 1 || got[0].Key != "s1" || !strings.HasPrefix(string(got[0].Body), `{"records":[{"time":"2026-01-02T03:04:05.0000000Z"`) {
			t.Errorf("%s: the hub %s has %+v, want the event with key s1", envelope, name, got)
		}
	}
}

func TestWaysIn(t *testing.T) {
	s := remotetest.Serve(t)
	root := s.Root(t)
	root.Emulator = false
	secure := root.Text()
	s.Make(t, "h", 4)
	file := filepath.Join(t.TempDir(), "login")
	if err := os.WriteFile(file, []byte(secure+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NEPHOSCOPE_TEST_LOGIN", secure+";EntityPath=h")
	for name, change := range map[string]func(*Config){
		"amqp":                            func(c *Config) { c.ConnectionString = secure },
		"websocket":                       func(c *Config) { c.ConnectionString, c.Transport = secure, remote.WebSocket },
		"a file":                          func(c *Config) { c.ConnectionStringFile = file },
		"a variable, which names the hub": func(c *Config) { c.ConnectionStringEnv, c.Hub = "NEPHOSCOPE_TEST_LOGIN", "" },
		"another endpoint": func(c *Config) {
			c.ConnectionString, c.CustomEndpoint = strings.Replace(secure, "localhost:"+strconv.Itoa(s.Port), "localhost", 1), s.Addr
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(s.Events(t, "h"))
			out := open(t, func(c *Config) {
				c.Hub, c.CAFile, c.Envelope, c.Follow = "h", s.CAFile(), Rows, []output.Selection{{Table: outputtest.Table().Name}}
				change(c)
			})
			if err := out.Deliver(t.Context(), deliveries("one")); err != nil {
				t.Fatal(err)
			}
			if n := len(s.Events(t, "h")); n != before+1 {
				t.Errorf("the hub has %d events more, want 1", n-before)
			}
		})
	}
}

// TestRefusals: what the hub refuses is told with what would help, and is not
// the rows' fault.
func TestRefusals(t *testing.T) {
	s := remotetest.Serve(t)
	s.Make(t, "h", 4)
	send, listen := s.Policy(t, "send", access.Send).Text(), s.Policy(t, "listen", access.Listen).Text()
	for _, c := range []struct {
		name, login, hub, want string
	}{
		{"no right to send", listen, "h", "Send right"},
		{"a wrong key", strings.Replace(send, "SharedAccessKey=", "SharedAccessKey=x", 1), "h", "Send right"},
		{"no hub, and no right to make it", send, "nothing", "Manage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := open(t, func(cfg *Config) {
				cfg.ConnectionString, cfg.Hub, cfg.Envelope, cfg.Follow = c.login, c.hub, Rows, []output.Selection{{Table: outputtest.Table().Name}}
			})
			err := out.Deliver(t.Context(), deliveries("one"))
			var refused *output.RefusedError
			if err == nil || output.IsPermanent(err) || errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that names %q and can be repaired", err, c.want)
			}
		})
	}
}
