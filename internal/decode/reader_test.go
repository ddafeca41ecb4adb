package decode

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"nephoscope/internal/event"
)

// TestReaderPlaces checks that each element is found in the file where its
// offset says, whatever block it came in.
func TestReaderPlaces(t *testing.T) {
	envelope := `{"a":[],"records":[` + recA + "," + strings.Repeat(recB+",\n", 40) + recC + `],"z":1}`
	files := map[string]string{
		"envelopes": envelope + "\n" + envelope,
		"lines":     strings.Repeat(recA+"\r\n", 50),
		"broken":    strings.Repeat(`{"a":@},`+recA+`,null,`, 30),
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			r, err := NewReader(strings.NewReader(file), Options{Block: 300})
			if err != nil {
				t.Fatal(err)
			}
			next, blocks := int64(0), 0
			for m := range messages(t, r) {
				blocks++
				if m.Index != next {
					t.Errorf("block begins at index %d, want %d", m.Index, next)
				}
				place := func(index, offset int64, raw []byte) error {
					if index != next {
						t.Errorf("index %d, want %d", index, next)
					}
					if !strings.HasPrefix(file[offset:], string(raw)) {
						t.Errorf("element %d: file has %.20q at %d, want %.20q", index, file[offset:], offset, raw)
					}
					next++
					return nil
				}
				err := New(Options{}).Decode(m, "file", "x",
					func(r *event.Record) error { return place(r.Index, r.Offset, r.Text) },
					func(j *Reject) error { return place(j.Index, j.Offset, j.Raw) })
				if err != nil {
					t.Fatal(err)
				}
			}
			if blocks < 5 {
				t.Errorf("%d blocks, want more", blocks)
			}
		})
	}
}

// messages runs over a reader's messages.
func messages(t *testing.T, r *Reader) func(yield func(*event.Message) bool) {
	t.Helper()
	return func(yield func(*event.Message) bool) {
		for {
			m, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("next: %v", err)
			}
			if !yield(m) {
				return
			}
		}
	}
}

func TestReaderUnpacks(t *testing.T) {
	plain := `{"records":[` + recA + `,{"n":"é😀"}]}`
	whole := zipped(t, plain, (*gzip.Writer).Close)
	for name, packed := range map[string]string{
		"gzip":                 whole,
		"two gzip members":     whole + whole,
		"UTF-16 little-endian": encode16(plain, binary.LittleEndian),
		"UTF-16 big-endian":    encode16(plain, binary.BigEndian),
	} {
		t.Run(name, func(t *testing.T) {
			want := outcomes(t, New(Options{}), []byte(plain))
			if name == "two gzip members" {
				want = append(want, want...)
			}
			if got := outcomes(t, New(Options{}), []byte(packed)); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("message: got %q, want %q", got, want)
			}
			if got := readAll(t, iotest.OneByteReader(strings.NewReader(packed)), Options{Block: 1}); len(got) != len(want) {
				t.Errorf("file: got %q, want %q", got, want)
			}
		})
	}
}

// TestReaderAfterGzip has bytes after the end of compressed data.
func TestReaderAfterGzip(t *testing.T) {
	whole := zipped(t, recA+"\n", (*gzip.Writer).Close)
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"nothing":               {whole, []string{"A"}},
		"padding":               {whole + strings.Repeat("\x00", 512), []string{"A"}},
		"padding between":       {whole + "\x00\x00" + whole, []string{"A", "A"}},
		"text":                  {whole + "trailing\n{}\n", []string{"A", "encoding trailing\n{}\n"}},
		"text after padding":    {whole + "\x00\x00trailing", []string{"A", "encoding trailing"}},
		"nothing in the gzip":   {emptyGzip, nil},
		"nothing but what left": {emptyGzip + "x", []string{"encoding x"}},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, w := range c.want {
				if w == "A" {
					w = recA
				}
				want = append(want, w)
			}
			if got := outcomes(t, New(Options{}), []byte(c.body)); !slices.Equal(got, want) {
				t.Errorf("message: got %q, want %q", got, want)
			}
			message := lines(decodeAll(t, New(Options{}), &event.Message{Body: []byte(c.body)}))
			if file := lines(readAll(t, iotest.OneByteReader(strings.NewReader(c.body)), Options{Block: 1})); file != message {
				t.Errorf("file: got\n%s\nwant\n%s", file, message)
			}
		})
	}
}

// zipped returns s in gzip, ended by end.
func zipped(t *testing.T, s string, end func(*gzip.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil {
		t.Fatal(err)
	}
	if err := end(z); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encode16(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + s)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// TestReaderCutGzip wants all that could be unpacked, and then the error.
func TestReaderCutGzip(t *testing.T) {
	r, err := NewReader(strings.NewReader(zipped(t, recA+"\n"+recB+"\n", (*gzip.Writer).Flush)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Next()
	if err != nil || len(outcomes(t, New(Options{}), m.Body)) != 2 {
		t.Fatalf("first message %v, error %v; want two records", m, err)
	}
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
	}
	got := outcomes(t, New(Options{}), []byte("\x1f\x8b\x08nonsense"))
	if len(got) != 1 || !strings.HasPrefix(got[0], "encoding ") {
		t.Errorf("message of broken gzip: got %q, want one reject for its encoding", got)
	}
}

func TestReaderTooLarge(t *testing.T) {
	big := `{"time":"x","category":"y","big":["` + strings.Repeat("x", 5000) + `"]}`
	for name, body := range map[string]string{
		"lines":    recA + "\n" + big + "\n" + recB,
		"envelope": `{"records":[` + recA + "," + big + "," + recB + `]}`,
		"garbage":  recA + strings.Repeat("x", 5000) + recB,
		"unclosed": recA + "\n" + big[:4000] + "\n" + recB,
		"text":     recA + ` "` + strings.Repeat("x", 5000) + `" ` + recB,
	} {
		t.Run(name, func(t *testing.T) {
			for _, block := range []int{1, 1 << 20} {
				opt := Options{MaxRecord: 1000, Block: block}
				got := readAll(t, strings.NewReader(body), opt)
				if len(got) != 3 || !strings.Contains(string(got[1]), "too_large") || !strings.HasSuffix(string(got[2]), recB) {
					t.Errorf("blocks of %d: got\n%s\nwant A, a reject, B", block, lines(got))
				}
				checkCuts(t, []byte(body), opt)
			}
		})
	}
}

// An endless reader repeats a piece a number of times.
type endless struct {
	piece []byte
	times int
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.times == 0 {
		return 0, io.EOF
	}
	n := copy(p, e.piece[e.at:])
	if e.at += n; e.at == len(e.piece) {
		e.at, e.times = 0, e.times-1
	}
	return n, nil
}

// TestReaderMemory reads much more than it may hold: one line that is a single
// envelope, and data that never make a record.
func TestReaderMemory(t *testing.T) {
	const size = 48 << 20
	pieces := map[string]struct {
		head, piece string
		records     bool
	}{
		"envelope in one line": {`{"records":[`, hubRecord(1) + ",", true},
		"one endless string":   {`{"a":"`, strings.Repeat("x", 5000), false},
		"endless garbage":      {"", strings.Repeat("x", 5000), false},
		"endless nesting":      {"", strings.Repeat(`[{"a":`, 500), false},
	}
	for name, c := range pieces {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && !c.records {
				t.Skip("takes seconds")
			}
			times := size / len(c.piece)
			src := io.MultiReader(strings.NewReader(c.head), &endless{piece: []byte(c.piece), times: times})
			r, err := NewReader(src, Options{MaxRecord: 256 << 10})
			if err != nil {
				t.Fatal(err)
			}
			n, limit := int64(0), heap()+8<<20
			for m := range messages(t, r) {
				n = m.Index
				if n%50 == 0 && heap() > limit {
					t.Fatalf("heap of %d MiB at element %d, want less than %d", heap()>>20, n, limit>>20)
				}
			}
			if c.records && n < int64(times)-1000 {
				t.Errorf("last block begins at element %d, want nearly %d", n, times)
			}
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestReaderCSV has blocks that begin within a CSV.
func TestReaderCSV(t *testing.T) {
	var file strings.Builder
	file.WriteString("\ufeffTimeGenerated [UTC],Caller,Properties\r\n")
	for i := range 40 {
		fmt.Fprintf(&file, "\"6/9/2026, 8:%02d:37 PM\",worker%d@fabrikam.example,\"{\r\n  \"\"n\"\": %d\r\n}\"\r\n", i, i, i)
	}
	got := readAll(t, strings.NewReader(file.String()), Options{Block: 200})
	if len(got) != 40 {
		t.Fatalf("%d rows, want 40", len(got))
	}
	want := fmt.Sprintf("7@%d table %s", strings.Index(file.String(), `"6/9/2026, 8:07`),
		`{"TimeGenerated":"6/9/2026, 8:07:37 PM","Caller":"worker7@fabrikam.example","Properties":"{\r\n  \"n\": 7\r\n}"}`)
	if string(got[7]) != want {
		t.Errorf("got  %s\nwant %s", got[7], want)
	}
}

// TestAlign checks that blocks end at every multiple of Align, be it in an
// envelope or between two.
func TestAlign(t *testing.T) {
	var file strings.Builder
	for range 7 {
		file.WriteString(`{"records":[` + strings.TrimSuffix(strings.Repeat(`{"time":"2026-01-31T12:00:00Z","category":"Action"},`, 5), ",") + "]}\n")
	}
	r, err := NewReader(strings.NewReader(file.String()), Options{Align: 8})
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for want := int64(0); ; {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Index == want {
			got, want = append(got, m.Index), want+8
		}
	}
	if want := []int64{0, 8, 16, 24, 32}; !slices.Equal(got, want) {
		t.Errorf("got blocks that begin at records %v, want %v among them", got, want)
	}
}
