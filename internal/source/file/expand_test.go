package file_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/event"
	"nephoscope/internal/source/file"
	"nephoscope/internal/source/sourcetest"
)

// expand returns the paths found, and apart from them those with an error.
func expand(t *testing.T, exclude string, paths ...string) (good, bad []string) {
	t.Helper()
	inputs, err := file.Expand(paths, exclude)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		if in.Err != nil {
			bad = append(bad, in.Path)
		} else {
			good = append(good, in.Path)
		}
	}
	return good, bad
}

func TestDirectoriesAreReadInOrderWithoutHiddenFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a/z.json", ".hidden", ".git/config", "a/.x/y"} {
		write(t, filepath.Join(dir, name), "{}")
	}
	got, _ := expand(t, "", dir, file.Stdin)
	want := []string{filepath.Join(dir, "a", "z.json"), filepath.Join(dir, "b.json"), file.Stdin}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadIsReported(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "b.json"), lines(0, 10))
	link, closed := filepath.Join(dir, "a.json"), filepath.Join(dir, "closed")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(closed, 0); err != nil {
		t.Fatal(err)
	}
	wantBad := []string{link, closed}
	if os.Geteuid() == 0 {
		wantBad = wantBad[:1] // nothing is closed to this user
	}
	files, bad := expand(t, "", dir)
	if diff := cmp.Diff([]string{good}, files) + cmp.Diff(wantBad, bad); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}

	sink := sourcetest.NewSink()
	err := file.New(sink, file.Options{Paths: []string{dir}}).Run(t.Context(), sink.Deliver)
	if err == nil || !strings.Contains(err.Error(), "a.json") {
		t.Errorf("got %v, want an error that names a.json", err)
	}
	if len(sink.Records) != 10 {
		t.Errorf("got %d records, want 10", len(sink.Records))
	}
}

func TestExcludedDirectory(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "b.json"), "{}")
	data := filepath.Join(dir, "data")
	write(t, filepath.Join(data, "2026", "x.db"), "{}")
	if got, _ := expand(t, data, dir); !cmp.Equal(got, []string{good}) {
		t.Errorf("got %q, want %s alone", got, good)
	}
}

func TestLinkToADirectoryIsFollowed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real", "b.json"), "{}")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if got, _ := expand(t, "", link); !cmp.Equal(got, []string{filepath.Join(link, "b.json")}) {
		t.Errorf("got %q, want the file behind the link", got)
	}
}

func TestMissingPath(t *testing.T) {
	s := file.New(sourcetest.NewSink(), file.Options{Paths: []string{filepath.Join(t.TempDir(), "none")}})
	err := s.Run(t.Context(), func(context.Context, *event.Batch) (event.Wait, error) { return nil, nil })
	if err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v, want an error that names the path", err)
	}
}
