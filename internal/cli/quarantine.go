package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
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
	Index     int64  `json:"index"`
	Offset    int64  `json:"offset"`
	Format    string `json:"format"`
	Table     string `json:"table,omitempty"`
	Raw       []byte `json:"rawBase64"`
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
	g := newGrid("time", "reason", "source", "record", "bytes", "detail and beginning").number(3, 4)
	total := 0
	err := a.Held(cmd.Context(), func(q tables.QuarantineEntry) error {
		total++
		if output == "json" {
			return json.NewEncoder(env.Stdout).Encode(heldJSON{
				q.ID().String(), q.Time.String(), q.Reason, q.Detail, q.Source, q.Partition, q.Index, q.Offset, q.Format, q.Table, q.Raw,
			})
		}
		if limit == 0 || total <= limit {
			g.add(q.Time.Time().Format(secondLayout), q.Reason, q.Source, strconv.FormatInt(q.Index, 10),
				strconv.Itoa(len(q.Raw)), oneLine(q.Detail+": "+beginning(q.Raw)))
		}
		return nil
	})
	if err != nil || output == "json" {
		return err
	}
	width := terminal(env.Stdout)
	g.print(env.Stdout, width)
	say(env.Stdout, "%s in quarantine, %d shown\n", plural(total, "record"), len(g.rows))
	return nil
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
