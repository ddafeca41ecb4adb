package decode

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/event"
)

// seeds are bodies of every format, whole and broken; the awkward cases join
// them.
func seeds() []string {
	out := []string{
		"", "\xef\xbb\xbf", "null", "[]", "{}", `{"records":[]}`, `[[{"a":1}],[[{"b":2}]]]`, "\x1f\x8b\x08", "\xff\xfe{\x00}\x00",
		`{"value":[{"eventTimestamp":"x"}],"nextLink":"y"}`, "TimeGenerated,Level\n1,\"a\"\"\r\n,b\"\n2,3\n",
		`{"tables":[{"name":"P","columns":[{"name":"TimeGenerated"},{"name":"Level"}],"rows":[["a",1],[2,{"x":[]}]]},{"columns":["q"],"rows":[[1]]}]}`,
		`{"a":[1,-2.5e+3,true,false,null,"\u00e9\ud83d\ude00"],"b":{"c":{}}}`,
	}
	for _, c := range awkward() {
		out = append(out, c.Body)
	}
	return out
}

// FuzzScan compares the scanner with jsontext: both must accept and refuse the
// same texts.
func FuzzScan(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = bytes.TrimLeft(b, " \t\r\n")
		if len(b) == 0 || len(b) > 4096 || bytes.IndexByte([]byte(`{["`), b[0]) < 0 {
			return // of "00" one reads nothing, the other the first digit
		}
		dec := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true))
		want, err := dec.ReadValue()
		var s scanner
		end, out := s.scan(b)
		switch {
		case out == complete && err != nil:
			t.Fatalf("scanner accepts %q, jsontext does not: %v", b[:end], err)
		case out != complete && err == nil && s.fault.want != wantShallow:
			t.Fatalf("jsontext accepts %q, scanner does not: %s", want, s.fault.detail())
		case out == complete && string(want) != string(b[:end]):
			t.Fatalf("scanner reads %q, jsontext %q", b[:end], want)
		}
		if out == complete && b[0] == '{' {
			if err := checkRecord(&event.Record{Text: b[:end], Nodes: s.nodes}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzDecode checks what holds for any bytes: a record's text is strict JSON,
// its tape says the same, and indexes have no gap.
func FuzzDecode(f *testing.F) {
	for i, s := range seeds() {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, choice uint8) {
		format := formats[int(choice)%len(formats)]
		d := New(Options{Format: format})
		for i, e := range decodeAll(t, d, &event.Message{Body: b}) {
			if !strings.HasPrefix(string(e), itoa(i)+"@") {
				t.Fatalf("element %d has another index: %s", i, e)
			}
		}
	})
}

var formats = []event.Format{event.FormatAuto, event.FormatREST, event.FormatHub, event.FormatStorage, event.FormatTable}

// FuzzReader checks that cutting changes nothing, wherever the cuts fall.
func FuzzReader(f *testing.F) {
	for i, s := range seeds() {
		f.Add([]byte(s), uint8(i), uint16(i*7), uint16(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, choice uint8, block, maxRecord uint16) {
		if len(b) > 1<<12 || packed(b) {
			return
		}
		opt := Options{Format: formats[int(choice)%len(formats)], Block: int(block%512) + 1, Align: int64(block % 7), MaxRecord: int(maxRecord)}
		checkCuts(t, b, opt)
	})
}

// checkCuts compares one decoding in one piece with one through a Reader.
func checkCuts(t *testing.T, b []byte, opt Options) {
	t.Helper()
	want := lines(decodeAll(t, New(opt), &event.Message{Body: b}))
	got := lines(readAll(t, iotest.OneByteReader(bytes.NewReader(b)), opt))
	if got != want {
		t.Fatalf("blocks of %d, records up to %d, format %q, of %q:\ngot\n%s\nwant\n%s", opt.Block, opt.MaxRecord, opt.Format, b, got, want)
	}
}

// FuzzCSV checks that a CSV with any bytes gives as many elements through a
// Reader as in one piece, and every whole row of it a record.
func FuzzCSV(f *testing.F) {
	f.Add("a,b", "1,2\n3,4\n", uint16(1))
	f.Add("TimeGenerated [UTC],Level", "\"x\r\ny\",\"q\"\"q\"\r\n\"open,2\n3,4\n", uint16(9))
	f.Add("sep=;\r\na;b", "1,2;3\r\n", uint16(2))
	f.Add("a,b\r1,2", "\r3,\"x\ry\"\r\n4\r5,6", uint16(4))
	f.Add("a;b;c", "1;2\n;;\n\"\";\"a\"b;c", uint16(3))
	f.Fuzz(func(t *testing.T, header, rows string, block uint16) {
		b := []byte(header + "\n" + rows)
		if len(b) > 1<<12 || packed(b) {
			return
		}
		checkCuts(t, b, Options{Format: event.FormatTable, Block: int(block%512) + 1, MaxRecord: 1 << 12})
	})
}

// TestCutsChangeNothing is FuzzReader's property on bodies made of good and
// broken pieces at random.
func TestCutsChangeNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := append(seeds(), "\n", ",", "]", "}", "{", "[", `"`, "'", "\\", "\x00", "\xef\xbb\xbf", " ", `,"x":`, `{"records":[`, `],"y":1}`)
	rounds := 5000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		var b []byte
		for range 1 + rnd.IntN(8) {
			p := pieces[rnd.IntN(len(pieces))]
			if cut := rnd.IntN(4 * (len(p) + 1)); cut < len(p) {
				p = p[:cut]
			}
			b = append(b, p...)
		}
		for range rnd.IntN(3) {
			b = mutate(rnd, b)
		}
		if packed(b) {
			continue
		}
		checkCuts(t, b, Options{
			Format: formats[rnd.IntN(len(formats))], Block: 1 + rnd.IntN(300), Align: rnd.Int64N(8), MaxRecord: rnd.IntN(2) * (1 + rnd.IntN(200)),
		})
	}
}

// mutate changes, drops or doubles a byte.
func mutate(rnd *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	const bytes = "\"'{}[],:\\\n\x00 a1\xc3"
	i := rnd.IntN(len(b))
	switch rnd.IntN(3) {
	case 0:
		b[i] = bytes[rnd.IntN(len(bytes))]
	case 1:
		b = append(b[:i], b[i+1:]...)
	default:
		b = append(b[:i+1], b[i:]...)
	}
	return b
}
