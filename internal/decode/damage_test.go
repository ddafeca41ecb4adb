package decode

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"nephoscope/internal/event"
)

// pythonRecord returns record n as Python prints it, and how it is mended. Its
// mark stands in every value, so that a value which comes into another record
// is seen.
func pythonRecord(n int) (text, want string) {
	mark := fmt.Sprintf("m%03d", n)
	fields := []string{
		`'time': '2026-01-02T03:04:05Z %s'`, `'category': 'Policy %s'`, `'flags': [True, None, '%s', 'b']`,
		`'text': "it's %s"`, `'properties': {'code': 'OK %s', 'n': -1.5}`, `'json': '{"a": [{"b": "%s"}, {"c": 1}]}'`, `'empty': '', 'id': '%s'`,
	}
	text = strings.ReplaceAll("{"+strings.Join(fields, ", ")+"}", "%s", mark)
	want = `{"time":"2026-01-02T03:04:05Z %s","category":"Policy %s","flags":[true,null,"%s","b"],` +
		`"text":"it's %s","properties":{"code":"OK %s","n":-1.5},"json":"{\"a\": [{\"b\": \"%s\"}, {\"c\": 1}]}","empty":"","id":"%s"}`
	return text, strings.ReplaceAll(want, "%s", mark)
}

// checkDamage decodes a body of count records in single quotes, of which number
// bad was damaged. The others must come out, in order and unchanged,
// and nothing of another record with what is left of it.
func checkDamage(t *testing.T, body string, count, bad int, lead string) {
	t.Helper()
	want := 0
	err := New(Options{}).Decode(&event.Message{Body: []byte(body)}, "test", "0", func(r *event.Record) error {
		if want == bad {
			want++
		}
		if _, whole := pythonRecord(want); string(r.Text) == whole {
			want++
			return nil
		}
		for n := range count {
			if mark := fmt.Sprintf("m%03d", n); n != bad && strings.Contains(string(r.Text), mark) {
				t.Errorf("got %s, with %s of another record, from\n%s", r.Text, mark, body)
			}
		}
		return nil
	}, func(*Reject) error { return nil })
	if want == bad {
		want++
	}
	if err != nil || want != count {
		t.Errorf("%s: record %d of %d is not there, bad is %d, error %v:\n%s", lead, want, count, bad, err, body)
	}
}

// cutOff is the damage that takes all from a place on.
const cutOff = 1

// damage takes away the byte at i, or all from there on, or puts another in
// its place.
func damage(text string, i int, how uint8) string {
	const others = "'\"{}[],:\\ x"
	switch int(how) % (2 + len(others)) {
	case 0:
		return text[:i] + text[i+1:]
	case cutOff:
		return text[:i]
	default:
		return text[:i] + others[int(how)%(2+len(others))-2:][:1] + text[i+1:]
	}
}

// damaged returns lines of Python, or an envelope, of which record number bad
// was damaged.
func damaged(count, bad, at int, how uint8, lines bool) string {
	var list []string
	for n := range count {
		text, _ := pythonRecord(n)
		if n == bad {
			text = damage(text, at%len(text), how)
		}
		list = append(list, text)
	}
	if lines {
		return strings.Join(list, "\n")
	}
	return "{'records': [" + strings.Join(list, ", ") + "]}"
}

// TestDamage damages one record of some at every place in every way.
func TestDamage(t *testing.T) {
	text, _ := pythonRecord(0)
	step := 1
	if testing.Short() {
		step = 7
	}
	for at := 0; at < len(text); at += step {
		for how := range uint8(13) {
			lead := fmt.Sprintf("byte %d, damage %d", at, how)
			checkDamage(t, damaged(3, 1, at, how, true), 3, 1, lead)
			if how != cutOff { // an array that is cut may be closed by the envelope's brackets
				checkDamage(t, damaged(3, 1, at, how, false), 3, 1, lead)
			}
		}
	}
}

// FuzzDamage is TestDamage at random.
func FuzzDamage(f *testing.F) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		f.Add(uint8(rnd.UintN(8)), uint8(rnd.UintN(8)), uint16(rnd.UintN(400)), uint8(rnd.UintN(13)))
	}
	f.Fuzz(func(t *testing.T, count, bad uint8, at uint16, how uint8) {
		n := int(count%8) + 1
		b := int(bad) % n
		checkDamage(t, damaged(n, b, int(at), how, true), n, b, "fuzz")
	})
}
