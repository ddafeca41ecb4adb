package detect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// The fingerprint of an alert is a hash over its rule and the result rows that
// made it, in any order. What differs between two evaluations of the same
// events is left out: when rows arrived, the time of the run, and the order
// inside lists.
//
// Rows that hold a time of their events say by themselves which events they
// are about, so windows that overlap find the same alert. Rows without one
// ("alice, 12") could be about other events on another day; for them the
// period that the run falls into is part of the fingerprint: an alert of the
// same content is raised once a period.

// A sum is a hash that can be added up in any order.
type sum struct{ hi, lo uint64 }

func (s sum) plus(o sum) sum {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	hi, _ := bits.Add64(s.hi, o.hi, carry)
	return sum{hi, lo}
}

func (s sum) less(o sum) bool {
	return s.hi < o.hi || s.hi == o.hi && s.lo < o.lo
}

func sumOf(b []byte) sum {
	h := xxh3.Hash128(b)
	return sum{h.Hi, h.Lo}
}

// fingerprint identifies the alert that rows (and the result's rest, if whole)
// raise.
func fingerprint(rule *rules.Rule, res *result, rows []row, whole bool) schema.ID {
	total, timed := sum{}, len(rows) > 0
	for _, r := range rows {
		total = total.plus(r.hash)
		timed = timed && r.timed
	}
	if whole {
		total = total.plus(res.rest)
	}
	period := schema.DatetimeValue(0)
	if !timed {
		period = roundUp(res.window.Now, schema.DatetimeValue(schema.TimespanOf(rule.Period)))
	}
	return identify("alert", rule.ID, strconv.FormatUint(total.hi, 16), strconv.FormatUint(total.lo, 16), strconv.FormatInt(int64(period), 10))
}

// identify makes an id out of words.
func identify(words ...string) schema.ID {
	h := xxh3.HashString128(strings.Join(words, "\x00"))
	var id schema.ID
	binary.BigEndian.PutUint64(id[:8], h.Hi)
	binary.BigEndian.PutUint64(id[8:], h.Lo)
	return id
}

// hashRow hashes what a row says, without what changes from run to run.
func hashRow(columns []schema.Column, values []any, w Window) sum {
	var b []byte
	for i, v := range values {
		name := columns[i].Name
		if name == schema.IngestedAt || name == schema.Sequence {
			continue
		}
		b = append(append(b, name...), 0)
		if isRunTime(columns[i].Name, v, w) {
			v = "now"
		}
		b = append(appendCanonical(b, v), 0)
	}
	return sumOf(b)
}

// appendCanonical writes a value so that equal things are written equally.
func appendCanonical(b []byte, v any) []byte {
	switch x := v.(type) {
	case float64:
		return strconv.AppendFloat(b, x, 'g', 12, 64) // sums differ in the last digits
	case schema.DatetimeValue:
		return strconv.AppendInt(b, int64(x), 10)
	case schema.DynamicValue:
		return append(b, canonicalJSON(decodeJSON(string(x)))...)
	default:
		return append(b, textOf(v)...)
	}
}

// canonicalJSON writes a decoded JSON value with the elements of arrays and the
// keys of objects in order.
func canonicalJSON(v any) string {
	switch x := v.(type) {
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = canonicalJSON(e)
		}
		slices.Sort(parts)
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		parts := make([]string, 0, len(x))
		for k, e := range x {
			parts = append(parts, strconv.Quote(k)+":"+canonicalJSON(e))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return encodeJSON(x)
	}
}

// decodeJSON decodes JSON with its numbers as they are written; text that is
// no JSON is returned itself.
func decodeJSON(text string) any {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return text
	}
	return v
}

// isRunTime tells whether a value is the time of the run, as extend T = now()
// makes it, and not that of an event which happened just then.
func isRunTime(column string, v any, w Window) bool {
	t, ok := v.(schema.DatetimeValue)
	return ok && t == w.Now && column != timeGenerated
}

// holdsTime tells whether a row holds a time inside the window that is not the
// time of the run.
func holdsTime(columns []schema.Column, values []any, w Window) bool {
	for i, v := range values {
		t, ok := v.(schema.DatetimeValue)
		if ok && w.has(t) && !isRunTime(columns[i].Name, v, w) {
			return true
		}
	}
	return false
}
