package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A faultyDisk fails where it is told to. Its files are real.
type faultyDisk struct {
	osDisk

	mu     sync.Mutex
	opens  error
	names  error // of syncDir
	writes error // after half of the bytes
	syncs  error
	settle error
	counts map[string]int
}

type faultyFile struct {
	file
	d *faultyDisk
}

// fail sets what fails from now on; nil errors mend.
func (d *faultyDisk) fail(change func(d *faultyDisk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *faultyDisk) mend() {
	d.fail(func(d *faultyDisk) { d.opens, d.names, d.writes, d.syncs, d.settle = nil, nil, nil, nil, nil })
}

func (d *faultyDisk) happens(what string, err *error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counts == nil {
		d.counts = map[string]int{}
	}
	d.counts[what]++
	return *err
}

func (d *faultyDisk) open(path string, flags int) (file, error) {
	if flags&os.O_CREATE != 0 {
		if err := d.happens("open", &d.opens); err != nil {
			return nil, err
		}
	}
	f, err := d.osDisk.open(path, flags)
	if err != nil {
		return nil, err
	}
	return faultyFile{f, d}, nil
}

func (d *faultyDisk) syncDir(dir string) error {
	if err := d.happens("names", &d.names); err != nil {
		return err
	}
	return d.osDisk.syncDir(dir)
}

func (f faultyFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.d.happens("write", &f.d.writes); err != nil {
		n, _ := f.file.WriteAt(b[:len(b)/2], at)
		return n, err
	}
	return f.file.WriteAt(b, at)
}

func (f faultyFile) sync() error {
	if err := f.d.happens("sync", &f.d.syncs); err != nil {
		return err
	}
	return f.file.sync()
}

func (f faultyFile) settle(size int64) error {
	if err := f.d.happens("settle", &f.d.settle); err != nil {
		return err
	}
	return f.file.settle(size)
}

func openFaulty(t testing.TB, dir string, opt Options) (*Journal, *faultyDisk) {
	t.Helper()
	d := &faultyDisk{}
	j, err := open(dir, opt, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, d
}

// A directory is as durable as its name: one that is there may be of a process
// that died before it had made sure.
func TestOpenSyncsTheName(t *testing.T) {
	dir := t.TempDir() // there, and empty
	d := &faultyDisk{names: syscall.EIO}
	if j, err := open(dir, Options{}, d); !errors.Is(err, syscall.EIO) {
		t.Errorf("opened %v, %v, want %v", j, err, syscall.EIO)
	}
	d.mend()
	for range 2 {
		before := d.counts["names"]
		j, err := open(dir, Options{}, d)
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, j)
		if d.counts["names"] == before {
			t.Error("the name of the directory was not synced")
		}
	}
}

func wantFull(t *testing.T, j *Journal, b Batch, cause error) {
	t.Helper()
	if _, err := try(j, b); !errors.Is(err, ErrFull) || !errors.Is(err, cause) {
		t.Fatalf("got %v, want ErrFull and %v", err, cause)
	}
}

// TestDiskFails lets each step of an append fail in turn: the batch is refused,
// readers go on, and once the fault is mended all goes on as if nothing had
// been. A crash in between finds what was acknowledged.
func TestDiskFails(t *testing.T) {
	full := syscall.ENOSPC
	for _, c := range []struct {
		name     string
		fault    func(d *faultyDisk)
		segments int // afterwards
	}{
		{"write", func(d *faultyDisk) { d.writes = full }, 1},
		{"write, then truncate", func(d *faultyDisk) { d.writes, d.settle = full, syscall.EIO }, 2},
		{"write, then sync", func(d *faultyDisk) { d.writes, d.syncs = full, syscall.EIO }, 2},
		{"sync", func(d *faultyDisk) { d.syncs = full }, 2},
		{"sync, then truncate", func(d *faultyDisk) { d.syncs, d.settle = full, syscall.EIO }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, log := t.TempDir(), &logged{}
			j, disk := openFaulty(t, dir, Options{Logger: log.logger()})
			mustAppend(t, j, say("a"))
			disk.fail(c.fault)
			for range 3 {
				wantFull(t, j, say("b", "c"), full)
			}
			wantTexts(t, j, 0, "0:a")
			if s := j.State(); !errors.Is(s.Failing, full) || s.Last != 0 {
				t.Errorf("state while failing: %+v", s)
			}
			disk.mend()
			crash := mustOpen(t, copyDir(t, dir), Options{})
			if events, _ := readAll(t, crash, 0); !strings.HasPrefix(texts(events), "0:a") {
				t.Errorf("after a crash while failing: got %q", texts(events))
			}
			if p := mustAppend(t, j, say("d")); p.First != 1 {
				t.Errorf("after mending: got %+v, want number 1", p)
			}
			wantTexts(t, j, 0, "0:a 1:d")
			if s := j.State(); s.Failing != nil || s.Segments != c.segments {
				t.Errorf("state after mending: %+v, want %d segments", s, c.segments)
			}
			wantTexts(t, mustOpen(t, copyDir(t, dir), Options{}), 0, "0:a 1:d")
			if n := strings.Count(log.String(), "does not take events"); n != 1 || strings.Count(log.String(), "takes events again") != 1 {
				t.Errorf("logged the fault %d times:\n%s", n, log)
			}
		})
	}
}

// TestFailedSyncIsNotTrusted: what a sync that failed was for is never written
// behind again in the same file, whatever later syncs say.
func TestFailedSyncIsNotTrusted(t *testing.T) {
	dir := t.TempDir()
	j, disk := openFaulty(t, dir, Options{})
	mustAppend(t, j, say("a"))
	first := onlySegment(t, dir)
	before := mustReadFile(t, first)
	disk.fail(func(d *faultyDisk) { d.syncs, d.settle = syscall.EIO, syscall.EIO })
	wantFull(t, j, say("lost"), syscall.EIO)
	disk.mend()
	if len(mustReadFile(t, first)) == len(before) {
		t.Fatal("the file was cut; the test wants it not to be")
	}
	mustAppend(t, j, say("b"))
	wantTexts(t, mustOpen(t, copyDir(t, dir), Options{}), 0, "0:a 1:b")
}

// TestOpenSyncs: what a process wrote and did not live to sync is synced before
// readers see it.
func TestOpenSyncs(t *testing.T) {
	dir := crashed(t, Options{}, say("a"))
	if _, err := open(dir, Options{}, &faultyDisk{syncs: syscall.EIO}); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want EIO", err)
	}
	wantTexts(t, mustOpen(t, dir, Options{}), 0, "0:a")
}

// TestIndexAfterFailedSync: the next segment was begun, but the process died
// before it could cut the old one and write its index. Open does it.
func TestIndexAfterFailedSync(t *testing.T) {
	dir := crashed(t, Options{SegmentBytes: 1}, say("a"), say("b"))
	old := segmentFiles(t, dir)[0]
	b := mustReadFile(t, old)
	mustWriteFile(t, old, append(b[:len(b)-36], strings.Repeat("left over", 100)...))
	wantTexts(t, mustOpen(t, dir, Options{}), 0, "0:a 1:b")
	if got := mustReadFile(t, old); string(got) != string(b) {
		t.Errorf("the old segment has %d bytes, want %d", len(got), len(b))
	}
}

// TestRollFails lets each step of beginning a segment fail. Nothing is written
// into the old one any more, as the new one may lie on disk already.
func TestRollFails(t *testing.T) {
	for name, fault := range map[string]func(d *faultyDisk){
		"create":    func(d *faultyDisk) { d.opens = syscall.ENOSPC },
		"write":     func(d *faultyDisk) { d.writes = syscall.ENOSPC },
		"sync":      func(d *faultyDisk) { d.syncs = syscall.ENOSPC },
		"directory": func(d *faultyDisk) { d.names = syscall.ENOSPC },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, disk := openFaulty(t, dir, Options{SegmentBytes: 1})
			mustAppend(t, j, say("a"))
			disk.fail(fault)
			for range 3 {
				wantFull(t, j, say("b"), syscall.ENOSPC)
			}
			wantTexts(t, mustOpen(t, copyDir(t, dir), Options{}), 0, "0:a")
			disk.mend()
			mustAppend(t, j, say("c"))
			wantTexts(t, j, 0, "0:a 1:c")
			mustClose(t, j)
			if left, _ := filepath.Glob(filepath.Join(dir, "*"+newSuffix)); left != nil {
				t.Errorf("left behind: %v", left)
			}
			wantTexts(t, mustOpen(t, dir, Options{}), 0, "0:a 1:c")
		})
	}
}

// TestEmptySegmentSpoilt: a sync fails in a segment that holds no event yet;
// another takes its place.
func TestEmptySegmentSpoilt(t *testing.T) {
	dir := t.TempDir()
	j, disk := openFaulty(t, dir, Options{})
	r := j.Reader(0)
	defer r.Close()
	disk.fail(func(d *faultyDisk) { d.syncs = syscall.EIO })
	wantFull(t, j, say("a"), syscall.EIO)
	disk.mend()
	var p Page
	if err := r.Read(&p, 1<<10); err != nil || len(p.Events) != 0 {
		t.Fatalf("read: got %v, %v", p.Events, err)
	}
	mustAppend(t, j, say("b"))
	if err := r.Read(&p, 1<<10); err != nil || texts(p.Events) != "0:b" {
		t.Fatalf("read: got %q, %v", texts(p.Events), err)
	}
	if n := j.State().Segments; n != 1 {
		t.Errorf("got %d segments, want 1", n)
	}
	wantTexts(t, mustOpen(t, copyDir(t, dir), Options{}), 0, "0:b")
}

// TestFullGroupFailsAlike: all batches of a group that fails are refused, in
// order, and the next group starts where they would have.
func TestFullGroupFailsAlike(t *testing.T) {
	j, disk := openFaulty(t, t.TempDir(), Options{})
	disk.fail(func(d *faultyDisk) { d.writes = syscall.ENOSPC })
	j.writing.Lock() // so that they queue up
	var mu sync.Mutex
	var got []string
	var answered sync.WaitGroup
	for i := range 50 {
		answered.Add(1)
		err := j.Append(say("x"), func(_ Placed, err error) {
			defer answered.Done()
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprint(i, errors.Is(err, ErrFull)))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	j.writing.Unlock()
	answered.Wait()
	for i, text := range got {
		if text != fmt.Sprint(i, true) {
			t.Fatalf("answer %d: got %s", i, text)
		}
	}
	disk.mend()
	if p := mustAppend(t, j, say("y")); p.First != 0 {
		t.Errorf("got %+v, want number 0", p)
	}
}

// TestCloseWhileFailing closes a journal whose disk takes nothing.
func TestCloseWhileFailing(t *testing.T) {
	dir := t.TempDir()
	j, disk := openFaulty(t, dir, Options{})
	mustAppend(t, j, say("a"))
	disk.fail(func(d *faultyDisk) { d.writes = syscall.ENOSPC })
	if err := j.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
	wantTexts(t, mustOpen(t, dir, Options{}), 0, "0:a")
}
