package eventhub

import (
	"fmt"
	"strconv"

	"nephoscope/internal/output"
	"nephoscope/internal/output/activity"
	"nephoscope/internal/schema"
)

// A record is one row as it goes into a message.
type record struct {
	row  int // index in the batch
	id   string
	key  string // of the partition
	text []byte // a JSON object
}

// A renderer makes records of rows. It keeps its memory from batch to batch:
// records are valid until the next call.
type renderer struct {
	cfg    *Config
	text   []byte
	list   []record
	writer *activity.Writer
	of     []schema.Column // that the writer is for
}

// records renders a batch.
func (r *renderer) records(b *output.Batch) ([]record, error) {
	key, err := r.keyOf(b)
	if err != nil {
		return nil, err
	}
	appendRow, err := r.form(b)
	if err != nil {
		return nil, output.Permanent(err)
	}
	r.text, r.list = r.text[:0], r.list[:0]
	ends := make([]int, 0, len(b.Rows))
	for i := range b.Rows {
		r.text = appendRow(r.text, &b.Rows[i])
		ends = append(ends, len(r.text))
	}
	start := 0
	for i := range b.Rows {
		row := &b.Rows[i]
		r.list = append(r.list, record{row: i, id: row.ID, key: key(row), text: r.text[start:ends[i]]})
		start = ends[i]
	}
	return r.list, nil
}

// form returns what writes a row in the envelope's form.
func (r *renderer) form(b *output.Batch) (func([]byte, *output.Row) []byte, error) {
	if !r.cfg.Envelope.azure() || b.Table == "" {
		return func(dst []byte, row *output.Row) []byte { return output.AppendJSON(dst, b, row) }, nil
	}
	if b.Table != activity.Table {
		return nil, fmt.Errorf("rows of %s do not go into envelope %s, which is for %s", b.Table, r.cfg.Envelope, activity.Table)
	}
	if r.writer == nil || !sameColumns(r.of, b.Columns) {
		w, err := activity.NewWriter(b.Columns, activity.Generation(r.cfg.Envelope))
		if err != nil {
			return nil, err
		}
		r.writer, r.of = w, b.Columns
	}
	return r.writer.Append, nil
}

func sameColumns(a, b []schema.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

// keyOf returns what finds a row's partition key.
func (r *renderer) keyOf(b *output.Batch) (func(*output.Row) string, error) {
	column := r.cfg.PartitionKey
	if column == SubscriptionKey {
		column = "SubscriptionId"
	}
	if column == NoKey || b.Table == "" {
		return func(*output.Row) string { return "" }, nil
	}
	i := b.Column(column)
	if i < 0 {
		return nil, noColumn(b.Table, column)
	}
	return func(row *output.Row) string { return keyText(row.Values[i]) }, nil
}

// maxKey is the length of a partition key that the service takes.
const maxKey = 128

// keyText writes a value as a key. A key is there to keep rows together, so
// long ones are cut, not refused.
func keyText(v any) string {
	text := ""
	switch v := v.(type) {
	case nil:
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	default:
		text = fmt.Sprint(v)
	}
	return text[:min(len(text), maxKey)]
}
