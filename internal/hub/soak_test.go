package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/event"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
	"nephoscope/internal/source/eventhub"
)

// TestSoak lets hours pass by a clock that runs fast, with guests of all kinds
// at the hub and the product's own source reading it all the time. After each
// hour the short-lived guests leave, the clock stands still, and what the
// process holds is counted; after the last hour that must be what it was after
// the first. NEPHOSCOPE_SOAK, a duration, is what a day of 24 hours takes.
func TestSoak(t *testing.T) {
	hours, hour := 2, 4*time.Second
	if text := os.Getenv("NEPHOSCOPE_SOAK"); text != "" {
		day, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("NEPHOSCOPE_SOAK: %v", err)
		}
		hours, hour = 24, day/24
	}
	before := runtime.NumGoroutine()
	s := newSoak(t, hour)
	var first, last footprint
	for n := range hours {
		s.live(t)
		last = s.footprint(t, first.goroutines)
		t.Logf("hour %2d: %s; %s", n+1, last, s.done.String())
		if n == 0 {
			first = last
		}
	}
	last.compare(t, first)
	s.done.check(t)
	s.checkSource(t)
	s.leave(t)
	until(t, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= before })
}

const (
	soakHub = "hub"
	quiet   = 3 // the partition that nobody sends to
)

// A soak is a hub in fast time, with those of its guests who stay.
type soak struct {
	*served
	clock *fastClock
	hour  time.Duration // by the wall
	root  access.Policy
	done  deeds

	publisher, listener, slow *guest
	heard, crawled            *follower
	source                    *eventhub.Source
	stopSource                func() error
}

func newSoak(t *testing.T, hour time.Duration) *soak {
	s := &soak{clock: newFastClock(time.Hour, hour), hour: hour}
	s.served = serve(t, Options{
		Space:  space.Options{Now: s.clock.now, SegmentBytes: 256 << 10},
		Upkeep: hour / 400,
	})
	s.root = s.served.root(t)
	if _, err := s.Create(soakHub, space.Settings{Partitions: 4, Retention: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"follow", "crawl", "short", "epoch"} {
		if err := s.CreateGroup(soakHub, group); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range []**guest{&s.publisher, &s.listener, &s.slow} {
		var err error
		if *g, err = s.enter(nil); err != nil {
			t.Fatal(err)
		}
	}
	s.heard, s.crawled = &follower{group: "follow", credit: 100}, &follower{group: "crawl", credit: 1}
	s.startSource(t)
	return s
}

// live lets an hour pass.
func (s *soak) live(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.hour)
	defer cancel()
	s.clock.run()
	defer s.clock.stop()
	guests, ctx := errgroup.WithContext(ctx)
	for what, guest := range map[string]func(context.Context) error{
		"publisher": s.publish, "listener": s.listen, "slow reader": s.crawl,
		"guest whose token runs out": s.overstay, "idle guest": s.idle,
		"passing guests": s.passBy, "rude guests": s.breakOff, "rivals": s.rival,
	} {
		guests.Go(func() error {
			if err := guest(ctx); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		})
	}
	if err := guests.Wait(); err != nil {
		t.Fatal(err)
	}
}

// leave ends all who stayed, and the hub.
func (s *soak) leave(t *testing.T) {
	t.Helper()
	for _, g := range []*guest{s.publisher, s.listener, s.slow} {
		g.leave()
	}
	if err := s.stopSource(); !errors.Is(err, context.Canceled) {
		t.Errorf("source: %v, want context.Canceled", err)
	}
	s.stop()
}

// startSource reads the hub with the product's own source, whose clock is that
// of the wall: its signature is one for years.
func (s *soak) startSource(t *testing.T) {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	number, _ := strconv.Atoi(port)
	cfg := eventhub.Default()
	cfg.Hub, cfg.Watch = soakHub, time.Second
	cfg.ConnectionString = access.ConnectionString{
		Host: host, Port: number, Emulator: true,
		Signature: access.Sign("amqp://"+s.addr+"/"+soakHub, s.root.Name, s.root.PrimaryKey, time.Now().AddDate(5, 0, 0)),
	}.Text()
	ledger := &positions{tokens: map[string]string{}}
	var err error
	if s.source, err = eventhub.New(ledger, cfg, eventhub.Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1) // it never waits for the test
	go func() { ended <- s.source.Run(ctx, ledger.deliver) }()
	s.stopSource = func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
}

// calm tells that an hour is so long that nobody may miss an event that is
// kept for one: else a busy machine may stand still for longer.
func (s *soak) calm() bool { return s.hour >= 10*time.Second }

// received counts the events that the source has got, and those that it was
// too late for.
func (s *soak) received() (events, missed int64) {
	for _, p := range s.source.Partitions() {
		events, missed = events+p.Sequence+1-p.Missed, missed+p.Missed
	}
	return events, missed
}

// checkSource wants the source to have read on through it all. That its link to
// the quiet partition was detached every half an hour, and attached again, is
// the client library's to deal with.
func (s *soak) checkSource(t *testing.T) {
	t.Helper()
	for _, p := range s.source.Partitions() {
		if p.Restarts > 0 || p.Stalls > 0 {
			t.Errorf("source: %+v, want no restart", p)
		}
	}
}

// Positions are where the source stands.
type positions struct {
	mu     sync.Mutex
	tokens map[string]string
}

func (l *positions) Position(_ context.Context, _, partition string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tokens[partition], nil
}

func (l *positions) deliver(_ context.Context, b *event.Batch) (event.Wait, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tokens[b.Position.Partition] != b.Position.From {
		return nil, event.ErrMoved
	}
	l.tokens[b.Position.Partition] = b.Position.To
	return func() (event.Counts, error) { return event.Counts{}, nil }, nil
}

// Deeds count what the guests have done.
type deeds struct {
	sent, renewed, thrownOut, detached, visits, hungUp, takeovers, overtaken atomic.Int64
}

func (d *deeds) list() map[string]int64 {
	return map[string]int64{
		"events sent": d.sent.Load(), "tokens renewed": d.renewed.Load(), "tokens run out": d.thrownOut.Load(),
		"idle links detached": d.detached.Load(), "visits": d.visits.Load(), "hung up": d.hungUp.Load(),
		"takeovers": d.takeovers.Load(), "events lost to retention": d.overtaken.Load(),
	}
}

// String tells it in one line.
func (d *deeds) String() string { return strings.Trim(fmt.Sprint(d.list()), "map[]") }

// check wants that nothing of it was left out.
func (d *deeds) check(t *testing.T) {
	t.Helper()
	for what, n := range d.list() {
		if n == 0 {
			t.Errorf("%s: never", what)
		}
	}
}

// A footprint is what the process holds.
type footprint struct {
	goroutines, files, connections, links int

	heap uint64 // bytes, after garbage was collected
	kept int64  // bytes in the journals
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %.2f MB of heap, %d connections, %d links, %.2f MB in journals",
		f.goroutines, f.files, float64(f.heap)/1e6, f.connections, f.links, float64(f.kept)/1e6)
}

// footprint waits until the source has everything and the guests are gone, and
// for goroutines that are about to end, and counts.
func (s *soak) footprint(t *testing.T, goroutines int) footprint {
	t.Helper()
	until(t, "that the source has got all events", func() bool {
		events, missed := s.received()
		if s.calm() && missed > 0 {
			t.Fatalf("the source missed %d events, which were kept for %s", missed, s.hour)
		}
		return events+missed == s.done.sent.Load()
	})
	const stay = 3 + 4 + 1 // the guests who stay, a reader for each partition, and one who asks
	until(t, "that the guests are gone", func() bool { return s.Stats().Connections == stay })
	for end := time.Now().Add(5 * time.Second); goroutines > 0 && runtime.NumGoroutine() > goroutines && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // what is too many after that is a leak
	}
	runtime.GC()
	runtime.GC() // pools give up what they hold with the second one
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	stats := s.Stats()
	f := footprint{
		goroutines: runtime.NumGoroutine(), files: openFiles(t), connections: stats.Connections, links: stats.Links, heap: memory.HeapAlloc,
	}
	for _, p := range stats.Hubs[0].Partitions {
		f.kept += p.Bytes
	}
	return f
}

// openFiles counts the descriptors of the process, where that can be seen.
func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// compare wants no more than there was first. Journals keep whole segments, so
// they may hold some more.
func (f footprint) compare(t *testing.T, first footprint) {
	t.Helper()
	if f.goroutines > first.goroutines || f.files > first.files+2 || f.heap > first.heap+first.heap/10+1<<20 || f.links > first.links || f.kept > 2*first.kept {
		t.Errorf("at last: %s; after the first hour: %s: something leaks", f, first)
	}
}

// A fastClock runs at a multiple of the wall's pace, or stands still.
type fastClock struct {
	speed float64

	mu    sync.Mutex
	at    time.Time // what it showed at since
	since time.Time // zero while it stands still
}

// newFastClock makes an hour pass in the time that is given for it.
func newFastClock(hour, in time.Duration) *fastClock {
	return &fastClock{speed: float64(hour) / float64(in), at: time.Now().UTC()}
}

// in is what the clock makes of a time by the wall.
func (c *fastClock) in(wall time.Duration) time.Duration {
	return time.Duration(float64(wall) * c.speed)
}

func (c *fastClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.show()
}

func (c *fastClock) show() time.Time {
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Duration(float64(time.Since(c.since)) * c.speed))
}

func (c *fastClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = c.show(), time.Now()
}

func (c *fastClock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = c.show(), time.Time{}
}
