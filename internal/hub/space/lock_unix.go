//go:build unix

package space

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A lock keeps other processes out of a namespace. The kernel drops it with
// the process, so a crash leaves nothing that blocks the next start; the text
// of the file only tells the other process who holds it.
type lock struct{ f *os.File }

// lockDir takes the lock of a namespace's folder, or returns an error that
// wraps ErrInUse and names the holder.
func lockDir(dir string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		defer f.Close() //nolint:errcheck // nothing was written
		return nil, inUse(dir, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	l := &lock{f}
	if err := l.sign(); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), l.release())
	}
	return l, nil
}

// sign writes who we are into the file.
func (l *lock) sign() error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt(fmt.Appendf(nil, "%d %s\n", os.Getpid(), strings.Join(os.Args, " ")), 0)
	return err
}

func inUse(dir, path string) error {
	text, err := os.ReadFile(path)
	pid, command, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if err != nil || !ok {
		pid, command = "unknown", "unknown"
	}
	return fmt.Errorf("%s: %w (pid %s: %s): stop that process, or choose another folder",
		dir, ErrInUse, pid, command)
}

func (l *lock) release() error { return l.f.Close() }
