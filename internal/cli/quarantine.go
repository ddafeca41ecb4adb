package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/decode"
	"nephoscope/internal/tables"
)

func newQuarantine(env *Env) *cobra.Command {
	cmd := group("quarantine", "List and replay records that could not be read")
	cmd.AddCommand(newQuarantineList(env), newQuarantineReplay(env))
	return cmd
}

// heldJSON is a held record as the command prints it.
type heldJSON struct {
	ID        string `json:"id"`
	Time      string `json:"time"`
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Source    string `json:"source"`
	Partition string `json:"partition"`
	Path      string `json:"path,omitempty"`
	Index     int64  `json:"index"`
	Offset    int64  `json:"offset"`
	Format    string `json:"format"`
	Table     string `json:"table,omitempty"`
	Raw       []byte `json:"rawBase64"`
	Header    string `json:"header,omitempty"`
}

func newQuarantineList(env *Env) *cobra.Command {
	var output string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List the records in quarantine, oldest first", Args: cobra.NoArgs,
		Long: "List shows what is in quarantine and why. With --output json every record is printed whole, one a line.\n" +
			"The table Quarantine can also be asked: nephoscope query 'Quarantine | summarize count() by Reason'.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			a, err := openApp(cmd, env, app.Options{Existing: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			return listHeld(cmd, env, a, output, limit)
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many to show in a table, 0 for all")
	return cmd
}

func listHeld(cmd *cobra.Command, env *Env, a *app.App, output string, limit int) error {
	g := newGrid("time", "reason", "where", "record", "at byte", "bytes", "detail and beginning").number(3, 4, 5)
	total, reasons := 0, map[decode.Reason]bool{}
	err := a.Held(cmd.Context(), func(q tables.QuarantineEntry) error {
		total++
		reasons[decode.Reason(q.Reason)] = true
		if output == "json" {
			return json.NewEncoder(env.Stdout).Encode(heldJSON{
				q.ID().String(), q.Time.String(), q.Reason, q.Detail, q.Source, q.Partition, q.Path, q.Index, q.Offset, q.Format, q.Table, q.Raw, q.Header,
			})
		}
		if limit == 0 || total <= limit {
			g.add(q.Time.Time().Format(secondLayout), q.Reason, cmp.Or(q.Path, q.Source+"/"+q.Partition), strconv.FormatInt(q.Index, 10),
				strconv.FormatInt(q.Offset, 10), strconv.Itoa(len(q.Raw)), oneLine(q.Detail+": "+beginning(q.Raw)))
		}
		return nil
	})
	if err != nil || output == "json" {
		return err
	}
	width := terminal(env.Stdout)
	g.print(env.Stdout, width)
	say(env.Stdout, "%s in quarantine, %d shown\n", plural(total, "record"), len(g.rows))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		say(env.Stdout, "%s: %s\n", reason, remedy(reason))
	}
	return nil
}

// remedy says what can be done about records refused for a reason.
func remedy(r decode.Reason) string {
	switch r {
	case decode.ReasonUnrouted:
		return "no table takes records of this kind; declare one (docs/reference/custom-tables.md), then 'nephoscope quarantine replay --tables FILE'"
	case decode.ReasonUnmappable:
		return "a table takes it but a column does not fit; mend the table, then 'nephoscope quarantine replay --tables FILE'"
	case decode.ReasonTruncated:
		return "the file ended within the record; ingest it again when it has grown, or fetch it again"
	case decode.ReasonTooLarge:
		return "only its beginning was kept; take the record from its file"
	case decode.ReasonEncoding:
		return "the bytes cannot be unpacked; fetch the file again"
	}
	return "the bytes are no record; mend the file and ingest it again, or ingest it with the right --format"
}

// beginning returns the first characters of a record.
func beginning(raw []byte) string {
	const most = 60
	if len(raw) <= most {
		return string(raw)
	}
	n := most
	for n > 0 && !utf8.RuneStart(raw[n]) {
		n--
	}
	return string(raw[:n]) + "…"
}

func newQuarantineReplay(env *Env) *cobra.Command {
	var reasons []string
	cmd := &cobra.Command{
		Use: "replay", Short: "Try the records in quarantine again", Args: cobra.NoArgs,
		Long: "Replay decodes every record in quarantine again. What works now, because the program has learned more or --tables\n" +
			"names a table that claims it, goes to its table; the rest stays where it is. It can be repeated.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			a, err := openApp(cmd, env, app.Options{Existing: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			report, err := a.Replay(cmd.Context(), reasons)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Stdout, "%s tried, %d replayed, %d still held\n", plural(report.Tried, "record"), report.Replayed, report.Held)
			return err
		},
	}
	addData(cmd)
	cmd.Flags().StringSliceVar(&reasons, "reason", nil, "only records refused for this reason, for example unrouted")
	return cmd
}
