package journal

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func mustRetain(t testing.TB, j *Journal, now time.Time) {
	t.Helper()
	if err := j.Retain(now); err != nil {
		t.Fatal(err)
	}
}

func TestRetainByAge(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	opt := Options{Now: c.Now, Retention: 24 * time.Hour}
	j := mustOpen(t, dir, opt)
	r := j.Reader(0) // waits before all of it
	defer r.Close()
	for i := range 72 { // three days, an event an hour
		mustAppend(t, j, say(fmt.Sprint(i)))
		mustRetain(t, j, c.advance(time.Hour))
	}
	s := j.State()
	// A step of the retention time is three hours: that much more may be there.
	if kept := s.Last - s.Begin + 1; kept < 24 || kept > 24+4 || s.Segments > retainSteps+3 {
		t.Errorf("got %d events in %d segments, want a day's", kept, s.Segments)
	}
	var p Page
	if err := r.Read(&p, 1<<20); err != nil || p.Events[0].Sequence != s.Begin {
		t.Errorf("reader goes on at %v, %v, want %d", p.Events, err, s.Begin)
	}
	if n := len(segmentFiles(t, dir)); n != s.Segments {
		t.Errorf("got %d files, want %d", n, s.Segments)
	}

	last := j.State()
	mustRetain(t, j, c.advance(48*time.Hour)) // all of it is old
	s = j.State()
	want := State{
		Begin: 72, Last: 71, LastOffset: last.LastOffset, LastEnqueued: last.LastEnqueued, Empty: true, Segments: 1, Bytes: headBytes,
	}
	if s != want {
		t.Errorf("all old: got %+v, want %+v", s, want)
	}
	mustRetain(t, j, c.advance(48*time.Hour)) // nothing more to do
	mustClose(t, j)
	j = mustOpen(t, dir, opt)
	if s := j.State(); s != want {
		t.Errorf("reopened: got %+v, want %+v", s, want)
	}
	if n, err := j.Seek(Latest(true)); n != 72 || err != nil {
		t.Errorf("latest, inclusive: got %d, %v, want 72", n, err)
	}
	if p := mustAppend(t, j, say("next")); p.First != 72 || p.Enqueued != c.Now() {
		t.Errorf("got %+v, want number 72", p)
	}
	wantTexts(t, j, 0, "72:next")
}

func TestRetainBySize(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{SegmentBytes: 4 << 10, MaxBytes: 20 << 10})
	for range 200 {
		mustAppend(t, j, say(strings.Repeat("x", 300)))
		mustRetain(t, j, noon)
	}
	s := j.State()
	if s.Bytes > 20<<10 || s.Bytes < 14<<10 || s.Last != 199 {
		t.Errorf("got %+v, want up to 20 KiB", s)
	}
	onDisk := int64(0)
	for _, path := range segmentFiles(t, dir) {
		onDisk += int64(len(mustReadFile(t, path)))
	}
	if onDisk != s.Bytes {
		t.Errorf("state says %d bytes, files have %d", s.Bytes, onDisk)
	}
}

// TestRetainWithReaders removes segments under readers that stand at every
// event: each goes on at the first one kept, if its own is gone.
func TestRetainWithReaders(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{SegmentBytes: 1 << 10, MaxBytes: 4 << 10})
	var readers []*Reader
	for i := range 40 {
		mustAppend(t, j, say(fmt.Sprint(i, strings.Repeat(" ", 200))))
		r := j.Reader(int64(i))
		defer r.Close()
		var p Page
		if err := r.Read(&p, 1); err != nil || len(p.Events) != 1 { // one event and no more
			t.Fatalf("reader %d: got %v, %v", i, p.Events, err)
		}
		readers = append(readers, r)
	}
	mustRetain(t, j, noon)
	begin := j.State().Begin
	if begin < 20 {
		t.Fatalf("kept from %d on, want more gone", begin)
	}
	for i, r := range readers {
		want := max(int64(i)+1, begin)
		var p Page
		for want < 40 {
			if err := r.Read(&p, 512); err != nil || len(p.Events) == 0 {
				t.Fatalf("reader %d at %d: got %v, %v", i, want, p.Events, err)
			}
			for _, e := range p.Events {
				if e.Sequence != want {
					t.Fatalf("reader %d: got event %d, want %d", i, e.Sequence, want)
				}
				want++
			}
		}
		if err := r.Read(&p, 512); err != nil || len(p.Events) != 0 || r.Next() != 40 {
			t.Fatalf("reader %d at the end: got %v, %v", i, p.Events, err)
		}
	}
}

// TestRetainCannotRemove: a file that cannot be removed is told, and its
// events are gone for readers all the same.
func TestRetainCannotRemove(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{SegmentBytes: 1, MaxBytes: 1})
	mustAppend(t, j, say("a"))
	mustAppend(t, j, say("b"))
	first := segmentFiles(t, dir)[0]
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(first+"/x", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.Retain(noon); err == nil || !strings.Contains(err.Error(), first) {
		t.Errorf("got %v, want an error that names %s", err, first)
	}
	wantTexts(t, j, 0, "1:b")
}
