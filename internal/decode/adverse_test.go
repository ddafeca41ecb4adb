package decode

import (
	"strings"
	"testing"
	"time"

	"nephoscope/internal/event"
)

// TestAdverse has bodies that are laid out to be slow: the time must not grow
// with the square of their size.
func TestAdverse(t *testing.T) {
	const size = 1 << 17
	for name, piece := range map[string]string{
		"open objects":          `{`,
		"open arrays":           `[`,
		"nesting":               `[{"a":`,
		"siblings never closed": `{"a":1,`,
		"half a record":         `{"time":"x","category":"y","k":`,
		"half a record, comma":  `,{"time":"x","category":"y","k":[0`,
		"open strings":          `{"a":"x},`,
		"quotes":                `"`,
		"apostrophes":           `{'a':'b'c',`,
		"envelopes":             `{"records":[`,
		"bad envelopes":         `{"records":[],"x":`,
		"bad heads":             `{"x":NaN,"records":`,
		"lists that are none":   `"value":[],`,
		"rows without columns":  `"rows":[],`,
		"broken lists":          `"x":NaN,"value":[0],`,
		"tables":                `{"columns":["a"],"rows":[[`,
		"escapes":               `{"a":"\`,
		"surrogates":            `{"a":"\ud800`,
		"scalars":               `1,`,
		"minus":                 `-`,
		"texts":                 `"{\"a\":",`,
		"lines":                 "{\"a\":[\n",
	} {
		t.Run(name, func(t *testing.T) {
			body := []byte(strings.Repeat(piece, size/len(piece)))
			if piece[0] == '"' && len(piece) > 9 {
				body = append([]byte(`{"time":"x","category":"y",`), body...)
			}
			start := time.Now()
			n := 0
			err := New(Options{}).Decode(&event.Message{Body: body}, "test", "0",
				func(*event.Record) error { n++; return nil },
				func(*Reject) error { n++; return nil })
			if took := time.Since(start); err != nil || took > 10*time.Second {
				t.Errorf("took %v, error %v", took, err)
			}
			t.Logf("%d elements in %v", n, time.Since(start))
		})
	}
}
