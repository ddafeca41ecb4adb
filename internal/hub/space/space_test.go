package space

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/journal"
)

func open(t *testing.T, opt Options) *Space {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = t.TempDir()
	}
	s, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func reopen(t *testing.T, s *Space) *Space {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, s.opt)
}

// put appends an event with a body and waits for the disk.
func put(t *testing.T, p *Partition, e journal.Event) {
	t.Helper()
	done := make(chan error, 1)
	err := p.Append(journal.Batch{Events: []journal.Event{e}}, func(_ journal.Placed, err error) { done <- err })
	if err == nil {
		err = <-done
	}
	if err != nil {
		t.Fatal(err)
	}
}

func body(text string) journal.Event { return journal.Event{Body: wire.AppendData(nil, []byte(text))} }

// Everything that was made is there after the next start.
func TestReopen(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Create("Insights-Operational-Logs", Settings{Partitions: 2, Retention: 3 * time.Hour, MaxBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateGroup("insights-operational-logs", "Audit"); err != nil {
		t.Fatal(err)
	}
	policy, err := s.AddPolicy(h.Name(), "sender", access.Send)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := s.Policies().Find(RootPolicy)
	put(t, h.Partitions()[1], body("kept"))

	s = reopen(t, s)
	again, err := s.Hub("INSIGHTS-operational-logs")
	if err != nil {
		t.Fatal(err)
	}
	if again.Name() != "Insights-Operational-Logs" || !again.Created().Equal(h.Created()) {
		t.Errorf("hub %q of %s, want the name and time it was made with", again.Name(), again.Created())
	}
	if diff := cmp.Diff(h.Settings(), again.Settings()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"$Default", "Audit"}, again.Groups()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got, ok := again.Policies().Find("SENDER"); !ok || got != policy {
		t.Errorf("policy %v, want %v", got, policy)
	}
	if got, ok := s.Policies().Find(RootPolicy); !ok || got != root || got.Rights != access.Manage {
		t.Errorf("root policy %v, want the first one", got)
	}
	if got := again.Partitions()[1].State().Last; got != 0 {
		t.Errorf("last sequence number %d, want 0", got)
	}
}

// The longest names that the service allows are possible, however they are
// written, and go again; each has a folder of its own.
func TestLongNames(t *testing.T) {
	s := open(t, Options{})
	var names []string
	for _, length := range []int{247, 248, 255, 256} {
		names = append(names, strings.Repeat("N", length-1)+"a", strings.Repeat("N", length-1)+"b")
	}
	for _, name := range names {
		h, err := s.Create(name, Settings{Partitions: 1})
		if err != nil {
			t.Fatalf("a name of %d characters: %v", len(name), err)
		}
		put(t, h.Partitions()[0], body(name))
		if _, err := s.Create(strings.ToLower(name), Settings{}); !errors.Is(err, ErrHub) {
			t.Errorf("a second hub of that name: %v, want %v", err, ErrHub)
		}
	}
	s = reopen(t, s)
	for _, name := range names {
		h, err := s.Hub(name)
		if err != nil || h.Name() != name || h.Partitions()[0].State().Last != 0 {
			t.Fatalf("a hub with %d characters after a restart: %v", len(name), err)
		}
		if err := s.Delete(name); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	left, err := os.ReadDir(s.hubsDir())
	if err != nil || len(left) > 0 {
		t.Errorf("the folder of the hubs holds %v, %v, want nothing", left, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	s := open(t, Options{Limits: Limits{Hubs: 2}})
	f := func(name string, settings Settings, want error) {
		t.Helper()
		if _, err := s.Create(name, settings); !errors.Is(err, want) {
			t.Errorf("Create(%q, %+v) = %v, want %v", name, settings, err, want)
		}
	}
	f("one", Settings{}, nil)
	f("ONE", Settings{}, ErrHub)
	f("many", Settings{Partitions: 33}, ErrSettings)
	f("short", Settings{Retention: time.Minute}, ErrSettings)
	f("long", Settings{Retention: 91 * 24 * time.Hour}, ErrSettings)
	f("small", Settings{MaxBytes: 1}, ErrSettings)
	f("two", Settings{Partitions: 32}, nil)
	f("three", Settings{}, ErrLimit)
	if _, err := s.Create("../escape", Settings{}); err == nil {
		t.Error("a name with a slash was taken")
	}
	if got := len(s.Hubs()[0].Partitions()); got != 4 {
		t.Errorf("%d partitions by default, want 4", got)
	}
}

func TestManyPartitions(t *testing.T) {
	s := open(t, Options{Limits: Limits{Partitions: 5000}})
	if _, err := s.Create("too-many", Settings{Partitions: 1025}); !errors.Is(err, ErrSettings) {
		t.Errorf("1025 partitions: %v, want %v", err, ErrSettings)
	}
	h, err := s.Create("many", Settings{Partitions: 256})
	if err != nil {
		t.Fatal(err)
	}
	if h.Partition("255") == nil || h.Partition("256") != nil || h.Partition("01") != nil || h.Partition("-1") != nil {
		t.Error("partitions are named 0 to 255, in decimal without zeros in front")
	}
}

// Many ask for the same hub at once: one makes it.
func TestEnsure(t *testing.T) {
	s := open(t, Options{})
	var all sync.WaitGroup
	hubs := make([]*Hub, 20)
	for i := range hubs {
		all.Go(func() {
			var err error
			if hubs[i], err = s.Ensure("first-event"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, h := range hubs {
		if h == nil || h != hubs[0] {
			t.Fatal("more than one hub was made")
		}
	}
}

func TestDelete(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Ensure("Gone")
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.Partitions()[0], body("gone too"))
	if err := s.Delete("gone"); err != nil {
		t.Fatal(err)
	}
	if !h.Deleted() {
		t.Error("Deleted = false")
	}
	if err := h.Partitions()[0].Append(journal.Batch{Events: []journal.Event{body("x")}}, nil); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("Append = %v, want %v", err, journal.ErrClosed)
	}
	if _, err := s.Hub("Gone"); !errors.Is(err, ErrNoHub) {
		t.Errorf("Hub = %v, want %v", err, ErrNoHub)
	}
	if err := s.Delete("gone"); !errors.Is(err, ErrNoHub) {
		t.Errorf("Delete = %v, want %v", err, ErrNoHub)
	}
	if again, err := s.Ensure("gone"); err != nil || again.Partitions()[0].State().Last != -1 {
		t.Errorf("a new hub of the name: %v; it must begin empty", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.hubsDir(), ".*")); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}

// What a crash left half made or half removed is gone after the next start.
func TestHalfMade(t *testing.T) {
	s := open(t, Options{})
	for _, name := range []string{makingName, goingName + "-of-before"} {
		if err := os.MkdirAll(filepath.Join(s.hubsDir(), name, "0"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s = reopen(t, s)
	if entries, err := os.ReadDir(s.hubsDir()); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
	if _, err := s.Ensure("a"); err != nil {
		t.Errorf("create a: %v", err)
	}
}

func TestGroups(t *testing.T) {
	s := open(t, Options{Limits: Limits{Groups: 3}})
	h, err := s.Ensure("hub")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []string{"one", "two"} {
		if err := s.CreateGroup("hub", g); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateGroup("hub", "three"); !errors.Is(err, ErrLimit) {
		t.Errorf("the fourth group: %v, want %v", err, ErrLimit)
	}
	for _, g := range []string{"ONE", "$default"} {
		if err := s.CreateGroup("hub", g); !errors.Is(err, ErrGroup) {
			t.Errorf("CreateGroup(%q) = %v, want %v", g, err, ErrGroup)
		}
	}
	if err := s.DeleteGroup("hub", "$DEFAULT"); err == nil {
		t.Error("$Default was deleted")
	}
	if err := s.DeleteGroup("hub", "One"); err != nil {
		t.Error(err)
	}
	if err := s.DeleteGroup("hub", "one"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("DeleteGroup = %v, want %v", err, ErrNoGroup)
	}
	if written, ok := h.Group("TWO"); !ok || written != "two" {
		t.Errorf("Group(TWO) = %q, %v", written, ok)
	}
}

func TestPolicies(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Ensure("hub")
	if err != nil {
		t.Fatal(err)
	}
	f := func(hub string, set func() access.Policies) {
		t.Helper()
		first, err := s.AddPolicy(hub, "reader", access.Listen)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddPolicy(hub, "Reader", access.Send); !errors.Is(err, access.ErrPolicyExists) {
			t.Errorf("AddPolicy = %v, want %v", err, access.ErrPolicyExists)
		}
		second, err := s.Regenerate(hub, "reader", access.Secondary)
		if err != nil || second.PrimaryKey != first.PrimaryKey || second.SecondaryKey == first.SecondaryKey {
			t.Errorf("Regenerate changed the wrong key: %v", err)
		}
		if got, _ := set().Find("reader"); got != second {
			t.Errorf("the policy is not the regenerated one")
		}
		if err := s.RemovePolicy(hub, "reader"); err != nil {
			t.Error(err)
		}
		if _, ok := set().Find("reader"); ok {
			t.Error("the policy is still there")
		}
	}
	f("", s.Policies)
	f("HUB", h.Policies)
	if _, err := s.AddPolicy("nowhere", "x", access.Send); !errors.Is(err, ErrNoHub) {
		t.Errorf("AddPolicy = %v, want %v", err, ErrNoHub)
	}
}

func TestConnectionString(t *testing.T) {
	s := open(t, Options{Endpoint: access.ConnectionString{Host: "ns.example", Port: 5672, Emulator: true}})
	if _, err := s.Ensure("hub"); err != nil {
		t.Fatal(err)
	}
	mine, err := s.AddPolicy("hub", RootPolicy, access.Listen)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := s.Policies().Find(RootPolicy)
	f := func(hub string, which access.Key, key string) {
		t.Helper()
		c, err := s.ConnectionString(hub, strings.ToUpper(RootPolicy), which)
		want := access.ConnectionString{Host: "ns.example", Port: 5672, KeyName: RootPolicy, Key: key, EntityPath: hub, Emulator: true}
		if err != nil || c != want {
			t.Errorf("ConnectionString = %v, %v, want %v", c, err, want)
		}
	}
	f("", access.Primary, root.PrimaryKey)
	f("", access.Secondary, root.SecondaryKey)
	f("hub", access.Secondary, mine.SecondaryKey)
	f("other", access.Primary, root.PrimaryKey)
	if _, err := s.ConnectionString("hub", "nobody", access.Primary); !errors.Is(err, access.ErrPolicyUnknown) {
		t.Errorf("ConnectionString = %v, want %v", err, access.ErrPolicyUnknown)
	}
}

func TestLock(t *testing.T) {
	s := open(t, Options{})
	_, err := Open(Options{Dir: s.Dir()})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("Open = %v, want %v with our process id", err, ErrInUse)
	}
	if info, err := os.Stat(s.namespacePath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with keys: %v, %v, want mode 0600", info.Mode(), err)
	}
}

// A file that cannot be read stops the start: half a namespace is none.
func TestDamagedFiles(t *testing.T) {
	f := func(path, text, part string) {
		t.Helper()
		s := open(t, Options{})
		if _, err := s.Ensure("hub"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(s.Dir(), path)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(Options{Dir: s.Dir()})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), part) {
			t.Errorf("Open = %v, want an error with %q and %q", err, path, part)
		}
	}
	f("namespace.json", "", "EOF")
	f("namespace.json", `{"version":1} {}`, "follows")
	f("namespace.json", `{"version":2}`, "version 2")
	f("hubs/hub/hub.json", `{"version":1,"colour":"red"}`, "colour")
	f("hubs/hub/hub.json", `{"version":1,"name":"../x"}`, "begins and ends")
}

func TestClosed(t *testing.T) {
	s := open(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create("late", Settings{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Create = %v, want %v", err, ErrClosed)
	}
	if _, err := s.AddPolicy("", "late", access.Send); !errors.Is(err, ErrClosed) {
		t.Errorf("AddPolicy = %v, want %v", err, ErrClosed)
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

// Old events go by the namespace's clock.
func TestRetain(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, Options{Now: func() time.Time { return now }})
	h, err := s.Create("hub", Settings{Retention: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.Partitions()[0], body("old"))
	now = now.Add(30 * time.Minute)
	if err := s.Retain(now); err != nil || h.Partitions()[0].State().Empty {
		t.Errorf("Retain = %v; the event is not old yet", err)
	}
	now = now.Add(31 * time.Minute)
	if err := s.Retain(now); err != nil || !h.Partitions()[0].State().Empty {
		t.Errorf("Retain = %v; the event is old", err)
	}
}

func TestPeek(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Ensure("hub")
	if err != nil {
		t.Fatal(err)
	}
	p := h.Partitions()[0]
	for i := range 5 {
		put(t, p, body(fmt.Sprint("event ", i)))
	}
	f := func(count int, first bool, want ...string) {
		t.Helper()
		events, err := s.Peek(Peek{Hub: "hub", Partition: "0", Count: count, First: first})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, string(e.Body))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Peek (-want +got):\n%s", diff)
		}
	}
	f(2, true, "event 0", "event 1")
	f(2, false, "event 3", "event 4")
	f(99, false, "event 0", "event 1", "event 2", "event 3", "event 4")
	if _, err := s.Peek(Peek{Hub: "hub", Partition: "4", Count: 1}); err == nil {
		t.Error("Peek into a partition that is not there")
	}
}

func TestPeekIsBoundedInBytes(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Create("hub", Settings{Partitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 1<<20)
	for range 40 {
		put(t, h.Partition("0"), body(large))
	}
	events, err := s.Peek(Peek{Hub: "hub", Partition: "0", Count: 40, First: true})
	if most := peekMost/len(large) + 1; err != nil || len(events) == 0 || len(events) > most {
		t.Errorf("got %d events of 1 MiB, %v, want 1 to %d", len(events), err, most)
	}
}

func TestPeekShowsAll(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Ensure("hub")
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.Partitions()[0], journal.Event{
		Annotations:     wire.AppendValue(wire.AppendSymbol(nil, "x-mine"), int32(7)),
		AnnotationPairs: 1,
		ApplicationProperties: wire.AppendSection(nil, wire.SectionApplicationProperties, wire.Map{
			{Key: "text", Value: "t"}, {Key: "id", Value: wire.UUID{1}}, {Key: "bytes", Value: []byte("b")},
		}),
		Body: wire.AppendSection(nil, wire.SectionValue, wire.Map{
			{Key: "list", Value: wire.List{int64(1), wire.Symbol("s"), nil}},
		}),
		PartitionKey: "key", HasPartitionKey: true,
	})
	events, err := s.Peek(Peek{Hub: "hub", Partition: "0", Count: 1})
	if err != nil || len(events) != 1 {
		t.Fatalf("Peek = %d events, %v", len(events), err)
	}
	got := events[0]
	got.Enqueued = time.Time{}
	want := Event{
		Offset: "0", Key: "key",
		Marks:      map[string]any{"x-mine": int32(7)},
		Properties: map[string]any{"text": "t", "id": "01000000-0000-0000-0000-000000000000", "bytes": []byte("b")},
		Value:      map[string]any{"list": []any{int64(1), wire.Symbol("s"), nil}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Peek (-want +got):\n%s", diff)
	}
}

func TestStats(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Create("hub", Settings{Partitions: 1, Retention: 36 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	put(t, h.Partitions()[0], body("one"))
	h.Partitions()[0].In.Add(1, 3)
	all := s.Stats()
	if len(all) != 1 || all[0].Name != "hub" || all[0].RetentionHours != 36 {
		t.Fatalf("Stats = %+v", all)
	}
	got := all[0].Partitions[0]
	if got.Begin != 0 || got.Last != 0 || got.Bytes == 0 || got.In != (Total{1, 3}) || got.ID != "0" {
		t.Errorf("Stats of the partition = %+v", got)
	}
}

func TestTurns(t *testing.T) {
	s := open(t, Options{})
	h, err := s.Ensure("hub")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		if got := h.Next().Index; got != i%4 {
			t.Errorf("turn %d is partition %d's", i, got)
		}
	}
}

// What a publisher sends never keeps people from looking at it.
func TestPlainIsJSON(t *testing.T) {
	for _, v := range []any{
		time.UnixMilli(math.MaxInt64), time.UnixMilli(math.MinInt64), time.Unix(0, 0), math.NaN(), float32(math.Inf(1)),
		wire.Map{{Key: []byte{0xff}, Value: wire.List{time.UnixMilli(1 << 60)}}},
		wire.Symbol("\xff"), wire.Char(-1),
	} {
		if _, err := json.Marshal(plain(v)); err != nil {
			t.Errorf("%#v: %v", v, err)
		}
	}
}

// A hub whose folder is gone does not take events any more, even if the disk did
// not say that it is gone for good.
func TestDeleteThatTheDiskDoesNotConfirm(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read every folder")
	}
	s := open(t, Options{})
	h, err := s.Create("hub", Settings{Partitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.hubsDir(), 0o300); err != nil { // it cannot be opened to be synced
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(s.hubsDir(), 0o700) })
	if err := s.Delete("hub"); err == nil {
		t.Error("Delete does not tell that the folder was not synced")
	}
	if _, err := s.Hub("hub"); !errors.Is(err, ErrNoHub) || !h.Deleted() {
		t.Errorf("the hub is still there: %v", err)
	}
	batch := journal.Batch{Events: []journal.Event{{Body: []byte("x")}}}
	if err := h.Partitions()[0].Append(batch, func(journal.Placed, error) {}); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("Append = %v, want %v", err, journal.ErrClosed)
	}
}
