package rules

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatcher changes files in every way and counts the calls, on a clock of
// the test's own.
func TestWatcher(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rules")
	file := filepath.Join(dir, "deep", "a.yaml")
	put := func(path, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls, ended := 0, make(chan error, 1)
		go func() {
			ended <- NewWatcher(0, dir).Run(ctx, true, func(context.Context) error { calls++; return nil })
		}()
		expect := func(what string, want int) {
			t.Helper()
			time.Sleep(4*defaultInterval + time.Millisecond) // of the fake clock
			synctest.Wait()
			if calls != want {
				t.Errorf("%s: got %d calls, want %d", what, calls, want)
			}
		}
		expect("the folder is missing", 1)
		put(file, "a")
		expect("folder and file appear", 2)
		expect("nothing happens", 2)
		put(file, "ab")
		expect("the file grows", 3)
		put(file+".new", "cd")
		if err := os.Chtimes(file+".new", time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
		expect("an editor replaces the file by one as long", 4)
		put(filepath.Join(dir, "readme.md"), "no rule")
		put(filepath.Join(dir, "a.cases.yaml"), "no rule")
		put(filepath.Join(dir, ".git", "a.yaml"), "no rule")
		expect("other files", 4)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		expect("all is deleted", 5)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v at the end", err)
		}
	})
}

// TestWatcherWaitsForTheEndOfACopy writes a file longer between all looks.
func TestWatcherWaitsForTheEndOfACopy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.json")
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("stop")
		seen := make(chan int64, 1)
		go func() {
			_ = NewWatcher(time.Second, file).Run(t.Context(), false, func(context.Context) error {
				info, err := os.Stat(file)
				if err != nil {
					return err
				}
				seen <- info.Size()
				return stop
			})
		}()
		time.Sleep(time.Millisecond) // of the fake clock: the first look is over
		for n := range 5 {
			if err := os.WriteFile(file, make([]byte, n+1), 0o644); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if got := <-seen; got != 5 {
			t.Errorf("got a call at %d bytes, want it at the end, at 5", got)
		}
	})
}
