package journal

import (
	"errors"
	"testing"
)

// FuzzOpen opens a directory whose two segments hold arbitrary bytes: it must
// open or refuse, read what there is without end or growth, take an event, and
// find it again.
func FuzzOpen(f *testing.F) {
	opt := Options{SegmentBytes: 600}
	dir := crashed(f, opt, from(1, 0, 0, say("a", "b", "c")), say("d"), say("e"))
	files := segmentFiles(f, dir)
	newest := mustReadFile(f, files[len(files)-1])
	oldest := mustReadFile(f, files[0])
	base, _ := segmentBase(files[len(files)-1][len(dir)+1:])
	f.Add(oldest, newest, []byte{}, uint16(0))
	f.Add(oldest, newest[:len(newest)-10], []byte{1}, uint16(headBytes+4))
	f.Add(oldest[:300], newest, []byte{0xff, 0xff, 0xff, 0xff}, uint16(headBytes+12))
	f.Add(newest, oldest, []byte{}, uint16(0))
	f.Add([]byte{}, []byte{}, []byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, old, young, over []byte, at uint16) {
		if int(at) < len(young) {
			young = append([]byte(nil), young...)
			copy(young[at:], over)
		}
		dir := t.TempDir()
		mustWriteFile(t, segmentPath(dir, 0), old)
		mustWriteFile(t, segmentPath(dir, base), young)
		j, err := Open(dir, opt)
		if err != nil {
			return
		}
		last := fuzzRead(t, j)
		p, err := try(j, say("new"))
		if err != nil {
			t.Fatal(err)
		}
		if p.First <= last {
			t.Fatalf("number %d was given again after %d", p.First, last)
		}
		for _, start := range []Start{AtTime(noon, true), AtSequence(0, true), {kind: fromOffset, value: 1}} {
			if _, err := j.Seek(start); err != nil && !errors.As(err, new(*BeyondError)) {
				t.Fatal(err)
			}
		}
		mustClose(t, j)
		j = mustOpen(t, dir, opt)
		if again := fuzzRead(t, j); again != p.First {
			t.Fatalf("the last event is %d, want %d", again, p.First)
		}
		mustClose(t, j)
	})
}

// fuzzRead reads all there is and returns the last sequence number.
func fuzzRead(t *testing.T, j *Journal) int64 {
	r := j.Reader(0)
	defer r.Close()
	last := int64(-1)
	for range 10_000 {
		var p Page
		err := r.Read(&p, 100)
		if err != nil && !errors.As(err, new(*DamageError)) {
			t.Fatal(err)
		}
		if err == nil && len(p.Events) == 0 {
			return last
		}
		for _, e := range p.Events {
			if e.Sequence <= last {
				t.Fatalf("event %d after %d", e.Sequence, last)
			}
			last = e.Sequence
		}
	}
	t.Fatal("reading does not end")
	return 0
}
