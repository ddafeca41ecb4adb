package dirlock

import (
	"errors"
	"os"
	"strconv"
	"testing"
)

func TestTake(t *testing.T) {
	dir := t.TempDir()
	l, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	var other *HeldError
	if _, err := Take(dir); !errors.As(err, &other) || other.Dir != dir || other.PID != strconv.Itoa(os.Getpid()) || other.Command == "" {
		t.Errorf("taken twice: got %v, want a *HeldError that names this process", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Take(dir)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Error(err)
	}
	if _, err := Take(dir + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v, want os.ErrNotExist", err)
	}
}
