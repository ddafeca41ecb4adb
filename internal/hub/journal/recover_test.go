package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyDir copies what lies in a directory now, as a crash of the process would
// leave it.
func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// crashed is a directory in which these batches have been appended one by one
// and the journal was not closed.
func crashed(t testing.TB, opt Options, batches ...Batch) string {
	t.Helper()
	dir := t.TempDir()
	j := mustOpen(t, dir, opt)
	defer mustClose(t, j)
	for _, b := range batches {
		mustAppend(t, j, b)
	}
	return copyDir(t, dir)
}

func onlySegment(t testing.TB, dir string) string {
	t.Helper()
	names := segmentFiles(t, dir)
	if len(names) != 1 {
		t.Fatalf("got %d segments, want 1", len(names))
	}
	return names[0]
}

func mustReadFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustWriteFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTornTail cuts the file at every byte of the last batch: it disappears
// whole, and what follows takes its place.
func TestTornTail(t *testing.T) {
	whole := mustReadFile(t, onlySegment(t, crashed(t, Options{}, say("a"), say("b", "c"))))
	start := len(mustReadFile(t, onlySegment(t, crashed(t, Options{}, say("a")))))
	dir := t.TempDir()
	path := segmentPath(dir, 0)
	for size := start; size <= len(whole); size++ {
		mustWriteFile(t, path, whole[:size])
		var log logged
		j := mustOpen(t, dir, Options{Logger: log.logger()})
		want, torn := "0:a", size-start
		if size == len(whole) {
			want, torn = "0:a 1:b 2:c", 0
		}
		wantTexts(t, j, 0, want)
		if told := strings.Contains(log.String(), fmt.Sprintf("bytes=%d\n", torn)); told != (torn > 0) {
			t.Fatalf("cut at %d of %d: logged %q", size, len(whole), log.String())
		}
		mustAppend(t, j, say("d"))
		mustClose(t, j)
		j = mustOpen(t, dir, Options{})
		if events, _ := readAll(t, j, 0); !strings.HasPrefix(texts(events), want) || textOf(events[len(events)-1]) != "d" {
			t.Fatalf("cut at %d, after another append: got %q", size, texts(events))
		}
		mustClose(t, j)
	}
}

// TestGarbageTail leaves other bytes behind the last event: they are cut off.
func TestGarbageTail(t *testing.T) {
	for name, tail := range map[string]string{
		"zeros":  strings.Repeat("\x00", 5000),
		"text":   strings.Repeat("no record at all ", 100),
		"magics": strings.Repeat("\xb5\x1c\xe7\x9d", 1000),
	} {
		dir := crashed(t, Options{}, say("a"), say("b", "c"))
		path := onlySegment(t, dir)
		mustWriteFile(t, path, append(mustReadFile(t, path), tail...))
		var log logged
		j := mustOpen(t, dir, Options{Logger: log.logger()})
		wantTexts(t, j, 0, "0:a 1:b 2:c")
		if !strings.Contains(log.String(), fmt.Sprintf("bytes=%d\n", len(tail))) {
			t.Errorf("%s: logged %q", name, log.String())
		}
		mustClose(t, j)
	}
}

// TestOtherSegmentsTail appends records of another journal: nothing about them
// is wrong but their salt.
func TestOtherSegmentsTail(t *testing.T) {
	a := crashed(t, Options{}, say("a"))
	b := mustReadFile(t, onlySegment(t, crashed(t, Options{}, say("x"), say("y"))))
	path := onlySegment(t, a)
	own := mustReadFile(t, path)
	mustWriteFile(t, path, append(own, b[len(own):]...))
	wantTexts(t, mustOpen(t, a, Options{}), 0, "0:a")
}

// TestBitFlips turns a bit of every byte, in turn, of a journal that was closed.
// What is hit is told as lost with its place, all else is there.
func TestBitFlips(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	want := []string{"0:a", "1:b", "2:c", "3:d"}
	mustAppend(t, j, say("a"))
	mustAppend(t, j, say("b", "c"))
	mustAppend(t, j, say("d"))
	mustClose(t, j)
	path := onlySegment(t, dir)
	whole := mustReadFile(t, path)
	lastEvent := len(whole) - recordHead
	for i := range whole {
		flipped := append([]byte(nil), whole...)
		flipped[i] ^= 1 << (i % 8)
		mustWriteFile(t, path, flipped)
		j := mustOpen(t, dir, Options{})
		events, damage := readAll(t, j, 0)
		got := texts(events)
		switch at := int64(i); {
		case at < headBytes || at >= int64(lastEvent):
			if got != strings.Join(want, " ") || damage != nil {
				t.Fatalf("byte %d of head or mark: got %q, %v", i, got, damage)
			}
		default:
			if len(damage) != 1 {
				t.Fatalf("byte %d: got %q, %v", i, got, damage)
			}
			d := damage[0]
			left := strings.Join(append(append([]string(nil), want[:d.First]...), want[d.Last+1:]...), " ")
			if got != left || d.First != d.Last || d.File != path || at < d.Offset || at >= d.Offset+d.Bytes {
				t.Fatalf("byte %d: got %q, %v", i, got, damage)
			}
			if j.State().Lost != 1 || j.State().Last != 3 {
				t.Fatalf("byte %d: got %+v", i, j.State())
			}
		}
		if p := mustAppend(t, j, say("e")); p.First != 4 {
			t.Fatalf("byte %d: the next event has number %d, want 4", i, p.First)
		}
		mustClose(t, j)
	}
}

// TestDamageBeforeATornTail damages an event that was acknowledged, and leaves
// a batch half written: the first is lost and told, the second never was.
func TestDamageBeforeATornTail(t *testing.T) {
	dir := crashed(t, Options{}, say("a"), say("b"), say("c"), say("d", "e"))
	path := onlySegment(t, dir)
	b := mustReadFile(t, path)
	size := (len(b) - headBytes) / 5 // all events are of one size
	for _, at := range []int{headBytes + size + 3, headBytes + size + recordHead + 3} {
		damaged := append([]byte(nil), b[:len(b)-size/2]...)
		damaged[at] ^= 1
		mustWriteFile(t, path, damaged)
		j := mustOpen(t, dir, Options{})
		events, damage := readAll(t, j, 0)
		if got := texts(events); got != "0:a 2:c" || len(damage) != 1 || damage[0].First != 1 || damage[0].Last != 1 {
			t.Fatalf("damage at %d: got %q, %v", at, got, damage)
		}
		mustAppend(t, j, say("f"))
		if events, _ := readAll(t, j, 2); texts(events) != "2:c 3:f" {
			t.Fatalf("got %q", texts(events))
		}
		mustClose(t, j)
	}
}

// TestHoleInTheLastGroup has the power fail while a group is written, of which
// the disk wrote the end but not the middle: nothing of it was acknowledged,
// and everything from the hole on goes.
func TestHoleInTheLastGroup(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, dir, Options{})
	mustAppend(t, j, say("a"))
	j.commit([]pending{{batch: say("b")}, {batch: say("c", "d")}, {batch: say("e")}})
	wantTexts(t, j, 0, "0:a 1:b 2:c 3:d 4:e")
	path := onlySegment(t, dir)
	whole := mustReadFile(t, path)
	mustClose(t, j)
	events, _ := readAll(t, mustOpen(t, copyDir(t, dir), Options{}), 0)
	for i, want := range []string{"0:a", "0:a 1:b", "0:a 1:b", "0:a 1:b 2:c 3:d"} {
		torn := append([]byte(nil), whole...)
		from := headBytes + events[i+1].Position
		clear(torn[from : from+recordHead+int64(len(events[i+1].Wire))])
		mustWriteFile(t, path, torn)
		j := mustOpen(t, dir, Options{})
		wantTexts(t, j, 0, want)
		if lost := j.State().Lost; lost != 0 {
			t.Errorf("hole at event %d: %d events are told as lost", i+1, lost)
		}
		mustClose(t, j)
	}
}

// TestDamageInEndedSegments damages segments that are no longer the newest.
func TestDamageInEndedSegments(t *testing.T) {
	opt := Options{SegmentBytes: 1400}
	var batches []Batch
	for i := range 12 {
		batches = append(batches, say(fmt.Sprintf("%02d%s", i, strings.Repeat("z", 300))))
	}
	dir := crashed(t, opt, batches...)
	files := segmentFiles(t, dir)
	if len(files) < 4 {
		t.Fatalf("got %d segments, want more", len(files))
	}
	check := func(name string, dir string, damages int, lost string) {
		t.Helper()
		j := mustOpen(t, dir, opt)
		defer mustClose(t, j)
		events, damage := readAll(t, j, 0)
		got := map[int64]bool{}
		for _, e := range events {
			got[e.Sequence] = true
		}
		missing := ""
		for i := range int64(12) {
			if !got[i] {
				missing += fmt.Sprint(i, " ")
			}
		}
		if missing != lost || len(damage) != damages {
			t.Errorf("%s: got lost %q and %v, want %q", name, missing, damage, lost)
		}
		for n := int64(0); n <= 12; n++ { // from anywhere
			events, _ := readAll(t, j, n)
			want := 0
			for i := n; i < 12; i++ {
				if got[i] {
					want++
				}
			}
			if len(events) != want {
				t.Errorf("%s: got %d events from %d, want %d", name, len(events), n, want)
			}
		}
	}
	check("none", copyDir(t, dir), 0, "")
	damage := func(file int, change func(b []byte) []byte) string {
		copied := copyDir(t, dir)
		path := segmentFiles(t, copied)[file]
		mustWriteFile(t, path, change(mustReadFile(t, path)))
		return copied
	}
	check("a head of a record", damage(1, func(b []byte) []byte { b[headBytes+4]++; return b }), 1, "3 ")
	check("a body", damage(1, func(b []byte) []byte { b[headBytes+recordHead]++; return b }), 1, "3 ")
	check("the length of a record", damage(1, func(b []byte) []byte { b[headBytes+15]++; return b }), 1, "3 ")
	check("the last of the segment", damage(1, func(b []byte) []byte { b[headBytes+2*460+10]++; return b }), 1, "5 ")
	check("both heads", damage(1, func(b []byte) []byte { b[20]++; b[headCopy+20]++; return b }), 1, "3 4 5 ")
	check("the index", damage(1, func(b []byte) []byte { b[len(b)-1]++; return b }), 0, "")
	check("no index", damage(1, func(b []byte) []byte { return b[:len(b)-36] }), 0, "")
	check("a file cut short", damage(1, func(b []byte) []byte { return b[:headBytes+600] }), 1, "4 5 ")
	copied := copyDir(t, dir)
	if err := os.Remove(segmentFiles(t, copied)[1]); err != nil {
		t.Fatal(err)
	}
	check("a file removed", copied, 1, "3 4 5 ")
}

func TestNewestSegmentUnreadable(t *testing.T) {
	dir := crashed(t, Options{}, say("a"))
	path := onlySegment(t, dir)
	b := mustReadFile(t, path)
	b[20]++
	mustWriteFile(t, path, b)
	wantTexts(t, mustOpen(t, copyDir(t, dir), Options{}), 0, "0:a")
	b[headCopy+20]++
	mustWriteFile(t, path, b)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

// TestOtherVersion refuses what another program wrote, and leaves it alone.
func TestOtherVersion(t *testing.T) {
	dir := crashed(t, Options{}, say("a"))
	path := onlySegment(t, dir)
	b := mustReadFile(t, path)
	for _, copied := range [][]byte{b[:headCopy], b[headCopy:headBytes]} {
		copied[8] = 2
		sum := headCheck(copied)
		copied[12], copied[13], copied[14], copied[15] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	}
	mustWriteFile(t, path, b)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("got %v, want an error that names the version", err)
	}
}

// TestLeftovers: a segment that never got its name goes, other files stay.
func TestLeftovers(t *testing.T) {
	dir := crashed(t, Options{}, say("a"))
	unfinished := segmentPath(dir, 500) + newSuffix
	other := filepath.Join(dir, "notes.txt")
	mustWriteFile(t, unfinished, []byte("half"))
	mustWriteFile(t, other, []byte("mine"))
	wantTexts(t, mustOpen(t, dir, Options{}), 0, "0:a")
	if _, err := os.Stat(unfinished); !os.IsNotExist(err) {
		t.Errorf("unfinished segment: got %v, want it gone", err)
	}
	if string(mustReadFile(t, other)) != "mine" {
		t.Error("another file has changed")
	}
}
