package hub

import (
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

// What the disk says names files: that is for the log, once in a while, and not
// for peers.
func TestPeersHearOfNoFiles(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "/secret/hubs/a/0/1.seg", Err: syscall.ENOSPC}
	torn := &fs.PathError{Op: "read", Path: "/secret/hubs/a/0/1.seg", Err: syscall.EIO}
	for name, c := range map[string]struct {
		err    error
		want   amqp.Symbol
		words  string
		logged bool
	}{
		"full":      {fmt.Errorf("%w: %w", journal.ErrFull, full), serverBusy, "disk does not take events", true},
		"no room":   {fmt.Errorf("create hub: %w", full), serverBusy, "disk does not take events", true},
		"broken":    {torn, amqp.InternalError, "error of its own", true},
		"busy":      {journal.ErrBusy, serverBusy, journal.ErrBusy.Error(), false},
		"too many":  {errIntake, serverBusy, errIntake.Error(), false},
		"one hub":   {fmt.Errorf("%w: there are 10 hubs", space.ErrLimit), amqp.ResourceLimitExceeded, "there are 10 hubs", false},
		"our words": {amqp.Errorf(amqp.NotFound, "no such hub"), amqp.NotFound, "no such hub", false},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			ns := &Namespace{opt: Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
			for range 2 {
				told := ns.tell(c.err)
				if told.Condition != c.want || !strings.Contains(told.Description, c.words) || strings.Contains(told.Description, "secret") {
					t.Errorf("told %s: %s, want %s: ...%s... without a path", told.Condition, told.Description, c.want, c.words)
				}
			}
			lines := strings.Count(log.String(), "\n")
			if c.logged && (lines != 1 || !strings.Contains(log.String(), "/secret/hubs/a/0/1.seg")) || !c.logged && lines != 0 {
				t.Errorf("the log of %v says:\n%s", c.err, log.String())
			}
		})
	}
}

// Faults of one kind are logged again after a while, those of another at once.
func TestFaultsAreLoggedSeldom(t *testing.T) {
	var r refusals
	now := time.Now()
	for i, c := range []struct {
		condition amqp.Symbol
		after     time.Duration
		want      bool
	}{
		{serverBusy, 0, true}, {serverBusy, faultEvery - 1, false}, {amqp.InternalError, faultEvery - 1, true}, {serverBusy, faultEvery, true},
	} {
		if got := r.due(c.condition, now.Add(c.after)); got != c.want {
			t.Errorf("%d: %s after %s: %v", i, c.condition, c.after, got)
		}
	}
}
