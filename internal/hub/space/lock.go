package space

import (
	"errors"
	"fmt"

	"nephoscope/internal/dirlock"
)

// takeLock takes the lock of a namespace's folder. The error wraps ErrInUse
// and names the holder if there is one.
func takeLock(dir string) (*dirlock.Lock, error) {
	l, err := dirlock.Take(dir)
	if held := (*dirlock.HeldError)(nil); errors.As(err, &held) {
		return nil, fmt.Errorf("%s: %w (pid %s: %s): stop that process, or choose another folder", dir, ErrInUse, held.PID, held.Command)
	}
	return l, err
}
