package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"nephoscope/internal/simulate"
)

func newSimulate(env *Env) *cobra.Command {
	var opt simulate.Options
	var shape, out, end string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Write the activity of a made-up company",
		Long: "Simulate writes what a company's people, pipelines and platform do in Azure, with a few attacks hidden in it.\n" +
			"The same seed, end and number give the same bytes. Shapes: hub (messages of 100 records, one a line),\n" +
			"hub-profile (the same of a log profile), storage (one record a line), rest (pages of 200, one a line),\n" +
			"table (CSV), table-json.",
		Example: "  nephoscope simulate --shape hub --events 100000 --out events.json\n" +
			"  nephoscope simulate --shape table | head",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := simulate.ParseShape(shape)
			if err != nil {
				return usageError{err}
			}
			if opt.End, err = parseTime(end, env.Now()); err != nil {
				return usageError{err}
			}
			return writeSimulation(env, opt, s, out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&shape, "shape", string(simulate.ShapeHub), "hub, hub-profile, storage, rest, table or table-json")
	f.IntVar(&opt.Events, "events", simulate.DefaultEvents, "number of events")
	f.IntVar(&opt.Days, "days", simulate.DefaultDays, "number of days they spread over")
	f.Uint64Var(&opt.Seed, "seed", 1, "same seed, same company")
	f.StringVar(&end, "end", "now", "where the days end: now, 2026-01-31 or 2026-01-31T12:00:00Z")
	f.StringVarP(&out, "out", "o", "-", "file to write, - for standard output")
	return cmd
}

func writeSimulation(env *Env, opt simulate.Options, shape simulate.Shape, out string) error {
	company, err := simulate.New(opt)
	if err != nil {
		return usageError{err}
	}
	if out == "-" {
		buffered := bufio.NewWriter(env.Stdout)
		if err := renderCompany(buffered, company, shape); err != nil {
			return err
		}
		return buffered.Flush()
	}
	return writeCompany(out, company, shape)
}

// writeCompany writes all events of a company into a file.
func writeCompany(path string, company *simulate.Company, shape simulate.Shape) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create output: %w", err)
	}
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("close output: %w", closed)
		}
	}()
	return renderCompany(file, company, shape)
}

// renderCompany writes all events of a company.
func renderCompany(w io.Writer, company *simulate.Company, shape simulate.Shape) error {
	writer, err := simulate.NewWriter(w, shape)
	if err != nil {
		return err
	}
	for e := range company.Events() {
		if err := writer.Write(e); err != nil {
			return err
		}
	}
	return writer.Close()
}
