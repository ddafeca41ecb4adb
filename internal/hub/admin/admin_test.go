package admin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

// Everything can be done with a server and without one.
func TestClient(t *testing.T) {
	for _, running := range []bool{false, true} {
		t.Run(map[bool]string{false: "closed", true: "running"}[running], func(t *testing.T) {
			dir := t.TempDir()
			if running {
				serve(t, dir)
			}
			c := open(t, dir)
			if c.Running != running {
				t.Errorf("Running = %v, want %v", c.Running, running)
			}
			administer(t, c)
		})
	}
}

func open(t *testing.T, dir string) *Client {
	t.Helper()
	c, err := Open(t.Context(), space.Options{Dir: dir, Endpoint: endpoint()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func endpoint() access.ConnectionString { return access.ConnectionString{Host: "ns.example"} }

// serve opens a namespace and serves its socket until the test ends.
func serve(t *testing.T, dir string) *hub.Namespace {
	t.Helper()
	ns, err := hub.Open(hub.Options{Space: space.Options{Dir: dir, Endpoint: endpoint()}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, ns) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-served, ns.Close()); err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) { // between two knocks at the socket
		if c, err := dial(ctx, dir); err == nil {
			_ = c.Close()
			return ns
		}
	}
	t.Fatal("the socket does not answer")
	return nil
}

func administer(t *testing.T, c *Client) {
	ctx := t.Context()
	made, err := c.Create(ctx, NewHub{Name: "Hub", Partitions: 2, RetentionHours: 1.5, MaxBytes: 1 << 30})
	if err != nil || made.Name != "Hub" || made.RetentionHours != 1.5 || len(made.Partitions) != 2 {
		t.Errorf("Create = %+v, %v", made, err)
	}
	fails := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%v, want an error that wraps %q", err, want)
		}
	}
	_, err = c.Create(ctx, NewHub{Name: "hub"})
	fails(err, space.ErrHub)
	_, err = c.Create(ctx, NewHub{Name: "wide", Partitions: 1000})
	fails(err, space.ErrSettings)
	fails(c.CreateGroup(ctx, "nowhere", "g"), space.ErrNoHub)
	if err := c.CreateGroup(ctx, "hub", "g"); err != nil {
		t.Error(err)
	}
	fails(c.CreateGroup(ctx, "hub", "G"), space.ErrGroup)
	if err := c.DeleteGroup(ctx, "hub", "g"); err != nil {
		t.Error(err)
	}
	stats, err := c.Stats(ctx)
	if err != nil || len(stats.Hubs) != 1 || stats.Hubs[0].Partitions[1].Last != -1 {
		t.Errorf("Stats = %+v, %v", stats, err)
	}
	policies(t, c)
	if events, err := c.Peek(ctx, space.Peek{Hub: "hub", Partition: "0", Count: 5}); err != nil || len(events) != 0 {
		t.Errorf("Peek = %v, %v", events, err)
	}
	if _, err := c.Peek(ctx, space.Peek{Hub: "hub", Partition: "0", Count: 0}); err == nil || !strings.Contains(err.Error(), "1 to 1000") {
		t.Errorf("Peek of no event: %v", err)
	}
	if err := c.Delete(ctx, "HUB"); err != nil {
		t.Error(err)
	}
	fails(c.Delete(ctx, "hub"), space.ErrNoHub)
}

func policies(t *testing.T, c *Client) {
	ctx := t.Context()
	keys, err := c.Keys(ctx, "")
	if err != nil || len(keys) != 1 || keys[0].Name != space.RootPolicy {
		t.Fatalf("Keys = %v, %v", keys, err)
	}
	for _, name := range []string{"", "Hub"} {
		made, err := c.AddPolicy(ctx, name, NewPolicy{Name: "reader", Rights: access.Listen})
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := access.ParseConnectionString(made.Primary)
		want := access.ConnectionString{Host: "ns.example", KeyName: "reader", Key: made.PrimaryKey, EntityPath: name}
		if err != nil || parsed != want {
			t.Errorf("primary connection string %v, %v, want %v", parsed, err, want)
		}
		changed, err := c.Regenerate(ctx, name, "reader", "secondary")
		if err != nil || changed.PrimaryKey != made.PrimaryKey || changed.SecondaryKey == made.SecondaryKey ||
			!strings.Contains(changed.Secondary, changed.SecondaryKey) {
			t.Errorf("Regenerate changed the wrong key: %v", err)
		}
		if _, err := c.Regenerate(ctx, name, "reader", "third"); err == nil {
			t.Error("a third key was made")
		}
		if _, err := c.AddPolicy(ctx, name, NewPolicy{Name: "Reader", Rights: access.Send}); !errors.Is(err, access.ErrPolicyExists) {
			t.Errorf("AddPolicy = %v, want %v", err, access.ErrPolicyExists)
		}
		if err := c.RemovePolicy(ctx, name, "reader"); err != nil {
			t.Error(err)
		}
		if _, err := c.Regenerate(ctx, name, "reader", "primary"); !errors.Is(err, access.ErrPolicyUnknown) {
			t.Errorf("Regenerate = %v, want %v", err, access.ErrPolicyUnknown)
		}
	}
	if _, err := c.Keys(ctx, "nowhere"); !errors.Is(err, space.ErrNoHub) {
		t.Errorf("Keys = %v, want %v", err, space.ErrNoHub)
	}
}

func TestPeekAtRunningServer(t *testing.T) {
	dir := t.TempDir()
	ns := serve(t, dir)
	h, err := ns.Create("hub", space.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	batch := journal.Batch{Events: []journal.Event{{Body: wire.AppendData(nil, []byte("seen"))}}}
	if err := h.Partitions()[2].Append(batch, func(_ journal.Placed, err error) { done <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	events, err := open(t, dir).Peek(t.Context(), space.Peek{Hub: "hub", Partition: "2", Count: 10, First: true})
	if err != nil || len(events) != 1 || string(events[0].Body) != "seen" || events[0].Enqueued.IsZero() {
		t.Errorf("Peek = %+v, %v", events, err)
	}
}

// A socket that a dead server has left is no server, and no hindrance.
func TestStaleSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, socketName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, dir)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("the socket: %v, %v, want one for its owner only", info.Mode(), err)
	}
}

func TestLongPath(t *testing.T) {
	_, err := socketPath("/" + strings.Repeat("long", 30))
	if err == nil || !strings.Contains(err.Error(), "too long for a socket") {
		t.Errorf("socketPath = %v", err)
	}
}
