package watchlist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A csvReader reads the rows of a CSV file (RFC 4180), with the delimiter that
// its header has.
type csvReader struct {
	lines *lines
	comma byte
	names []string
	at    int
}

func (c *csvReader) columns() []string { return c.names }
func (c *csvReader) line() int         { return c.at }

// newCSVReader reads the header.
func newCSVReader(l *lines) (*csvReader, error) {
	c := &csvReader{lines: l}
	first, err := c.headLine()
	if err != nil {
		return nil, err
	}
	if name, value, ok := bytes.Cut(bytes.ToLower(bytes.TrimRight(first, "\r\n")), []byte("=")); ok && string(name) == "sep" && len(value) == 1 {
		c.comma = value[0]
		if first, err = c.headLine(); err != nil {
			return nil, err
		}
	} else {
		c.comma = delimiter(first)
	}
	l.back([][]byte{first})
	row, err := c.row()
	if err != nil {
		return nil, err
	}
	c.names, err = header(row)
	return c, err
}

// headLine returns the next line that is not empty.
func (c *csvReader) headLine() ([]byte, error) {
	for {
		line, err := c.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, &RowError{Line: max(c.lines.number, 1), Problem: "there is no header: the first line names the columns"}
		case err != nil:
			return nil, err
		case bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")):
			return nil, &RowError{Line: c.lines.number, Problem: "the file is UTF-16: save it as UTF-8"}
		case len(bytes.TrimSpace(line)) > 0:
			return line, nil
		}
	}
}

// delimiter is what a header's names stand between.
func delimiter(head []byte) byte {
	best, most := byte(','), 0
	for _, comma := range []byte{',', ';', '\t'} {
		n, quoted := 0, false
		for _, c := range head {
			if c == '"' {
				quoted = !quoted
			}
			if c == comma && !quoted {
				n++
			}
		}
		if n > most {
			best, most = comma, n
		}
	}
	return best
}

// header checks the names of columns.
func header(row *csvRow) ([]string, error) {
	seen := map[string]int{}
	names := make([]string, len(row.fields))
	for i, f := range row.fields {
		name := strings.TrimSpace(f.text)
		wrong := func(format string, args ...any) error {
			return &RowError{Line: f.line, Column: f.column, Problem: fmt.Sprintf(format, args...)}
		}
		if problem := columnProblem(name); problem != "" {
			return nil, wrong("%s", problem)
		}
		if first, ok := seen[name]; ok {
			return nil, wrong("the column %q is there twice: it is the name of column %d, too", name, first+1)
		}
		seen[name], names[i] = i, name
	}
	if len(names) > maxColumns {
		return nil, &RowError{Line: row.line, Problem: fmt.Sprintf("there are %d columns: at most %d are kept", len(names), maxColumns)}
	}
	return names, nil
}

// columnProblem tells why an item cannot have a column of the name, "" if it
// can: queries return columns of their own beside those of the items.
func columnProblem(name string) string {
	switch {
	case name == "":
		return "the column has no name"
	case len(name) > maxColumnName:
		return fmt.Sprintf("the column's name is longer than %d bytes", maxColumnName)
	case strings.HasPrefix(name, "_DT") || name == "LastUpdatedTimeUTC" || name == "WatchlistItem":
		return fmt.Sprintf("the column cannot be called %q: every watchlist has such a column of its own", name)
	}
	return ""
}

func (c *csvReader) next() (map[string]string, error) {
	for {
		row, err := c.row()
		if err != nil {
			return nil, err
		}
		if row.empty() {
			continue
		}
		if got, want := len(row.fields), len(c.names); got != want {
			return nil, &RowError{Line: row.line, Problem: fmt.Sprintf("it has %d fields, the header has %d", got, want)}
		}
		values := make(map[string]string, len(c.names))
		for i, name := range c.names {
			values[name] = row.fields[i].text
		}
		return values, nil
	}
}

// A csvRow is one row with the places of its fields.
type csvRow struct {
	line   int
	fields []csvField
}

type csvField struct {
	text         string
	line, column int
}

func (r *csvRow) empty() bool { return len(r.fields) == 1 && r.fields[0].text == "" }

// row reads one row, which has several lines if a quote reaches over their
// ends. Of one whose quote is never closed only the first line is lost.
func (c *csvReader) row() (*csvRow, error) {
	line, err := c.lines.next()
	if err != nil {
		c.at = c.lines.number
		return nil, err
	}
	c.at = c.lines.number
	p := &csvParser{comma: c.comma, row: &csvRow{line: c.at}}
	var more [][]byte
	for size := len(line); ; size += len(line) {
		if err := p.feed(line, c.lines.number); err != nil {
			return nil, err
		}
		if !p.quoted {
			return p.row, nil
		}
		if line, err = c.lines.next(); err != nil || size+len(line) > maxLine {
			if err == nil {
				more = append(more, line)
			}
			c.lines.back(more)
			return nil, &RowError{Line: p.field.line, Column: p.field.column, Problem: "the quote that begins this field is not closed"}
		}
		more = append(more, line)
	}
}

// A csvParser takes the lines of one row.
type csvParser struct {
	comma  byte
	row    *csvRow
	field  csvField
	text   []byte
	quoted bool // inside quotes
}

// feed takes a line with its end.
func (p *csvParser) feed(line []byte, number int) error {
	if !utf8.Valid(line) {
		return &RowError{Line: number, Problem: "it is not valid UTF-8"}
	}
	at := 0
	if p.quoted {
		at = p.inQuotes(line, 0)
	} else {
		at = p.begin(line, 0, number)
	}
	for !p.quoted {
		end := at + bytes.IndexByte(line[at:], p.comma)
		if end < at {
			return p.last(line, at, number)
		}
		if err := p.plain(line[at:end], number); err != nil {
			return err
		}
		p.end()
		at = p.begin(line, end+1, number)
	}
	return nil
}

// begin begins a field and reads it if it is in quotes. It returns where the
// line goes on.
func (p *csvParser) begin(line []byte, at, number int) int {
	p.field = csvField{line: number, column: utf8.RuneCount(line[:at]) + 1}
	p.text = nil
	if at >= len(line) || line[at] != '"' {
		return at
	}
	p.quoted, p.text = true, []byte{}
	return p.inQuotes(line, at+1)
}

// inQuotes reads to the closing quote or the end of the line.
func (p *csvParser) inQuotes(line []byte, at int) int {
	for {
		n := bytes.IndexByte(line[at:], '"')
		if n < 0 {
			p.text = append(p.text, line[at:]...)
			return len(line)
		}
		p.text = append(p.text, line[at:at+n]...)
		at += n + 1
		if at < len(line) && line[at] == '"' {
			p.text = append(p.text, '"')
			at++
			continue
		}
		p.quoted = false
		return at
	}
}

// plain takes what stands outside of quotes.
func (p *csvParser) plain(text []byte, number int) error {
	switch {
	case p.text == nil:
		p.text = append(p.text, text...)
	case len(bytes.TrimSpace(text)) > 0:
		return &RowError{Line: number, Column: p.field.column, Problem: "there is text behind the closing quote of this field"}
	}
	return nil
}

// last takes the rest of the row's last line.
func (p *csvParser) last(line []byte, at, number int) error {
	rest := bytes.TrimSuffix(bytes.TrimSuffix(line[at:], []byte("\n")), []byte("\r"))
	if err := p.plain(rest, number); err != nil {
		return err
	}
	p.end()
	return nil
}

func (p *csvParser) end() {
	p.field.text = string(p.text)
	p.row.fields = append(p.row.fields, p.field)
}
