package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/source/file"
)

// ingestMemory bounds the store's buffers while files are read. Nothing is
// asked meanwhile, and batches need their room beside them.
const ingestMemory = 192 << 20

func newIngest(env *Env) *cobra.Command {
	var format, output string
	var strict bool
	cmd := &cobra.Command{
		Use:   "ingest PATH...",
		Short: "Read files into the tables",
		Long: "Ingest reads activity logs from files, directories and standard input (-): REST pages, Event Hubs messages,\n" +
			"storage blobs, exported tables (CSV, JSON), compressed or not. The format is found out by itself. What was read\n" +
			"before is recognised; a run that was interrupted is continued by running it again. Records that cannot be read\n" +
			"are kept in the table Quarantine.",
		Example: "  nephoscope ingest exports/ insights-activity-logs/PT1H.json\n  az monitor activity-log list | nephoscope ingest -",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			f, err := parseFormat(format)
			if err != nil {
				return err
			}
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			return ingest(cmd, env, paths, f, output, strict)
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVar(&format, "format", "auto", "auto, rest, hub, storage or table")
	f.StringVar(&output, "output", "table", "table or json")
	f.BoolVar(&strict, "strict", false, "exit with 3 if anything went to quarantine")
	return cmd
}

func parseFormat(word string) (event.Format, error) {
	return event.Format(word), oneOfWords("format", word, "auto", "rest", "hub", "storage", "table")
}

func ingest(cmd *cobra.Command, env *Env, paths []string, format event.Format, output string, strict bool) error {
	ctx := cmd.Context()
	if err := file.Check(paths); err != nil {
		return err
	}
	a, err := openApp(cmd, env, app.Options{MemoryLimit: ingestMemory})
	if err != nil {
		return err
	}
	out := newIngestReport(env, output)
	progress := newProgress(env.Stderr)
	err = a.IngestFiles(ctx, file.Options{
		Paths: paths, Decode: decode.Options{Format: format}, Stdin: env.Stdin,
		Progress: func(path string, read, size int64) { progress.show(ingestLine(path, read, size)) },
		Done: func(r file.Report) {
			progress.clear()
			out.add(r)
		},
	})
	progress.clear()
	out.end()
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	if strict && out.total.Quarantined > 0 {
		return errFindings
	}
	return nil
}

func ingestLine(path string, read, size int64) string {
	if size == 0 {
		return fmt.Sprintf("%s: %s", path, megabytes(read))
	}
	return fmt.Sprintf("%s: %s of %s (%d %%)", path, megabytes(read), megabytes(size), read*100/size)
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB" }

// An ingestReport prints a line per file and a total.
type ingestReport struct {
	w      io.Writer
	json   bool
	began  time.Time
	now    func() time.Time
	total  event.Counts
	files  int
	failed int
}

func newIngestReport(env *Env, output string) *ingestReport {
	r := &ingestReport{w: env.Stdout, json: output == "json", began: env.Now(), now: env.Now}
	if !r.json {
		say(r.w, "%9s %9s %9s %11s  %-7s %s\n", "read", "committed", "duplicate", "quarantined", "format", "file")
	}
	return r
}

func (r *ingestReport) add(f file.Report) {
	r.files++
	r.total.Add(f.Counts)
	if f.Err != nil {
		r.failed++
	}
	if r.json {
		r.line(jsonReport{Path: f.Path, Format: formatOf(f.Counts), ingestCounts: countsOf(f.Counts), Error: text(f.Err)})
		return
	}
	note := ""
	switch {
	case f.Err != nil:
		note = "  (failed)"
	case f.Resumed > 0 && f.Resumed == f.Counts.Read:
		note = "  (known)"
	case f.Resumed > 0:
		note = "  (continued)"
	}
	r.row(f.Counts, formatOf(f.Counts), f.Path+note)
}

func (r *ingestReport) row(c event.Counts, format, what string) {
	say(r.w, "%9d %9d %9d %11d  %-7s %s\n", c.Read, c.Committed, c.Duplicate, c.Quarantined, format, what)
}

func (r *ingestReport) end() {
	if r.json {
		r.line(jsonTotal{Files: r.files, Failed: r.failed, ingestCounts: countsOf(r.total), Seconds: r.now().Sub(r.began).Seconds()})
		return
	}
	r.row(r.total, "", fmt.Sprintf("total of %s in %s", plural(r.files, "file"), r.now().Sub(r.began).Round(10*time.Millisecond)))
	if r.total.Quarantined > 0 {
		say(r.w, "Some records are in quarantine: 'nephoscope quarantine list' shows why.\n")
	}
}

type ingestCounts struct {
	Read        int64 `json:"read"`
	Committed   int64 `json:"committed"`
	Duplicate   int64 `json:"duplicate"`
	Quarantined int64 `json:"quarantined"`
}

func countsOf(c event.Counts) ingestCounts {
	return ingestCounts{c.Read, c.Committed, c.Duplicate, c.Quarantined}
}

type jsonReport struct {
	Path   string `json:"path"`
	Format string `json:"format"`
	ingestCounts
	Error string `json:"error,omitempty"`
}

type jsonTotal struct {
	Files  int `json:"files"`
	Failed int `json:"failed"`
	ingestCounts
	Seconds float64 `json:"seconds"`
}

func (r *ingestReport) line(v any) { _ = json.NewEncoder(r.w).Encode(v) }

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// formatOf names the shape of the records read: one of the shapes, mixed, or
// - if there was none.
func formatOf(c event.Counts) string {
	name := "-"
	for shape, n := range c.Shapes {
		switch {
		case n == 0:
		case name != "-":
			return "mixed"
		default:
			name = event.Shape(shape).String()
		}
	}
	return name
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
