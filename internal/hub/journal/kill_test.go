package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

const childVariable = "NEPHOSCOPE_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		appendUntilKilled(dir)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// killOptions make segments end every few batches.
func killOptions() Options { return Options{SegmentBytes: 256 << 10} }

// appendUntilKilled is the child of TestKill: four senders append batches, each
// waits for its answer and then reports it in a line of its own: the batch's
// first sequence number, sender and number.
func appendUntilKilled(dir string) {
	j, err := Open(dir, killOptions())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	round := j.State().Last
	failed := make(chan error)
	for sender := range 4 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%d.%d.%d", round, sender, n)
				p, err := try(j, killBatch(name))
				if err == nil {
					_, err = fmt.Fprintf(os.Stdout, "%d %s\n", p.First, name)
				}
				if err != nil {
					failed <- err
				}
			}
		}()
	}
	fmt.Fprintln(os.Stderr, <-failed)
}

// killBatch is the batch of a name: how many events, of which sizes, follows
// from it.
func killBatch(name string) Batch {
	d := rand.New(rand.NewPCG(uint64(len(name)), nameSeed(name)))
	n := 1 + d.IntN(5)
	all := make([]string, n)
	for i := range all {
		size := d.IntN(3000)
		if d.IntN(50) == 0 {
			size = d.IntN(300_000)
		}
		all[i] = fmt.Sprintf("%s/%d/%d/%s", name, i, n, bytes.Repeat([]byte{byte('a' + i)}, size))
	}
	return say(all...)
}

func nameSeed(name string) uint64 {
	seed := uint64(0)
	for _, c := range []byte(name) {
		seed = seed*131 + uint64(c)
	}
	return seed
}

// TestKill kills a process that appends, at random moments, again and again.
// After each kill every batch that was acknowledged must be there: once, whole,
// in its place and with its content; of the others, all or nothing.
// NEPHOSCOPE_KILL_ROUNDS sets the number of kills.
func TestKill(t *testing.T) {
	rounds := 20
	if text := os.Getenv("NEPHOSCOPE_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	} else if testing.Short() {
		rounds = 4
	}
	dir := t.TempDir()
	d := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	acknowledged := map[string]int64{} // name to first sequence number
	for range rounds {
		appendAndKill(t, dir, time.Duration(d.Float64()*float64(150*time.Millisecond)), acknowledged)
		checkKilled(t, dir, acknowledged)
	}
	t.Logf("%d kills, %d batches acknowledged", rounds, len(acknowledged))
}

// appendAndKill lets a child run until it has answered once and then for a
// while, and adds what it reported.
func appendAndKill(t *testing.T, dir string, after time.Duration, acknowledged map[string]int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	for first := true; ; first = false {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) { // what comes before it is half a line at most
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if first {
			timer.Reset(after)
		}
		number, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatalf("the child reports %q", line)
		}
		acknowledged[name] = n
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v\n%s", err, &stderr)
	}
}

func checkKilled(t *testing.T, dir string, acknowledged map[string]int64) {
	t.Helper()
	j, err := Open(dir, killOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, j)
	r := j.Reader(0)
	defer r.Close()
	check := wholeBatches{t: t, found: map[string]int64{}}
	for {
		var p Page
		if err := r.Read(&p, 1<<20); err != nil {
			t.Fatal(err)
		}
		if len(p.Events) == 0 {
			break
		}
		for _, e := range p.Events {
			check.event(e)
		}
	}
	if check.left > 0 {
		t.Fatalf("batch %s lacks %d events", check.name, check.left)
	}
	for name, first := range acknowledged {
		if got, ok := check.found[name]; !ok || got != first {
			t.Fatalf("batch %s was acknowledged at %d: got %d, %v", name, first, got, ok)
		}
	}
}

// wholeBatches goes over events in order.
type wholeBatches struct {
	t     *testing.T
	next  int64
	name  string // of the batch that is gone over
	left  int    // how many of its events are to come
	batch Batch
	found map[string]int64
}

func (c *wholeBatches) event(e Stored) {
	c.t.Helper()
	if e.Sequence != c.next {
		c.t.Fatalf("got event %d, want %d", e.Sequence, c.next)
	}
	c.next++
	if c.left == 0 {
		c.name, _, _ = strings.Cut(textOf(e), "/")
		if first, ok := c.found[c.name]; ok {
			c.t.Fatalf("batch %s is at %d and at %d", c.name, first, e.Sequence)
		}
		c.found[c.name] = e.Sequence
		c.batch = killBatch(c.name)
		c.left = len(c.batch.Events)
	}
	want := c.batch.Events[len(c.batch.Events)-c.left]
	if !bytes.HasSuffix(e.Wire, want.Body) {
		c.t.Fatalf("event %d is %.40q, want %.40q", e.Sequence, textOf(e), want.Body)
	}
	c.left--
}
