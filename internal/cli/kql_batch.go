package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
)

// maxBatchLine is the longest line of a batch.
const maxBatchLine = 4 << 20

// run answers line by line.
func (b *batch) run(ctx context.Context) error {
	in := bufio.NewScanner(b.env.Stdin)
	in.Buffer(nil, maxBatchLine)
	out := bufio.NewWriter(b.env.Stdout)
	for n := 1; in.Scan(); n++ {
		if len(strings.TrimSpace(in.Text())) == 0 {
			continue
		}
		var question struct {
			ID    json.RawMessage `json:"id"`
			Query string          `json:"query"`
		}
		if err := json.Unmarshal(in.Bytes(), &question); err != nil {
			return errors.Join(out.Flush(), fmt.Errorf("line %d is no JSON object with id and query: %w", n, err))
		}
		if question.ID == nil {
			question.ID = json.RawMessage("null")
		}
		answer := append([]byte(`{"id":`), question.ID...)
		if _, err := out.Write(append(b.answer(ctx, answer, question.Query), '}', '\n')); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return errors.Join(out.Flush(), err)
		}
	}
	if err := in.Err(); err != nil {
		return errors.Join(out.Flush(), fmt.Errorf("read the batch: %w", err))
	}
	return out.Flush()
}

// answer appends the members of one answer.
func (b *batch) answer(ctx context.Context, dst []byte, text string) []byte {
	query, err := b.compile(text)
	if err != nil {
		return appendQueryError(dst, err)
	}
	begun := len(dst)
	dst = appendColumns(append(dst, `,"columns":`...), query.Columns())
	if b.bindOnly {
		return dst
	}
	dst, err = b.ask(ctx, query, append(dst, `,"rows":[`...))
	if err != nil {
		return appendQueryError(dst[:begun], err)
	}
	return append(dst, ']')
}

// appendQueryError appends the first error of a query with its place.
func appendQueryError(dst []byte, err error) []byte {
	line, column, kind, message := 1, 1, kql.Kind("runtime"), err.Error()
	var list kql.Errors
	if errors.As(err, &list) && len(list) > 0 {
		line, column, kind, message = list[0].Line, list[0].Column, list[0].Kind, list[0].Message
	}
	dst = fmt.Appendf(dst, `,"error":{"line":%d,"column":%d,"kind":"%s","message":`, line, column, kind)
	return append(appendText(dst, message), '}')
}

// A tableSet is a catalog made from a list of columns.
type tableSet struct{ list []*schema.Table }

// Table implements schema.Catalog.
func (s *tableSet) Table(name string) (*schema.Table, bool) {
	i, found := slices.BinarySearchFunc(s.list, name, func(t *schema.Table, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		return nil, false
	}
	return s.list[i], true
}

// Tables implements schema.Catalog.
func (s *tableSet) Tables() []*schema.Table { return s.list }

// readSchema reads tables from a JSON file whose member "tables" maps names to
// columns and their types, in order.
func readSchema(path string) (*tableSet, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	dec := jsontext.NewDecoder(bufio.NewReader(file))
	s := &tableSet{}
	err = members(dec, func(key string) error {
		if key != "tables" {
			return dec.SkipValue()
		}
		return members(dec, func(name string) error {
			t := &schema.Table{Name: name, Version: 1}
			s.list = append(s.list, t)
			return members(dec, func(column string) error { return readColumn(dec, t, column) })
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", path, err)
	}
	slices.SortFunc(s.list, func(a, b *schema.Table) int { return strings.Compare(a.Name, b.Name) })
	return s, nil
}

func readColumn(dec *jsontext.Decoder, t *schema.Table, name string) error {
	value, err := dec.ReadToken()
	if err != nil {
		return err
	}
	typ, err := schema.ParseType(value.String())
	if err != nil {
		return fmt.Errorf("column %s.%s: %w", t.Name, name, err)
	}
	t.Columns = append(t.Columns, schema.Column{Name: name, Type: typ})
	return nil
}

// members reads an object and calls fn at the value of each member.
func members(dec *jsontext.Decoder, fn func(key string) error) error {
	if tok, err := dec.ReadToken(); err != nil {
		return err
	} else if tok.Kind() != '{' {
		return fmt.Errorf("at byte %d: want an object", dec.InputOffset())
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := fn(key.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}
