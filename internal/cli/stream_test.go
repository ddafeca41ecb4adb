package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/api"
	"nephoscope/internal/app"
	"nephoscope/internal/hub/space"
)

// A stream is a hub and a server that reads it, each in a process of its own.
type stream struct {
	dir    string
	config string // file of the server
	login  string // connection string of the hub
	hub    *process
	serve  *process
	api    string // address of the server's HTTP

	partitions int
}

const streamHub = "activity"

// newStream starts the hub, a new one of four partitions; read starts the
// server.
func newStream(t testing.TB) *stream {
	t.Helper()
	return newPreparedStream(t, 4, func(*space.Space) {})
}

// newPreparedStream is newStream with another number of partitions, and with
// whatever must be done to the namespace before it is served.
func newPreparedStream(t testing.TB, partitions int, prepare func(ns *space.Space)) *stream {
	t.Helper()
	s := &stream{dir: t.TempDir(), api: freeAddress(t), partitions: partitions}
	address, dir := freeAddress(t), filepath.Join(s.dir, "hub")
	ns, err := space.Open(space.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ns.Create(streamHub, space.Settings{Partitions: partitions}); err != nil {
		t.Fatal(err)
	}
	prepare(ns)
	root, _ := ns.Policies().Find(space.RootPolicy)
	if err := ns.Close(); err != nil {
		t.Fatal(err)
	}
	s.login = app.LocalConnectionString(address, root, streamHub).Text()
	s.config = filepath.Join(s.dir, "nephoscope.yaml")
	write(t, filepath.Join(s.dir, "login"), s.login)
	s.configure(t, "name: activity")
	s.hub = &process{args: []string{"hub", "serve", "--hub", dir, "--listen", address}, ready: "hub in"}
	s.serve = &process{args: []string{"serve", "--config", s.config}, ready: "serving"}
	s.hub.start(t)
	t.Cleanup(func() { s.hub.kill(t) })
	return s
}

// configure says what the server reads when it is started next: a source for
// each list of fields.
func (s *stream) configure(t testing.TB, sources ...string) {
	t.Helper()
	text := fmt.Sprintf("data: store\nlisten: %s\nrules: {builtin: false}\nsources:\n", s.api)
	for _, fields := range sources {
		if !strings.Contains(fields, "connectionString") {
			fields += ", connectionStringFile: " + filepath.Join(s.dir, "login")
		}
		text += "  - {type: eventhub, " + fields + "}\n"
	}
	write(t, s.config, text)
}

// read starts the server that reads the hub.
func (s *stream) read(t testing.TB) {
	t.Helper()
	s.serve.start(t)
	t.Cleanup(func() { s.serve.kill(t) })
}

// producer is an official client that does not give up.
func (s *stream) producer(t testing.TB) *azeventhubs.ProducerClient {
	t.Helper()
	p, err := azeventhubs.NewProducerClientFromConnectionString(s.login, "", &azeventhubs.ProducerClientOptions{
		RetryOptions: azeventhubs.RetryOptions{MaxRetries: 1 << 20, RetryDelay: 20 * time.Millisecond, MaxRetryDelay: 200 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return p
}

// send publishes events from next until it is closed, batch by batch, each
// until it was acknowledged.
func send(ctx context.Context, p *azeventhubs.ProducerClient, events func(yield func([]byte) bool)) error {
	var batch *azeventhubs.EventDataBatch
	flush := func() error {
		if batch == nil || batch.NumEvents() == 0 {
			return nil
		}
		for {
			err := p.SendEventDataBatch(ctx, batch, nil)
			if err == nil || ctx.Err() != nil {
				batch = nil
				return err
			}
		}
	}
	for body := range events {
		if batch == nil {
			var err error
			if batch, err = newBatch(ctx, p); err != nil {
				return err
			}
		}
		err := batch.AddEventData(&azeventhubs.EventData{Body: body}, nil)
		if err == nil && batch.NumEvents() < 200 {
			continue
		}
		full := err != nil
		if err := flush(); err != nil {
			return err
		}
		if !full {
			continue
		}
		if batch, err = newBatch(ctx, p); err != nil {
			return err
		}
		if err := batch.AddEventData(&azeventhubs.EventData{Body: body}, nil); err != nil {
			return err
		}
	}
	return flush()
}

// newBatch asks for the limits of a link, however often that takes.
func newBatch(ctx context.Context, p *azeventhubs.ProducerClient) (*azeventhubs.EventDataBatch, error) {
	for {
		batch, err := p.NewEventDataBatch(ctx, nil)
		if err == nil || ctx.Err() != nil {
			return batch, err
		}
	}
}

// states asks the server for its sources; nil while it does not answer.
func (s *stream) states() []api.Connector {
	answer, err := http.Get("http://" + s.api + "/api/v1/connectors")
	if err != nil {
		return nil
	}
	defer func() { _ = answer.Body.Close() }()
	var body struct{ Value []api.Connector }
	if json.NewDecoder(answer.Body).Decode(&body) != nil {
		return nil
	}
	return body.Value
}

// drain waits until the store has what the hub has.
func (s *stream) drain(t testing.TB) {
	t.Helper()
	last := s.lasts(t)
	deadline := time.Now().Add(5 * time.Minute)
	for time.Now().Before(deadline) {
		if s.reached(last) {
			return
		}
		time.Sleep(20 * time.Millisecond) // between two looks at another process
	}
	t.Fatalf("the source does not reach %v: %+v\n%s", last, s.states(), s.serve.output())
}

// lasts are the last sequence numbers of the hub, by partition.
func (s *stream) lasts(t testing.TB) map[string]int64 {
	t.Helper()
	p := s.producer(t)
	last := map[string]int64{}
	for i := range s.partitions {
		id := strconv.Itoa(i)
		properties, err := p.GetPartitionProperties(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		last[id] = properties.LastEnqueuedSequenceNumber
	}
	return last
}

// reached tells whether the store has all up to last.
func (s *stream) reached(last map[string]int64) bool {
	missing := len(last)
	for _, c := range s.states() {
		for _, p := range c.Partitions {
			if n := last[p.Partition]; n < 0 || p.Sequence != nil && *p.Sequence >= n {
				missing--
			}
		}
	}
	return missing == 0
}

// A process is the program in a process of its own.
type process struct {
	args  []string
	ready string // what it prints when it is
	cmd   *exec.Cmd
	ended chan struct{}

	mu  sync.Mutex
	out strings.Builder
}

// start starts it and waits until it is ready.
func (p *process) start(t testing.TB) {
	t.Helper()
	p.cmd, p.ended = exec.Command("nephoscope", p.args...), make(chan struct{})
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			_, _ = fmt.Fprintln(p, lines.Text())
			if strings.HasPrefix(lines.Text(), p.ready) {
				ready <- true
			}
		}
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	select {
	case <-ready:
	case <-p.ended:
		t.Fatalf("%v ended: %s", p.args, p.output())
	case <-time.After(time.Minute):
		t.Fatalf("%v is not ready after a minute: %s", p.args, p.output())
	}
}

// Write takes what the process prints.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(text)
}

// output is the end of what the process has printed.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.out.String()
	return text[max(0, len(text)-4000):]
}

// kill ends it with SIGKILL.
func (p *process) kill(testing.TB) {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// stop ends it in order.
func (p *process) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%v: got exit code %d, want 0: %s", p.args, code, p.output())
	}
}

// freeAddress is an address of loopback on which nobody listens now.
func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
