//go:build unix

package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"nephoscope/internal/source/sourcetest"
)

func TestNamedPipeIsReadLikeStandardInput(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1) // the writer never waits for the test
	go func() { written <- os.WriteFile(pipe, []byte(lines(0, 40)), 0) }()
	run(t, sink, pipe)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if len(sink.Records) != 40 {
		t.Errorf("got %d records, want 40", len(sink.Records))
	}
	if got, _ := expand(t, "", dir); len(got) > 0 {
		t.Errorf("got %q below the directory, want nothing: a pipe could wait forever", got)
	}
}
