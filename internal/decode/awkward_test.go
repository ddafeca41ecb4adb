package decode

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/decode/decodetest"
	"nephoscope/internal/event"
)

const (
	recA = `{"time":"2026-01-02T03:04:05Z","category":"Administrative","n":1}`
	recB = `{"time":"2026-01-02T03:04:06Z","category":"Policy","n":2}`
	recC = `{"time":"2026-01-02T03:04:07Z","category":"Security","n":3}`
)

// awkward are the awkward cases with those records.
func awkward() []decodetest.Case { return decodetest.Awkward(recA, recB, recC) }

func TestAwkward(t *testing.T) {
	for _, c := range awkward() {
		t.Run(c.Name, func(t *testing.T) {
			var want []string
			for _, w := range c.Want {
				want = append(want, w.String())
			}
			got := outcomes(t, New(Options{}), []byte(c.Body))
			if !slices.Equal(got, want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
}

// outcomes decodes body and writes what comes of it as decodetest does.
func outcomes(t *testing.T, d *Decoder, body []byte) (all []string) {
	t.Helper()
	next := func(index int64) {
		if index != int64(len(all)) {
			t.Errorf("index %d, want %d", index, len(all))
		}
	}
	err := d.Decode(&event.Message{Body: body}, "test", "0", func(r *event.Record) error {
		next(r.Index)
		if err := checkRecord(r); err != nil {
			t.Errorf("record %d: %v", r.Index, err)
		}
		mended := map[bool]string{true: "mended "}[r.Repaired]
		all = append(all, mended+string(r.Text))
		return nil
	}, func(j *Reject) error {
		next(j.Index)
		if j.Detail == "" {
			t.Errorf("reject %d has no detail", j.Index)
		}
		all = append(all, fmt.Sprintf("%s %s", j.Reason, j.Raw))
		return nil
	})
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return all
}
