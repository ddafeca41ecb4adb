package file_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// packed returns text in gzip.
func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// forced ingests a file in a format.
func forced(t *testing.T, sink *sourcetest.Sink, format event.Format, path string) event.Counts {
	t.Helper()
	var counts event.Counts
	s := file.New(sink, file.Options{
		Paths: []string{path}, Decode: decode.Options{Format: format},
		Done: func(r file.Report) { counts = r.Counts },
	})
	if err := s.Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestSuite(t *testing.T) {
	plain := lines(0, 300)
	for name, text := range map[string]string{
		"lines":    plain,
		"gzip":     packed(t, plain),
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

// TestHalfARecordIsCompletedLater lets a file grow by pieces that end anywhere,
// so that often its last record is there in part only.
func TestHalfARecordIsCompletedLater(t *testing.T) {
	for name, whole := range map[string]string{
		"lines":    lines(0, 50),
		"one line": line(0),
		"envelope": `{"records":[` + strings.ReplaceAll(strings.TrimSpace(lines(0, 30)), "\n", ",") + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			sink := sourcetest.NewSink()
			path := filepath.Join(t.TempDir(), "PT1H.json")
			records := strings.Count(whole, "category")
			for size := 1; size < len(whole); size += 97 {
				run(t, sink, write(t, path, whole[:size]))
				rejects := 0
				for record := range sink.Records {
					if strings.HasPrefix(record, "reject ") {
						rejects++
					}
				}
				if rejects > 1 {
					t.Fatalf("at %d bytes: %d beginnings are held, want the last one at most", size, rejects)
				}
				again := run(t, sink, path)["PT1H.json"].Counts
				if again.Duplicate != again.Read {
					t.Fatalf("at %d bytes, again: got %+v, want duplicates only", size, again)
				}
			}
			got := run(t, sink, write(t, path, whole))["PT1H.json"].Counts
			if got.Read != int64(records) || len(sink.Records) != records {
				t.Errorf("got %d read and %d records, want %d", got.Read, len(sink.Records), records)
			}
			for record := range sink.Records {
				if strings.HasPrefix(record, "reject ") {
					t.Errorf("still held: %q", record)
				}
			}
		})
	}
}

func TestHeldBeginningStaysWhenTheFileGrowsByNothing(t *testing.T) {
	sink := sourcetest.NewSink()
	path := filepath.Join(t.TempDir(), "PT1H.json")
	half := lines(0, 3) + `{"time":"2026`
	run(t, sink, write(t, path, half))
	run(t, sink, write(t, path, half+"\n"))
	if sink.Records[`reject {"time":"2026`] == 0 {
		t.Errorf("got %v, want the beginning still held", sink.Records)
	}
}

func TestSmallFileKeepsItsPartition(t *testing.T) {
	sink := sourcetest.NewSink()
	path := filepath.Join(t.TempDir(), "PT1H.json")
	for _, text := range []string{"{}\n", "{}\n" + line(1), "{}\n" + lines(1, 4), "{}\n" + lines(1, 40)} {
		run(t, sink, write(t, path, text))
	}
	if len(sink.Partitions()) != 1 {
		t.Errorf("got partitions %q, want one", sink.Partitions())
	}
}

func TestPackedCopyAddsNothing(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	text := lines(0, 100)
	run(t, sink, write(t, filepath.Join(dir, "a.json"), text))
	got := run(t, sink, write(t, filepath.Join(dir, "a.json.gz"), packed(t, text)))["a.json.gz"]
	if got.Resumed != 100 || got.Counts.Read != 100 || sink.Records[strings.TrimSpace(line(5))] != 1 {
		t.Errorf("got %+v, want 100 passed over", got)
	}
	got = run(t, sink, write(t, filepath.Join(dir, "b.json.gz"), packed(t, text+lines(100, 120))))["b.json.gz"]
	if got.Counts.Committed != 20 {
		t.Errorf("grown: got %+v, want 20 committed", got)
	}
}

func TestWhatFollowsPackedDataIsNotLost(t *testing.T) {
	dir, sink := t.TempDir(), sourcetest.NewSink()
	text := lines(0, 100)
	plain := write(t, filepath.Join(dir, "a.json"), text)
	run(t, sink, plain)
	longer := write(t, filepath.Join(dir, "b.gz"), packed(t, text)+"more")
	for want := range 2 {
		got := run(t, sink, longer)["b.gz"].Counts
		if got.Read != 101 || sink.Records["reject more"] != want+1 {
			t.Errorf("got %+v and %d rejects, want 101 read and the reject", got, sink.Records["reject more"])
		}
	}
	if got := run(t, sink, plain)["a.json"]; got.Resumed != 100 || got.Counts.Read != 100 {
		t.Errorf("plain: got %+v, want 100 known", got)
	}
	if len(sink.Partitions()) != 1 {
		t.Errorf("got partitions %q, want one", sink.Partitions())
	}
}

func TestAnotherFormatReadsAgain(t *testing.T) {
	sink := sourcetest.NewSink()
	path := write(t, filepath.Join(t.TempDir(), "rows.csv"),
		"TimeGenerated,Caller,CorrelationId\n2026-02-03T04:05:06Z,a,c-1\n2026-02-03T04:05:07Z,b,c-2\n")
	if got := forced(t, sink, event.FormatTable, path); got.Committed != 2 {
		t.Errorf("as table: got %+v, want 2 committed", got)
	}
	if got := forced(t, sink, event.FormatTable, path); got.Duplicate != 2 || got.Committed != 0 {
		t.Errorf("as table again: got %+v, want it known", got)
	}
	if got := forced(t, sink, event.FormatHub, path); got.Duplicate != 0 || got.Read == 0 {
		t.Errorf("as hub: got %+v, want it read again", got)
	}
	if len(sink.Partitions()) != 1 {
		t.Errorf("got partitions %q, want one", sink.Partitions())
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
