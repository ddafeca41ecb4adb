package hub

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// A served namespace is reachable on a loopback address.
type served struct {
	*Namespace
	addr string
	stop func() // ends serving and closes the namespace
}

// serve opens a namespace and serves it until the test ends.
func serve(t testing.TB, opt Options) *served {
	t.Helper()
	if opt.Space.Dir == "" {
		opt.Space.Dir = t.TempDir()
	}
	if opt.Space.Limits == (space.Limits{}) {
		opt.Space.Limits.Hubs = 1000
	}
	ns, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ns.Serve(ctx, ln) }()
	s := &served{Namespace: ns, addr: ln.Addr().String()}
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := ns.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

// hub makes a hub.
func (s *served) hub(t testing.TB, name string, partitions int) *space.Hub {
	t.Helper()
	h, err := s.Create(name, space.Settings{Partitions: partitions})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// policy makes a policy of the namespace, or of a hub if one is named.
func (s *served) policy(t testing.TB, hub, name string, rights access.Rights) access.Policy {
	t.Helper()
	p, err := s.AddPolicy(hub, name, rights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *served) root(t testing.TB) access.Policy {
	t.Helper()
	p, ok := s.Policies().Find(space.RootPolicy)
	if !ok {
		t.Fatal("the root policy is gone")
	}
	return p
}

// connection is the connection string of a policy, for plain AMQP or TLS.
func (s *served) connection(p access.Policy, plain bool) string {
	host, port, _ := net.SplitHostPort(s.addr)
	n, _ := strconv.Atoi(port)
	if !plain {
		host = "localhost" // some clients verify the name only
	}
	return access.ConnectionString{
		Host: host, Port: n, KeyName: p.Name, Key: p.PrimaryKey, Emulator: plain,
	}.Text()
}

// until waits for something to become true.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not come true", what)
		}
		time.Sleep(time.Millisecond) // between two looks at what another goroutine does
	}
}

// receivers is how many receivers a partition has.
func receivers(h *space.Hub, partition int) int { return h.Partitions()[partition].Seats.Count() }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wantText(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v: want an error with %q", err, word)
		}
	}
}
