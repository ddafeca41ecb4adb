package cli_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/hub/space"
)

// TestStreamTellsSubscriptionsApart lets the events of a company's subscriptions
// come through two hubs, in messages that mix them.
func TestStreamTellsSubscriptionsApart(t *testing.T) {
	const other = "other"
	s := newPreparedStream(t, 4, func(ns *space.Space) {
		if _, err := ns.Create(other, space.Settings{Partitions: 2}); err != nil {
			t.Fatal(err)
		}
	})
	logins := map[string]string{streamHub: s.login, other: strings.Replace(s.login, "EntityPath="+streamHub, "EntityPath="+other, 1)}
	s.configure(t, "name: first", fmt.Sprintf("name: second, connectionString: %q", logins[other]))
	s.read(t)

	sent, want := map[string]int{}, map[string]int{}
	subscription := regexp.MustCompile(`"resourceId":"(?i:/subscriptions)/([^/"]*)`)
	bodies := map[string][][]byte{}
	for body := range companyMessages(t, 30) {
		hub := []string{streamHub, other, other}[(sent[streamHub]+sent[other])%3]
		sent[hub]++
		bodies[hub] = append(bodies[hub], body)
		for _, found := range subscription.FindAllSubmatch(body, -1) {
			want[strings.ToLower(string(found[1]))]++
		}
	}
	if len(want) < 3 {
		t.Fatalf("the company has the subscriptions %v, want some", want)
	}
	for hub, login := range logins {
		s.sendTo(t, login, bodies[hub])
	}
	s.until(t, "all events", func() bool { return s.received("first") == sent[streamHub] && s.received("second") == sent[other] })
	s.drained(t)
	metrics := s.metrics(t)
	for hub, n := range sent {
		pattern := fmt.Sprintf(`nephoscope_records_read_total\{source="eventhub:[^"]*/%s/\$default"\} (\d+)`, hub)
		found := regexp.MustCompile(pattern).FindStringSubmatch(metrics)
		if found == nil || found[1] != strconv.Itoa(100*n) {
			t.Errorf("records of hub %s: got %v, want %d", hub, found, 100*n)
		}
	}
	s.serve.stop(t)
	got := map[string]int{}
	for row := range answers(t, filepath.Join(s.dir, "store"), "AzureActivity | summarize count() by SubscriptionId") {
		got[strings.ToLower(row[0].(string))] = int(row[1].(int64))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows by subscription (-want +got):\n%s", diff)
	}
}

// TestStreamPositionsAreSeparate: of two consumer groups each has its own, and
// one that was not read for a while goes on where it was.
func TestStreamPositionsAreSeparate(t *testing.T) {
	s := newPreparedStream(t, 4, func(ns *space.Space) {
		if err := ns.CreateGroup(streamHub, "apart"); err != nil {
			t.Fatal(err)
		}
	})
	for i, c := range []struct {
		sources     []string
		main, apart int // events that each receives
	}{
		{[]string{"name: main", "name: apart, consumerGroup: apart"}, 100, 100},
		{[]string{"name: main"}, 100, 0},
		{[]string{"name: renamed", "name: apart, consumerGroup: APART"}, 100, 200},
	} {
		s.configure(t, c.sources...)
		s.read(t)
		s.publishAll(t, 100*i, 100*i+100)
		main, _, _ := strings.Cut(strings.TrimPrefix(c.sources[0], "name: "), ",")
		s.until(t, "all events", func() bool { return s.received(main) >= c.main && s.received("apart") >= c.apart })
		s.drained(t)
		if got, apart := s.received(main), s.received("apart"); got != c.main || apart != c.apart {
			t.Errorf("start %d: %s received %d events and apart %d, want %d and %d", i, main, got, apart, c.main, c.apart)
		}
		s.serve.stop(t)
	}
	s.wantNumbers(t, 300)
}

// TestStreamSharedSourcesHandOver lets two sources share a hub: each has a half
// while both are there, and one has all at once when the other has gone, since
// whoever ends gives up what it has.
func TestStreamSharedSourcesHandOver(t *testing.T) {
	handOver(t, "two", func(p *process) { p.stop(t) })
}

// TestStreamSharedKill is the same when they are killed: then the other has to
// wait for the end of the term.
func TestStreamSharedKill(t *testing.T) {
	if setting(t, "NEPHOSCOPE_KILL_ROUNDS", 0) == 0 {
		t.Skip("it takes half a minute: 'make kill' runs it")
	}
	handOver(t, "one", func(p *process) { p.kill(t) })
}

// handOver lets two sources share a hub, ends both, and starts one again.
func handOver(t *testing.T, again string, end func(*process)) {
	t.Helper()
	s := newStream(t)
	s.share(t)
	end(s.serve)
	s.configure(t, "name: "+again+", shared: true")
	s.read(t)
	s.until(t, "the other takes all", func() bool { return s.reading(again) == 4 })
	s.publishAll(t, 400, 800)
	s.serve.stop(t)
	s.wantNumbers(t, 800)
}

// share lets two sources share the hub and 400 events.
func (s *stream) share(t *testing.T) {
	t.Helper()
	s.configure(t, "name: one, shared: true", "name: two, shared: true")
	s.read(t)
	s.until(t, "each has its half", func() bool { return s.reading("one") == 2 && s.reading("two") == 2 })
	s.publishAll(t, 0, 400)
}

// publishAll sends events with those numbers and waits until they are stored.
func (s *stream) publishAll(t *testing.T, from, to int) {
	t.Helper()
	if err := send(t.Context(), s.producer(t), numberedFrom(from, to-from)); err != nil {
		t.Fatal(err)
	}
	s.drainInto(t)
}

// wantNumbers wants each event to be in the store once.
func (s *stream) wantNumbers(t *testing.T, events int64) {
	t.Helper()
	if rows, different, _, _ := s.numbers(t); rows != events || different != events {
		t.Errorf("got %d rows, %d different, want each of %d events once", rows, different, events)
	}
}

// numberedFrom yields events of 2 KB with numbers of their own.
func numberedFrom(first, events int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		n := 0
		for body := range numbered(first + events) {
			if n++; n > first && !yield(body) {
				return
			}
		}
	}
}

// sendTo sends each body as a message, whatever its size.
func (s *stream) sendTo(t *testing.T, login string, bodies [][]byte) {
	t.Helper()
	p, err := azeventhubs.NewProducerClientFromConnectionString(login, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(t.Context()) }()
	for _, body := range bodies {
		batch, err := newBatch(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if err := batch.AddEventData(&azeventhubs.EventData{Body: body}, nil); err != nil {
			t.Fatal(err)
		}
		if err := p.SendEventDataBatch(t.Context(), batch, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// received counts the events that a source has got since the server started.
func (s *stream) received(source string) (n int) {
	for _, c := range s.states() {
		for _, p := range c.Partitions {
			if c.Name == source {
				n += int(p.Events)
			}
		}
	}
	return n
}

// reading counts the partitions that a source has.
func (s *stream) reading(source string) (n int) {
	for _, c := range s.states() {
		for _, p := range c.Partitions {
			if c.Name == source && p.State == "running" {
				n++
			}
		}
	}
	return n
}

// drained waits until no partition of any source has a lag.
func (s *stream) drained(t *testing.T) {
	t.Helper()
	s.until(t, "no lag", func() bool {
		for _, c := range s.states() {
			for _, p := range c.Partitions {
				if p.LagEvents == nil || *p.LagEvents > 0 {
					return false
				}
			}
		}
		return true
	})
}

// drainInto waits until the store has what the hub has, whichever source has
// brought it.
func (s *stream) drainInto(t *testing.T) {
	t.Helper()
	last := s.lasts(t)
	s.until(t, "that everything is in the store", func() bool {
		reached := map[string]bool{}
		for _, c := range s.states() {
			for _, p := range c.Partitions {
				if n := last[p.Partition]; n < 0 || p.Sequence != nil && *p.Sequence >= n {
					reached[p.Partition] = true
				}
			}
		}
		return len(reached) == len(last)
	})
}

// until waits for something that the server must come to.
func (s *stream) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(10 * time.Millisecond) { // between two looks at another process
		if time.Now().After(end) {
			t.Fatalf("%s: not yet after two minutes: %+v\n%s", what, s.states(), s.serve.output())
		}
	}
}
