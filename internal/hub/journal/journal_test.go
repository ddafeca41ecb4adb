package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// noon is where the clock of tests starts.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A clock moves when it is told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: noon} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// logged collects what a journal logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func mustOpen(t testing.TB, dir string, opt Options) *Journal {
	t.Helper()
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func mustClose(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// say is a batch of events with these texts as bodies.
func say(texts ...string) Batch {
	b := Batch{Events: make([]Event, len(texts))}
	for i, text := range texts {
		b.Events[i] = Event{Body: dataSection([]byte(text))}
	}
	return b
}

// dataSection is an AMQP data section.
func dataSection(data []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0x00, 0x53, 0x75, 0xb0}, uint32(len(data)))
	return append(b, data...)
}

// textOf is what say put into an event, without a closer look.
func textOf(s Stored) string {
	_, body, _ := bytes.Cut(s.Wire, []byte{0x00, 0x53, 0x75, 0xb0})
	return string(body[4:])
}

// try appends and waits for the answer.
func try(j *Journal, b Batch) (Placed, error) {
	type answer struct {
		placed Placed
		err    error
	}
	answers := make(chan answer, 1)
	if err := j.Append(b, func(p Placed, err error) { answers <- answer{p, err} }); err != nil {
		return Placed{}, err
	}
	a := <-answers
	return a.placed, a.err
}

func mustAppend(t testing.TB, j *Journal, b Batch) Placed {
	t.Helper()
	p, err := try(j, b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// readAll reads from a sequence number to the end, through damage.
func readAll(t testing.TB, j *Journal, from int64) (events []Stored, damage []*DamageError) {
	t.Helper()
	r := j.Reader(from)
	defer r.Close()
	for {
		var p Page // each with its own memory
		err := r.Read(&p, 4<<10)
		var d *DamageError
		switch {
		case errors.As(err, &d):
			damage = append(damage, d)
		case err != nil:
			t.Fatal(err)
		case len(p.Events) == 0:
			return events, damage
		}
		events = append(events, p.Events...)
	}
}

func texts(events []Stored) string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%d:%s", e.Sequence, textOf(e)))
	}
	return strings.Join(all, " ")
}

func wantTexts(t testing.TB, j *Journal, from int64, want string) {
	t.Helper()
	events, damage := readAll(t, j, from)
	if got := texts(events); got != want || damage != nil {
		t.Fatalf("from %d: got %q and damage %v, want %q", from, got, damage, want)
	}
}

func segmentFiles(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAppendReadReopen(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	j := mustOpen(t, dir, Options{Now: c.Now})
	empty := State{Begin: 0, Last: -1, LastOffset: "-1", Empty: true, Bytes: headBytes, Segments: 1}
	if got := j.State(); got != empty {
		t.Fatalf("new: got %+v, want %+v", got, empty)
	}
	if got := mustAppend(t, j, say("a", "b")); got != (Placed{First: 0, Last: 1, Enqueued: noon}) {
		t.Fatalf("first batch: got %+v", got)
	}
	later := c.advance(time.Second)
	if got := mustAppend(t, j, say("c")); got != (Placed{First: 2, Last: 2, Enqueued: later}) {
		t.Fatalf("second batch: got %+v", got)
	}
	wantTexts(t, j, 0, "0:a 1:b 2:c")
	before := j.State()
	mustClose(t, j)

	j = mustOpen(t, dir, Options{Now: c.Now})
	if got := j.State(); got != before {
		t.Fatalf("reopened: got %+v, want %+v", got, before)
	}
	mustAppend(t, j, say("d"))
	wantTexts(t, j, 1, "1:b 2:c 3:d")
	wantTexts(t, j, 4, "")
}

func TestEnqueuedTimeNeverGoesBack(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	j := mustOpen(t, dir, Options{Now: c.Now})
	mustAppend(t, j, say("a"))
	c.advance(-time.Hour)
	if got := mustAppend(t, j, say("b")).Enqueued; got != noon {
		t.Errorf("after the clock went back: got %v, want %v", got, noon)
	}
	mustClose(t, j)
	j = mustOpen(t, dir, Options{Now: c.Now})
	if got := mustAppend(t, j, say("c")).Enqueued; got != noon {
		t.Errorf("reopened: got %v, want %v", got, noon)
	}
}

func TestRefusedAtOnce(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{QueueBytes: 4096})
	_, empty := try(j, Batch{})
	_, large := try(j, say(strings.Repeat("x", 4096)))
	mustClose(t, j)
	_, closed := try(j, say("a"))
	if !errors.Is(empty, ErrEmpty) || !errors.Is(large, ErrTooLarge) || !errors.Is(closed, ErrClosed) {
		t.Errorf("got %v, %v, %v", empty, large, closed)
	}
}

func TestOpenOnce(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "open already") {
		t.Errorf("second Open: got %v", err)
	}
	mustClose(t, j)
	mustOpen(t, dir, Options{})
}

func TestChanged(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{})
	changed := j.Changed()
	select {
	case <-changed:
		t.Fatal("changed before anything came")
	default:
	}
	mustAppend(t, j, say("a"))
	<-changed
	changed = j.Changed()
	mustClose(t, j)
	<-changed
	<-j.Changed()
	r := j.Reader(0)
	defer r.Close()
	if err := r.Read(new(Page), 1<<10); !errors.Is(err, ErrClosed) {
		t.Errorf("read after close: got %v, want ErrClosed", err)
	}
}

func TestCloseAnswersWhatIsQueued(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	const n = 200
	var mu sync.Mutex
	var got []int64
	for range n {
		err := j.Append(say("x"), func(p Placed, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			got = append(got, p.First)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, j)
	if len(got) != n {
		t.Fatalf("got %d answers, want %d", len(got), n)
	}
	for i, first := range got {
		if first != int64(i) {
			t.Fatalf("answer %d is of event %d", i, first)
		}
	}
	j = mustOpen(t, dir, Options{})
	if events, _ := readAll(t, j, 0); len(events) != n {
		t.Errorf("got %d events, want %d", len(events), n)
	}
}

func TestSegmentsRoll(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{SegmentBytes: 4 << 10})
	var want []string
	for i := range 100 {
		text := fmt.Sprintf("event-%03d-%s", i, strings.Repeat("y", 200))
		mustAppend(t, j, say(text))
		want = append(want, fmt.Sprintf("%d:%s", i, text))
	}
	if n := j.State().Segments; n < 8 {
		t.Fatalf("got %d segments, want more", n)
	}
	check := func() {
		t.Helper()
		for _, from := range []int{0, 1, 17, 50, 99, 100} {
			wantTexts(t, j, int64(from), strings.Join(want[from:], " "))
		}
	}
	check()
	before := j.State()
	mustClose(t, j)
	j = mustOpen(t, dir, Options{SegmentBytes: 4 << 10})
	if got := j.State(); got != before {
		t.Errorf("reopened: got %+v, want %+v", got, before)
	}
	check()
}
