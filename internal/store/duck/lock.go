package duck

import (
	"errors"
	"fmt"

	"nephoscope/internal/dirlock"
	"nephoscope/internal/store"
)

// takeLock takes the lock of a store's folder. The error wraps store.ErrInUse
// and names the holder if there is one.
func takeLock(dir string) (*dirlock.Lock, error) {
	l, err := dirlock.Take(dir)
	if held := (*dirlock.HeldError)(nil); errors.As(err, &held) {
		return nil, fmt.Errorf("%s: %w (pid %s: %s): stop that process, or choose another --data folder", dir, store.ErrInUse, held.PID, held.Command)
	}
	return l, err
}
