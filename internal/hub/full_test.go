//go:build linux

package hub

import (
	"errors"
	"testing"

	goamqp "github.com/Azure/go-amqp"
	"golang.org/x/sys/unix"

	"nephoscope/internal/hub/space"
)

// On a full disk publishers are told to try again later, receivers go on, and
// when there is room again so do publishers. It needs the right to mount a
// small file system.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("mount a small file system: %v (only root may)", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s := serve(t, Options{Space: space.Options{Dir: dir, SegmentBytes: 1 << 20}})
	h := s.hub(t, "hub", 1)
	session := s.dial(t, s.root(t))
	out := newSender(t, session, "hub", nil)
	in := newReceiver(t, session, reader("hub", 0), &goamqp.ReceiverOptions{Credit: 10})
	accepted := int64(0)
	var err error
	for ; err == nil && accepted < 1000; accepted++ {
		err = out.Send(soon(t), goamqp.NewMessage(make([]byte, 100_000)), nil)
	}
	accepted-- // the one that was refused
	wantCondition(t, err, "com.microsoft:server-busy")
	if got := s.Stats().Hubs[0].Partitions[0]; got.Failing == "" || got.Last != accepted-1 {
		t.Errorf("stats of the partition %+v, want a failure behind event %d", got, accepted-1)
	}
	for i := range accepted {
		if got := next(t, in).Annotations["x-opt-sequence-number"]; got != i {
			t.Fatalf("received event %v, want %d", got, i)
		}
	}
	// Who creates a hub now hears that it cannot be, and no half of it stays.
	if _, err := s.Create("another", space.Settings{}); err != nil && !errors.Is(err, unix.ENOSPC) {
		t.Errorf("Create = %v, want %v", err, unix.ENOSPC)
	}
	if err := s.Delete("another"); err != nil && !errors.Is(err, space.ErrNoHub) {
		t.Fatal(err)
	}

	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	if err := out.Send(soon(t), goamqp.NewMessage([]byte("room")), nil); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if m := next(t, in); string(m.GetData()) != "room" || h.Partitions()[0].State().Last != accepted {
		t.Errorf("received %q; the last event is %d, want %d", m.GetData(), h.Partitions()[0].State().Last, accepted)
	}
}
