package watchlist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A jsonReader reads objects, in an array or one on each line. What is not text
// becomes it: a watchlist's values are texts.
type jsonReader struct {
	lines *lines
	names []string
	known map[string]bool
	at    int
	array *arrayReader // nil for lines
}

func (j *jsonReader) columns() []string { return j.names }
func (j *jsonReader) line() int         { return j.at }

func newJSONReader(l *lines) (*jsonReader, error) {
	j := &jsonReader{lines: l, known: map[string]bool{}}
	for {
		c, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil, &RowError{Line: l.number + 1, Problem: "the file is empty: want an array of objects, or one object on each line"}
		case err != nil:
			return nil, err
		case c == '\n':
			l.number++
		case c == ' ', c == '\t', c == '\r':
		default:
			if err := l.in.UnreadByte(); err != nil {
				return nil, err
			}
			if c == '[' {
				j.array, err = newArrayReader(l)
			}
			return j, err
		}
	}
}

func (j *jsonReader) next() (map[string]string, error) {
	if j.array != nil {
		value, at, err := j.array.next()
		j.at = at
		if err != nil {
			return nil, err
		}
		return j.object(value)
	}
	for {
		line, err := j.lines.next()
		j.at = j.lines.number
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return j.object(jsontext.Value(line))
		}
	}
}

// object reads an object's members.
func (j *jsonReader) object(value jsontext.Value) (map[string]string, error) {
	wrong := func(format string, args ...any) error {
		return &RowError{Line: j.at, Problem: fmt.Sprintf(format, args...)}
	}
	if value.Kind() != '{' {
		return nil, wrong("an object is expected, not %.40s", value)
	}
	d := jsontext.NewDecoder(bytes.NewReader(value))
	values := map[string]string{}
	if _, err := d.ReadToken(); err != nil {
		return nil, wrong("it is not JSON: %v", err)
	}
	var fresh []string
	for d.PeekKind() == '"' {
		name, text, err := member(d)
		if err != nil {
			return nil, wrong("it is not JSON: %v", err)
		}
		if problem := columnProblem(name); problem != "" {
			return nil, wrong("%s", problem)
		}
		if !j.known[name] {
			fresh = append(fresh, name)
		}
		values[name] = text
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, wrong("it is not JSON: %v", err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, wrong("there is something behind the object: want one object on each line")
	}
	if len(j.names)+len(fresh) > maxColumns {
		return nil, wrong("with it there are more than %d columns", maxColumns)
	}
	for _, name := range fresh {
		j.known[name] = true
		j.names = append(j.names, name)
	}
	return values, nil
}

// member reads a member; its value becomes a text.
func member(d *jsontext.Decoder) (name, text string, err error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", "", err
	}
	name = strings.TrimSpace(token.String())
	value, err := d.ReadValue()
	if err != nil {
		return "", "", err
	}
	switch value.Kind() {
	case 'n':
		return name, "", nil
	case '"':
		err = json.Unmarshal(value, &text)
		return name, text, err
	}
	err = value.Compact()
	return name, string(value), err
}

// An arrayReader reads the elements of an array. What is wrong with the JSON of
// one is final: where the next one begins is not known then.
type arrayReader struct {
	decoder *jsontext.Decoder
	places  *places
}

func newArrayReader(l *lines) (*arrayReader, error) {
	p := &places{in: l.in, line: l.number + 1}
	a := &arrayReader{decoder: jsontext.NewDecoder(p), places: p}
	if _, err := a.decoder.ReadToken(); err != nil {
		return nil, a.wrong(err)
	}
	return a, nil
}

// next returns an element and its line.
func (a *arrayReader) next() (jsontext.Value, int, error) {
	if a.decoder.PeekKind() == ']' {
		line := a.place()
		if _, err := a.decoder.ReadToken(); err != nil {
			return nil, line, a.wrong(err)
		}
		if _, err := a.decoder.ReadToken(); !errors.Is(err, io.EOF) {
			return nil, line, errors.New("there is something behind the array: want one array of objects")
		}
		return nil, line, io.EOF
	}
	line := a.place()
	value, err := a.decoder.ReadValue()
	if err != nil {
		return nil, line, a.wrong(err)
	}
	return value, line, nil
}

// wrong says where an error is, which is final.
func (a *arrayReader) wrong(err error) error {
	return fmt.Errorf("line %d: it is not JSON: %w", a.place(), err)
}

// place is the line of the token that comes next.
func (a *arrayReader) place() int {
	blank := 0
	rest := a.decoder.UnreadBuffer()
	for blank < len(rest) && strings.IndexByte(" \t\r\n,", rest[blank]) >= 0 {
		blank++
	}
	return a.places.lineOf(a.decoder.InputOffset() + int64(blank))
}

// places is a stream of which it is remembered where each line began.
type places struct {
	in    io.Reader
	begun []int64 // offsets of the lines that follow the one that line counts
	line  int
	read  int64
}

func (p *places) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	for at := 0; ; {
		i := bytes.IndexByte(b[at:n], '\n')
		if i < 0 {
			break
		}
		at += i + 1
		p.begun = append(p.begun, p.read+int64(at))
	}
	p.read += int64(n)
	return n, err
}

// lineOf returns the line of an offset, which does not go back from call to
// call.
func (p *places) lineOf(offset int64) int {
	for len(p.begun) > 0 && p.begun[0] <= offset {
		p.begun = p.begun[1:]
		p.line++
	}
	return p.line
}
