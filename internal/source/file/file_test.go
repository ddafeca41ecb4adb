package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/source"
	"nephoscope/internal/source/file"
	"nephoscope/internal/source/sourcetest"
)

// line returns a storage record, with its line end, that no other number has.
func line(n int) string {
	return fmt.Sprintf(`{"time":"2026-02-03T04:05:%02dZ","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success","correlationId":"c-%d","filler":"%s"}`+"\n",
		n%60, n, strings.Repeat("x", 100))
}

func lines(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		b.WriteString(line(n))
	}
	return b.String()
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run ingests paths in small pieces and returns the reports by base name.
func run(t *testing.T, sink *sourcetest.Sink, paths ...string) map[string]file.Report {
	t.Helper()
	reports := map[string]file.Report{}
	s := file.New(sink, file.Options{
		Paths: paths, Decode: decode.Options{Block: 1000}, Batch: 4000,
		Done: func(r file.Report) { reports[filepath.Base(r.Path)] = r },
	})
	if err := s.Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	return reports
}

func TestSuite(t *testing.T) {
	plain := lines(0, 300)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(plain)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"lines":    plain,
		"gzip":     packed.String(),
		"envelope": `{"records":[` + strings.ReplaceAll(strings.TrimSpace(plain), "\n", ",") + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), "PT1H.json"), text)
			sourcetest.Run(t, sourcetest.Case{
				Records: 300,
				Open: func(_ *testing.T, positions source.Positions) source.Source {
					return file.New(positions, file.Options{Paths: []string{path}, Decode: decode.Options{Block: 1000}, Batch: 4000})
				},
			})
		})
	}
}

func TestRenamedFileAddsNothing(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	run(t, sink, write(t, filepath.Join(dir, "a.json"), lines(0, 100)))
	got := run(t, sink, write(t, filepath.Join(dir, "b.json"), lines(0, 100)))["b.json"]
	if got.Counts.Read != 100 || got.Counts.Duplicate != 100 || got.Resumed != 100 {
		t.Errorf("got %+v, want 100 read, all duplicates", got)
	}
	if len(sink.Records) != 100 {
		t.Errorf("got %d records, want 100", len(sink.Records))
	}
}

func TestGrowingFileGoesOn(t *testing.T) {
	sink := sourcetest.NewSink()
	path := filepath.Join(t.TempDir(), "PT1H.json")
	run(t, sink, write(t, path, lines(0, 100)))
	got := run(t, sink, write(t, path, lines(0, 130)))["PT1H.json"]
	if got.Resumed != 100 || got.Counts.Committed != 30 {
		t.Errorf("got %+v, want 100 passed over and 30 committed", got)
	}
	for record, n := range sink.Records {
		if n != 1 {
			t.Errorf("record %.80s arrived %d times, want once", record, n)
		}
	}
}

func TestHalfALineIsCompletedLater(t *testing.T) {
	sink := sourcetest.NewSink()
	path := filepath.Join(t.TempDir(), "PT1H.json")
	whole := lines(0, 50)
	run(t, sink, write(t, path, whole[:len(whole)-40]))
	run(t, sink, write(t, path, whole))
	if want := strings.TrimSpace(line(49)); sink.Records[want] != 1 {
		t.Errorf("the line that was half there arrived %d times, want once", sink.Records[want])
	}
}

func TestFilesThatBeginAlikeAreToldApart(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	head := lines(0, 20)
	for i := range 3 {
		run(t, sink, write(t, filepath.Join(dir, fmt.Sprint(i)), head+lines(100*(i+1), 100*(i+1)+10)))
	}
	if want := 20 + 3*10; len(sink.Records) != want {
		t.Errorf("got %d records, want %d", len(sink.Records), want)
	}
}

func TestDirectoriesAreReadInOrderWithoutHiddenFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a/z.json", ".hidden", ".git/config", "a/.x/y"} {
		write(t, filepath.Join(dir, name), "{}")
	}
	got, err := file.Expand([]string{dir, file.Stdin})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(dir, "a", "z.json"), filepath.Join(dir, "b.json"), file.Stdin}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
}

func TestStandardInputIsNeverPassedOver(t *testing.T) {
	sink := sourcetest.NewSink()
	for _, text := range []string{lines(0, 40), lines(0, 20) + lines(60, 80)} {
		s := file.New(sink, file.Options{Paths: []string{file.Stdin}, Stdin: strings.NewReader(text)})
		if err := s.Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
	}
	if want := 60; len(sink.Records) != want {
		t.Errorf("got %d records, want %d", len(sink.Records), want)
	}
}

func TestOneBadFileDoesNotKeepTheOthers(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	bad := write(t, filepath.Join(dir, "a.gz"), "\x1f\x8b\x08broken")
	good := write(t, filepath.Join(dir, "b.json"), lines(0, 10))
	var reports []file.Report
	s := file.New(sink, file.Options{Paths: []string{bad, good}, Done: func(r file.Report) { reports = append(reports, r) }})
	err := s.Run(t.Context(), sink.Deliver)
	if err == nil || !strings.Contains(err.Error(), "a.gz") {
		t.Errorf("got %v, want an error that names a.gz", err)
	}
	if len(reports) != 2 || reports[1].Counts.Committed != 10 {
		t.Errorf("got %+v, want the second file committed", reports)
	}
}

func TestMissingPath(t *testing.T) {
	s := file.New(sourcetest.NewSink(), file.Options{Paths: []string{filepath.Join(t.TempDir(), "none")}})
	err := s.Run(t.Context(), func(context.Context, *event.Batch) (event.Wait, error) { return nil, nil })
	if err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v, want an error that names the path", err)
	}
}
