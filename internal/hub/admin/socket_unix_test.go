//go:build unix

package admin

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// At no moment can others reach the socket, even if the process lets them have
// all that it makes and they can enter the folder.
func TestSocketIsNeverOpenToOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	umask := syscall.Umask(0)
	defer syscall.Umask(umask)
	path := filepath.Join(dir, socketName)
	var watcher sync.WaitGroup
	var end atomic.Bool
	watcher.Go(func() {
		for !end.Load() {
			if info, err := os.Lstat(path); err == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("the socket can be reached: %v", info.Mode())
				return
			}
		}
	})
	for range 200 {
		ln, err := listen(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
	}
	end.Store(true)
	watcher.Wait()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v, want the socket only", left, err)
	}
}
