//go:build unix

// Package dirlock keeps a second process out of a folder. It stands beside the
// journey and knows nothing of what the folder holds.
//
// Invariant: the kernel drops the lock with the process, so a crash leaves
// nothing that blocks the next start.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// name is the file in the folder that is locked. Its text only tells others
// who holds it.
const name = "lock"

// A HeldError tells that another process has the folder, and which.
type HeldError struct {
	Dir          string
	PID, Command string // "unknown" if the file does not tell
}

// Error says who has the folder.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is held by pid %s: %s", e.Dir, e.PID, e.Command)
}

// A Lock is held until it is released or the process ends.
type Lock struct{ f *os.File }

// Take takes the lock of a folder, which must be there. The error is a
// *HeldError if another process has it.
func Take(dir string) (*Lock, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(held(dir, path), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	l := &Lock{f}
	if err := l.sign(); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), l.Release())
	}
	return l, nil
}

// sign writes who we are into the file.
func (l *Lock) sign() error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt(fmt.Appendf(nil, "%d %s\n", os.Getpid(), strings.Join(os.Args, " ")), 0)
	return err
}

func held(dir, path string) error {
	text, err := os.ReadFile(path)
	pid, command, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if err != nil || !ok {
		pid, command = "unknown", "unknown"
	}
	return &HeldError{dir, pid, command}
}

// Release lets others in.
func (l *Lock) Release() error { return l.f.Close() }
