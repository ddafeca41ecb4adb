package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// maxTable is how many rows are gathered for an aligned table; more are
// printed as they come, aligned by the first ones.
const maxTable = 10_000

// writeResult prints a result and reads the cursor to its end.
func writeResult(w io.Writer, cursor store.Cursor, output string) error {
	width := terminal(w)
	out := bufio.NewWriter(w)
	var err error
	switch output {
	case "json":
		err = writeJSON(out, cursor)
	case "jsonl":
		err = writeLines(out, cursor)
	case "csv":
		err = writeCSV(out, cursor)
	default:
		err = writeTable(out, cursor, width)
	}
	if err != nil {
		return err
	}
	return out.Flush()
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
func writeJSON(w io.Writer, cursor store.Cursor) error {
	text := appendColumns([]byte(`{"tables":[{"name":"PrimaryResult","columns":`), cursor.Columns())
	text = append(text, `,"rows":[`...)
	first := true
	err := each(cursor, func(row []any) error {
		if !first {
			text = append(text, ',')
		}
		first = false
		_, err := w.Write(appendRow(text, row))
		text = text[:0]
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, "]}]}\n"...))
	return err
}
