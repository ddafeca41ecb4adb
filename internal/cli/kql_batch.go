package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

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
			ID         json.RawMessage   `json:"id"`
			Query      string            `json:"query"`
			Parameters map[string]string `json:"parameters"`
		}
		if err := json.Unmarshal(in.Bytes(), &question); err != nil {
			return errors.Join(out.Flush(), fmt.Errorf("line %d is no JSON object with id and query: %w", n, err))
		}
		if question.ID == nil {
			question.ID = json.RawMessage("null")
		}
		answer := append([]byte(`{"id":`), question.ID...)
		if _, err := out.Write(append(b.answer(ctx, answer, question.Query, question.Parameters), '}', '\n')); err != nil {
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
func (b *batch) answer(ctx context.Context, dst []byte, text string, parameters map[string]string) []byte {
	opt := b.options()
	opt.Parameters = parameters
	if b.bindOnly {
		columns, err := kql.Bind(text, b.catalog, opt)
		if err != nil {
			return appendQueryError(dst, err)
		}
		return appendColumns(append(dst, `,"columns":`...), columns)
	}
	query, err := kql.Compile(text, b.catalog, opt)
	if err != nil {
		return appendQueryError(dst, err)
	}
	answered, err := b.ask(ctx, query, dst)
	if err != nil {
		return appendQueryError(dst, err)
	}
	return answered
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

// readSchema reads the tables that a batch is bound to.
func readSchema(path string) (schema.Catalog, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	catalog, err := kql.ReadSchema(bufio.NewReader(file), false)
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", path, err)
	}
	return catalog, nil
}
