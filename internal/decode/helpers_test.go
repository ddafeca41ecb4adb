package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"nephoscope/internal/event"
)

// An element is what became of one element: a record or a reject, written in
// one line so that differences read well.
type element string

func recordElement(r *event.Record) element {
	mended := ""
	if r.Repaired {
		mended = " mended"
	}
	return element(fmt.Sprintf("%d@%d %s%s %s", r.Index, r.Offset, r.Shape, mended, r.Text))
}

func rejectElement(j *Reject) element {
	return element(fmt.Sprintf("%d@%d reject %s (%s) %q", j.Index, j.Offset, j.Reason, j.Detail, j.Raw))
}

// decodeAll decodes one message and checks every record's tape.
func decodeAll(tb testing.TB, d *Decoder, m *event.Message) (all []element) {
	tb.Helper()
	err := d.Decode(m, "test", "0", func(r *event.Record) error {
		if err := checkRecord(r); err != nil {
			tb.Fatalf("record %d: %v\n%s", r.Index, err, r.Text)
		}
		all = append(all, recordElement(r))
		return nil
	}, func(j *Reject) error {
		all = append(all, rejectElement(j))
		return nil
	})
	if err != nil {
		tb.Fatalf("decode: %v", err)
	}
	return all
}

// readAll decodes data through a Reader.
func readAll(tb testing.TB, src io.Reader, opt Options) (all []element) {
	tb.Helper()
	r, err := NewReader(src, opt)
	if err != nil {
		tb.Fatalf("new reader: %v", err)
	}
	d := New(opt)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			tb.Fatalf("next: %v", err)
		}
		all = append(all, decodeAll(tb, d, m)...)
	}
}

// checkRecord compares a record's tape with what the standard library reads.
func checkRecord(r *event.Record) error {
	var want any
	dec := json.NewDecoder(bytes.NewReader(r.Text))
	dec.UseNumber()
	if err := dec.Decode(&want); err != nil {
		return fmt.Errorf("text is not JSON: %w", err)
	}
	if int(r.Nodes[0].Next) != len(r.Nodes) || int(r.Nodes[0].End) != len(r.Text) {
		return fmt.Errorf("root ends at node %d of %d, byte %d of %d", r.Nodes[0].Next, len(r.Nodes), r.Nodes[0].End, len(r.Text))
	}
	return checkValue(r.Root(), want)
}

func checkValue(v event.Value, want any) error {
	switch w := want.(type) {
	case map[string]any:
		if v.Kind() != event.Object {
			return fmt.Errorf("kind %d, want object: %s", v.Kind(), v.Raw())
		}
		return checkObject(v, w)
	case []any:
		c := v.First()
		for i := range w {
			if err := checkValue(c, w[i]); err != nil {
				return err
			}
			c = c.Next(v)
		}
		if c.Exists() || v.Kind() != event.Array {
			return fmt.Errorf("array has more than %d elements: %s", len(w), v.Raw())
		}
	case string:
		if v.Kind() != event.String || v.Text() != w {
			return fmt.Errorf("string %q, want %q", v.Text(), w)
		}
	case json.Number:
		if v.Kind() != event.Number || v.Text() != w.String() {
			return fmt.Errorf("number %s, want %s", v.Raw(), w)
		}
	default:
		text, _ := json.Marshal(w)
		if string(v.Raw()) != string(text) {
			return fmt.Errorf("value %s, want %s", v.Raw(), text)
		}
	}
	return checkFlags(v)
}

// checkObject skips repeated keys, of which the two readers see different
// ones.
func checkObject(v event.Value, want map[string]any) error {
	seen := map[string]int{}
	for c := v.First(); c.Exists(); c = c.Next(v) {
		seen[string(event.AppendUnescaped(nil, c.RawKey()))]++
	}
	if len(seen) != len(want) {
		return fmt.Errorf("%d keys, want %d: %s", len(seen), len(want), v.Raw())
	}
	for key, n := range seen {
		if n == 1 {
			if err := checkValue(v.Get(key), want[key]); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return checkFlags(v)
}

// checkFlags checks what the tape tells about all that is in a container.
func checkFlags(v event.Value) error {
	if k := v.Kind(); k != event.Object && k != event.Array {
		return nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, v.Raw()); err != nil {
		return err
	}
	if spaced := compact.Len() != len(v.Raw()); spaced != v.Spaced() {
		return fmt.Errorf("spaced %v, want %v: %s", v.Spaced(), spaced, v.Raw())
	}
	if escaped := v.KeyEscaped() || bytes.IndexByte(v.Raw(), '\\') >= 0; escaped != v.Escaped() {
		return fmt.Errorf("escaped %v, want %v: %s", v.Escaped(), escaped, v.Raw())
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func lines(all []element) string {
	var b strings.Builder
	for _, e := range all {
		b.WriteString(string(e) + "\n")
	}
	return b.String()
}
