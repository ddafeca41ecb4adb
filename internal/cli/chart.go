package cli

import (
	"io"
	"os"
	"slices"
	"strings"

	"nephoscope/internal/chart"
	"nephoscope/internal/kql"
	"nephoscope/internal/store"
)

// draws tells whether the answer is drawn: the query asks for a chart that can
// be, and there is a terminal to draw on or it is wanted anyway.
func (a *answer) draws() bool {
	render := a.tables[0].Query.Render
	if render == nil || a.chart == "never" || a.chart == "auto" && a.width == 0 {
		return false
	}
	return slices.Contains(chart.Kinds(), render.Kind)
}

// chartHeight is that of a chart's canvas in lines.
const chartHeight = 17

// maxDrawn is how many rows a chart takes; of more the table is printed.
const maxDrawn = 100_000

// drawChart draws the rows; what cannot be drawn is printed as a table with the
// reason beside it.
func (a *answer) drawChart(w io.Writer, r *kql.Result) error {
	rows, err := gather(r, maxDrawn)
	if err != nil {
		return err
	}
	render, width := a.tables[0].Query.Render, a.width
	if width == 0 {
		width = 80
	}
	lines, err := chart.Draw(r.Columns(), rows, chart.Options{
		Kind: render.Kind, Properties: render.Properties, Width: width, Height: chartHeight,
		ASCII: !isUTF8(), Colour: a.width > 0 && os.Getenv("NO_COLOR") == "",
	})
	if err != nil || len(rows) > maxDrawn {
		if err != nil {
			a.wait.say("the chart cannot be drawn: %v", err)
		}
		return writeTable(w, &replayed{Result: r, rows: rows, whole: len(rows) <= maxDrawn}, a.width)
	}
	say(w, "%s\n", strings.Join(lines, "\n"))
	return nil
}

// gather reads rows, one more than the limit if there are as many.
func gather(r *kql.Result, limit int) (rows [][]any, err error) {
	for len(rows) <= limit {
		row, err := r.Next()
		if err != nil || row == nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// replayed is a cursor of which rows were read already.
type replayed struct {
	*kql.Result
	rows  [][]any
	whole bool // there are no others
}

var _ store.Cursor = (*replayed)(nil)

// Next returns the rows that were read, and then the rest.
func (r *replayed) Next() ([]any, error) {
	if len(r.rows) > 0 {
		row := r.rows[0]
		r.rows = r.rows[1:]
		return row, nil
	}
	if r.whole {
		return nil, nil
	}
	return r.Result.Next()
}

// isUTF8 tells whether the terminal shows more than ASCII, by the locale.
func isUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
