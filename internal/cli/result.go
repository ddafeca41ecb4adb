package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// maxTable is how many rows are gathered for an aligned table; more are
// printed as they come, aligned by the first ones.
const maxTable = 10_000

// An answer is the tables of a query as they are printed.
type answer struct {
	*question
	tables []*kql.Result
	width  int // of the terminal, 0 if there is none
	wait   *waiting
}

// write prints all tables and reads them to their ends.
func (a *answer) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	var err error
	switch a.output {
	case "json":
		err = a.writeJSON(out)
	case "jsonl":
		err = a.eachTable(func(_ string, r *kql.Result) error { return writeLines(out, r) })
	case "csv":
		err = a.eachTable(func(_ string, r *kql.Result) error { return writeCSV(out, r) })
	default:
		err = a.eachTable(func(name string, r *kql.Result) error { return a.writeShown(out, name, r) })
	}
	if err != nil {
		return err
	}
	a.wait.stop()
	return out.Flush()
}

// eachTable calls fn with each table and its name.
func (a *answer) eachTable(fn func(name string, r *kql.Result) error) error {
	for i, r := range a.tables {
		name := ""
		if i > 0 {
			name = a.tables[0].Query.Further[i-1].Name
		}
		if err := fn(name, r); err != nil {
			return err
		}
	}
	return nil
}

// partial tells which tables a limit has cut off.
func (a *answer) partial(env *Env) error {
	cut := false
	for _, r := range a.tables {
		if limit := r.Partial(); limit != nil {
			say(env.Stderr, "nephoscope: the result is not whole: %v\n", limit)
			cut = true
		}
	}
	if cut {
		return errFindings
	}
	return nil
}

// writeShown prints a table for people, or the chart that the query asks for.
func (a *answer) writeShown(w io.Writer, name string, r *kql.Result) error {
	if name != "" {
		say(w, "\n%s\n", name)
	}
	if name == "" && a.draws() {
		return a.drawChart(w, r)
	}
	return writeTable(w, r, a.width)
}

// each calls fn for every row.
func each(cursor store.Cursor, fn func([]any) error) error {
	for {
		row, err := cursor.Next()
		if err != nil {
			return fmt.Errorf("read result: %w", err)
		}
		if row == nil {
			return nil
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

func writeTable(w io.Writer, cursor store.Cursor, width int) error {
	columns := cursor.Columns()
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	g := newGrid(header...)
	for i, c := range columns {
		switch c.Type {
		case schema.Int, schema.Long, schema.Real, schema.Decimal:
			g.number(i)
		}
	}
	n := 0
	err := each(cursor, func(row []any) error {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = oneLine(plainText(v))
		}
		g.add(cells...)
		if n++; n%maxTable == 0 {
			g.print(w, width)
			g.rows = nil
		}
		return nil
	})
	if err != nil {
		return err
	}
	if n == 0 || len(g.rows) > 0 {
		g.print(w, width)
	}
	say(w, "(%s)\n", plural(n, "row"))
	return nil
}

func writeCSV(w io.Writer, cursor store.Cursor) error {
	out := csv.NewWriter(w)
	var cells []string
	for _, c := range cursor.Columns() {
		cells = append(cells, c.Name)
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	err := each(cursor, func(row []any) error {
		for i, v := range row {
			cells[i] = plainText(v)
		}
		return out.Write(cells)
	})
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

// writeLines prints an object a line: dynamic values as they are, times and
// the like as text.
func writeLines(w io.Writer, cursor store.Cursor) error {
	columns := cursor.Columns()
	var line []byte
	return each(cursor, func(row []any) error {
		line = append(line[:0], '{')
		for i, v := range row {
			if i > 0 {
				line = append(line, ',')
			}
			line = append(appendText(line, columns[i].Name), ':')
			if d, ok := v.(schema.DynamicValue); ok && json.Valid([]byte(d)) {
				line = append(line, d...)
			} else {
				line = appendValue(line, v)
			}
		}
		_, err := w.Write(append(line, '}', '\n'))
		return err
	})
}

// writeJSON prints the answer of the Log Analytics query API.
func (a *answer) writeJSON(w io.Writer) error {
	text := []byte(`{"tables":[`)
	err := a.eachTable(func(name string, r *kql.Result) error {
		if name == "" {
			name = "PrimaryResult"
		} else {
			text = append(text, ',')
		}
		text = appendText(append(text, `{"name":`...), name)
		text = append(appendColumns(append(text, `,"columns":`...), r.Columns()), `,"rows":[`...)
		first := true
		err := each(r, func(row []any) error {
			if !first {
				text = append(text, ',')
			}
			first = false
			_, err := w.Write(appendRow(text, row))
			text = text[:0]
			return err
		})
		text = append(text, "]}"...)
		return err
	})
	if err != nil {
		return err
	}
	text = append(text, ']')
	if render := a.tables[0].Query.Render; render != nil {
		text = appendRender(append(text, `,"render":`...), render)
	}
	for _, r := range a.tables {
		if limit := r.Partial(); limit != nil {
			text = appendText(append(text, `,"error":{"code":"PartialError","message":`...), "The result is not whole.")
			text = appendText(append(text, `,"details":[{"code":"LimitReached","message":`...), limit.Error())
			text = append(text, "}]}"...)
			break
		}
	}
	_, err = w.Write(append(text, "}\n"...))
	return err
}

// appendRender appends a chart as the API describes it.
func appendRender(dst []byte, r *bind.Render) []byte {
	dst = appendText(append(dst, `{"visualization":`...), r.Kind)
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		dst = append(appendText(append(dst, ','), name), ':')
		dst = appendText(dst, r.Properties[name])
	}
	return append(dst, '}')
}
