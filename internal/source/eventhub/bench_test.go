package eventhub

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/hub"
	"nephoscope/internal/hub/space"
	"nephoscope/internal/remote/remotetest"
)

// The benchmarks read a hub that runs in a process of its own, so that what is
// measured is the reader's.
//
//	go test -run '^$' -bench . -benchtime 3x ./internal/source/eventhub

// hubDir is the variable that makes the test binary serve a hub.
const hubDir = "NEPHOSCOPE_BENCH_HUB"

func TestMain(m *testing.M) {
	if dir := os.Getenv(hubDir); dir != "" {
		if err := serveUntilStdinEnds(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveUntilStdinEnds(dir string) error {
	ns, err := hub.Open(hub.Options{Space: space.Options{Dir: dir}})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // until it is closed
		cancel()
	}()
	fmt.Println(ln.Addr().(*net.TCPAddr).Port)
	if err := ns.Serve(ctx, ln); err != nil {
		return err
	}
	return ns.Close()
}

// A load is what a benchmark reads.
type load struct {
	name    string
	events  int
	records int // of each event
	body    []byte
	connect string
}

const benchPartitions = 4

func loads() []*load {
	record := fmt.Sprintf(`{"time":"2026-05-04T07:00:00Z","category":"Administrative","operationName":"A/B/WRITE","properties":{"pad":%q}}`, strings.Repeat("x", 1900))
	whole := fmt.Sprintf(`{"time":"2026-05-04T07:00:00Z","category":"Administrative","operationName":"A/B/WRITE","properties":{"pad":%q}}`, strings.Repeat("x", 2900))
	many := `{"records":[` + strings.Repeat(whole+",", 99) + whole + `]}`
	return []*load{
		{name: "2KB", events: 100_000, records: 1, body: []byte(record)},
		{name: "100records", events: 1_200, records: 100, body: []byte(many)},
	}
}

// fill makes a hub with the load, and then serves it from a process of its
// own.
func (l *load) fill(b *testing.B) {
	b.Helper()
	ns := remotetest.Serve(b)
	ns.Make(b, "hub", benchPartitions)
	login := ns.Root(b)
	for i := range benchPartitions {
		ns.Publish(b, "hub", i, bytesTimes(l.body, l.events/benchPartitions)...)
	}
	ns.Restart(b, func() { login.Port = servedElsewhere(b, ns.Dir()) })
	l.connect = login.Text()
}

func bytesTimes(body []byte, n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = body
	}
	return list
}

func servedElsewhere(b *testing.B, dir string) (port int) {
	b.Helper()
	copied := b.TempDir()
	if out, err := exec.Command("cp", "-r", dir+"/.", copied).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), hubDir+"="+copied), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	if _, err := fmt.Sscan(line, &port); err != nil {
		b.Fatal(err)
	}
	return port
}

// cpu is the time that this process has computed.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkReading(b *testing.B) {
	for _, l := range loads() {
		b.Run(l.name, func(b *testing.B) {
			l.fill(b)
			b.Run("source", func(b *testing.B) { l.measure(b, l.source) })
			b.Run("client", func(b *testing.B) { l.measure(b, l.client) })
		})
	}
}

// measure reads the whole load in each iteration.
func (l *load) measure(b *testing.B, read func(*testing.B)) {
	b.ReportAllocs()
	began := cpu(b)
	for b.Loop() {
		read(b)
	}
	n := float64(b.N * l.events)
	b.SetBytes(int64(l.events * len(l.body)))
	b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((cpu(b)-began).Microseconds())/n, "cpu-us/event")
	b.ReportMetric(0, "ns/op")
}

func (l *load) source(b *testing.B) {
	cfg := Default()
	cfg.ConnectionString, cfg.Hub = l.connect, "hub"
	s, err := New(nowhere{}, cfg, Options{UntilCaughtUp: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Run(b.Context(), taken); err != nil {
		b.Fatal(err)
	}
	events := int64(0)
	for _, p := range s.Partitions() {
		events += p.Events
	}
	if events != int64(l.events) {
		b.Fatalf("got %d events, want %d", events, l.events)
	}
}

// client reads as the library's documentation has it, one connection for each
// partition.
func (l *load) client(b *testing.B) {
	var group sync.WaitGroup
	for i := range benchPartitions {
		group.Go(func() {
			if err := l.partition(fmt.Sprint(i)); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
}

func (l *load) partition(id string) error {
	ctx, earliest := context.Background(), true
	c, err := azeventhubs.NewConsumerClientFromConnectionString(l.connect, "hub", "$Default", nil)
	if err != nil {
		return err
	}
	p, err := c.NewPartitionClient(id, &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Earliest: &earliest}, Prefetch: 1000})
	if err != nil {
		return err
	}
	for left := l.events / benchPartitions; left > 0; {
		events, err := p.ReceiveEvents(ctx, min(left, 500), nil)
		if err != nil {
			return err
		}
		for _, e := range events {
			if !bytes.Equal(e.Body[:9], l.body[:9]) {
				return fmt.Errorf("got %q", e.Body[:9])
			}
		}
		left -= len(events)
	}
	if err := p.Close(ctx); err != nil {
		return err
	}
	return c.Close(ctx)
}
