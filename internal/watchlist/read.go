package watchlist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// A Format is how items are written.
type Format string

// The formats. JSON is an array of objects, or one object on each line.
const (
	CSV  Format = "csv"
	JSON Format = "json"
)

// FormatOf tells a format by the name of a file or by a content type; what is
// neither JSON is CSV.
func FormatOf(name string) Format {
	name = strings.ToLower(name)
	switch ext := filepath.Ext(name); {
	case ext == ".json", ext == ".jsonl", ext == ".ndjson", strings.Contains(name, "/json"):
		return JSON
	}
	return CSV
}

// A RowError is what is wrong with one row of a file. Line and Column count from
// 1; Column counts characters and is 0 where the whole row is meant.
type RowError struct {
	Line, Column int
	Problem      string
}

// Error returns place and problem.
func (e *RowError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// A rowReader reads rows of a file. A *RowError costs that row only; any other
// error is the end, which is io.EOF if all was read.
type rowReader interface {
	// next returns a row's values by column. The columns grow with the rows.
	next() (map[string]string, error)
	columns() []string
	// line is where the last row began.
	line() int
}

// newRowReader reads the head of a file; a *RowError is about that and is final.
func newRowReader(r io.Reader, format Format, skip int) (rowReader, error) {
	lines := newLines(r)
	for range skip {
		if _, err := lines.next(); errors.Is(err, io.EOF) {
			return nil, &RowError{Line: max(lines.number, 1), Problem: fmt.Sprintf("the file ends within the %d lines to skip", skip)}
		} else if err != nil {
			return nil, err
		}
	}
	if format == JSON {
		return newJSONReader(lines)
	}
	return newCSVReader(lines)
}

// maxLine bounds a line, and a row of several lines.
const maxLine = 1 << 20

// lines reads a file line by line, with the possibility to go back.
type lines struct {
	in     *bufio.Reader
	number int      // of the last line
	again  [][]byte // lines that come next once more
}

func newLines(r io.Reader) *lines {
	in := bufio.NewReaderSize(r, 64<<10)
	if head, _ := in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		in.Discard(3) //nolint:errcheck // they are there
	}
	return &lines{in: in}
}

// next returns a line with its end. It stays valid. A line that is too long is
// a *RowError, and the next one follows it.
func (l *lines) next() ([]byte, error) {
	if len(l.again) > 0 {
		line := l.again[0]
		l.again = l.again[1:]
		l.number++
		return line, nil
	}
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line) <= maxLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case len(line) == 0:
			return nil, io.EOF
		}
		l.number++
		if len(line) > maxLine {
			return nil, &RowError{Line: l.number, Problem: fmt.Sprintf("it is longer than %d bytes", maxLine)}
		}
		return line, nil
	}
}

// back makes lines come once more.
func (l *lines) back(again [][]byte) {
	l.again = append(append([][]byte{}, again...), l.again...)
	l.number -= len(again)
}
