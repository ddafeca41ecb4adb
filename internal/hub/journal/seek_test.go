package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func mustOffset(t testing.TB, offset string, inclusive bool) Start {
	t.Helper()
	s, err := AtOffset(offset, inclusive)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// seekJournal holds events 0 to 59 in several segments, of which retention has
// removed the first; pairs of events have times one minute apart.
func seekJournal(t *testing.T) (j *Journal, events []Stored) {
	c := newClock()
	j = mustOpen(t, t.TempDir(), Options{Now: c.Now, SegmentBytes: 2 << 10, MaxBytes: 9 << 10})
	for i := range 30 {
		mustAppend(t, j, say(fmt.Sprint(2*i), strings.Repeat("x", 100)))
		c.advance(time.Minute)
	}
	if err := j.Retain(c.Now()); err != nil {
		t.Fatal(err)
	}
	events, _ = readAll(t, j, 0)
	if s := j.State(); s.Begin == 0 || s.Segments < 3 || events[0].Sequence != s.Begin || len(events) != int(60-s.Begin) {
		t.Fatalf("got %d events and %+v, want a beginning cut off and three segments", len(events), s)
	}
	return j, events
}

func TestSeek(t *testing.T) {
	j, events := seekJournal(t)
	begin := events[0].Sequence
	check := func(name string, start Start, want int64) {
		t.Helper()
		if got, err := j.Seek(start); got != want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", name, got, err, want)
		}
	}
	check("zero", Start{}, begin)
	check("earliest", Earliest(), begin)
	check("latest", Latest(false), 60)
	check("latest, inclusive", Latest(true), 59)
	check("offset -1", mustOffset(t, "-1", false), begin)
	check("offset @latest", mustOffset(t, "@latest", false), 60)
	check("offset @latest, inclusive", mustOffset(t, "@latest", true), 59)
	check("sequence before", AtSequence(0, false), begin)
	check("sequence before all", AtSequence(-1, false), begin)
	check("sequence at the end", AtSequence(59, false), 60)
	check("sequence next, inclusive", AtSequence(60, true), 60)
	check("offset before", mustOffset(t, "0", true), begin)
	check("time before", AtTime(noon.Add(-time.Hour), false), begin)
	check("time behind", AtTime(noon.Add(time.Hour), false), 60)
	for i, e := range events {
		n := e.Sequence
		check("sequence", AtSequence(n, false), n+1)
		check("sequence, inclusive", AtSequence(n, true), n)
		check("offset", mustOffset(t, e.Offset(), false), n+1)
		check("offset, inclusive", mustOffset(t, e.Offset(), true), n)
		check("offset just before, inclusive", mustOffset(t, strconv.FormatInt(e.Position-1, 10), true), n)
		if i < len(events)-1 {
			check("offset between", mustOffset(t, strconv.FormatInt(e.Position+1, 10), true), n+1)
		}
		first := max(n&^1, begin)
		check("time", AtTime(e.Enqueued, false), n&^1+2)
		check("time, inclusive", AtTime(e.Enqueued, true), first)
		check("time just before", AtTime(e.Enqueued.Add(-time.Millisecond), false), first)
	}
}

func TestSeekBeyond(t *testing.T) {
	j, events := seekJournal(t)
	last := events[len(events)-1]
	for _, c := range []struct {
		start Start
		want  BeyondError
	}{
		{AtSequence(60, false), BeyondError{"sequence number", "60", "59"}},
		{AtSequence(61, true), BeyondError{"sequence number", "61", "59"}},
		{AtSequence(1<<63-1, false), BeyondError{"sequence number", "9223372036854775807", "59"}},
		{mustOffset(t, strconv.FormatInt(last.Position+1, 10), true), BeyondError{"offset", strconv.FormatInt(last.Position+1, 10), last.Offset()}},
		{mustOffset(t, "9223372036854775807", false), BeyondError{"offset", "9223372036854775807", last.Offset()}},
	} {
		_, err := j.Seek(c.start)
		var got *BeyondError
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%+v: got %v, want %v", c.start, err, &c.want)
		}
	}
}

func TestSeekInEmpty(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{})
	for _, start := range []Start{
		Earliest(), Latest(false), Latest(true), AtSequence(-1, false), AtSequence(0, true), AtTime(noon, true), mustOffset(t, "-1", false),
	} {
		if got, err := j.Seek(start); got != 0 || err != nil {
			t.Errorf("%+v: got %d, %v, want 0", start, got, err)
		}
	}
	var beyond *BeyondError
	for _, start := range []Start{AtSequence(0, false), mustOffset(t, "0", true)} {
		if _, err := j.Seek(start); !errors.As(err, &beyond) || beyond.Last != "-1" {
			t.Errorf("%+v: got %v, want a BeyondError", start, err)
		}
	}
}

func TestAtOffsetRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "-2", "+1", "1.5", "0x10", "1_0", "latest", "9223372036854775808", "12:34:56"} {
		var e *OffsetError
		if _, err := AtOffset(text, false); !errors.As(err, &e) || e.Offset != text {
			t.Errorf("%q: got %v, want an OffsetError", text, err)
		}
	}
}
