//go:build linux

package journal

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRealDiskFull fills a small file system, and makes room again. It needs
// the right to mount one.
func TestRealDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mount a small file system: %v (only root may)", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	j, err := Open(dir+"/partition", Options{SegmentBytes: 512 << 10, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close() //nolint:errcheck // closed below if all goes well
	last := int64(-1)
	for {
		p, err := try(j, say(strings.Repeat("f", 10_000)))
		if err != nil {
			if !errors.Is(err, ErrFull) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("got %v, want ErrFull and ENOSPC", err)
			}
			break
		}
		last = p.Last
	}
	if last < 150 {
		t.Fatalf("got %d events into 2 MiB", last+1)
	}
	if events, damage := readAll(t, j, 0); len(events) != int(last+1) || damage != nil {
		t.Fatalf("while full: got %d events and %v, want %d", len(events), damage, last+1)
	}
	mustRetain(t, j, noon)
	if p := mustAppend(t, j, say("room")); p.First != last+1 {
		t.Fatalf("after making room: got %+v, want %d", p, last+1)
	}
	mustClose(t, j)
	j = mustOpen(t, dir+"/partition", Options{})
	events, damage := readAll(t, j, 0)
	if damage != nil || textOf(events[len(events)-1]) != "room" || events[len(events)-1].Sequence != last+1 {
		t.Fatalf("reopened: got %d events and %v", len(events), damage)
	}
	mustClose(t, j)
}
