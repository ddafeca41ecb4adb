package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A model is the journal as a list in memory.
type model struct {
	t    *testing.T
	dice *rand.Rand
	opt  Options
	dir  string
	j    *Journal
	c    *clock

	events []modelled // all that ever were
	begin  int64
	reader *Reader // reads along
	read   int64   // the reader's next event
}

type modelled struct {
	text     string
	enqueued time.Time
	position int64 // known when it was read
}

// TestModel does random things to a journal and to the model of it, and wants
// to see no difference.
func TestModel(t *testing.T) {
	rounds, steps := 8, 300
	if testing.Short() {
		rounds = 3
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newModel(t, uint64(seed))
			for range steps {
				m.step()
			}
			m.check()
		})
	}
}

func newModel(t *testing.T, seed uint64) *model {
	m := &model{t: t, dice: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), c: newClock()}
	m.opt = Options{
		Now: m.c.Now, SegmentBytes: 1 << (9 + m.dice.IntN(8)),
		Retention: time.Duration(m.dice.IntN(3)) * time.Hour, MaxBytes: int64(m.dice.IntN(2)) * 200 << 10,
	}
	m.open()
	t.Cleanup(func() { m.reader.Close() })
	return m
}

func (m *model) open() {
	m.j = mustOpen(m.t, m.dir, m.opt)
	m.reader = m.j.Reader(m.read)
}

func (m *model) step() {
	m.c.advance(time.Duration(m.dice.IntN(3)) * time.Second)
	switch n := m.dice.IntN(100); {
	case n < 50:
		m.append()
	case n < 65:
		m.readAlong()
	case n < 80:
		m.seek()
	case n < 86:
		m.retain()
	case n < 88:
		m.c.advance(time.Duration(m.dice.IntN(60)) * time.Minute)
	case n < 92:
		m.reopen()
	case n < 96:
		m.crash()
	default:
		m.check()
	}
}

func (m *model) append() {
	b := Batch{}
	for range 1 + m.dice.IntN(4) {
		text := fmt.Sprintf("%d-%s", len(m.events), strings.Repeat("t", m.dice.IntN(1+m.dice.IntN(3000))))
		m.events = append(m.events, modelled{text: text, enqueued: m.c.Now(), position: -1})
		b.Events = append(b.Events, Event{Body: dataSection([]byte(text))})
	}
	p := mustAppend(m.t, m.j, b)
	if p.Last != int64(len(m.events)-1) || p.First != p.Last-int64(len(b.Events)-1) {
		m.t.Fatalf("append: got %+v for %d events up to %d", p, len(b.Events), len(m.events)-1)
	}
}

// saw compares events that were read with the model from a number on.
func (m *model) saw(events []Stored, from int64) {
	m.t.Helper()
	for i, e := range events {
		n := from + int64(i)
		want := &m.events[n]
		if e.Sequence != n || textOf(e) != want.text || !e.Enqueued.Equal(want.enqueued) {
			m.t.Fatalf("event %d: got %d %.20q %v, want %.20q %v", n, e.Sequence, textOf(e), e.Enqueued, want.text, want.enqueued)
		}
		if want.position >= 0 && want.position != e.Position {
			m.t.Fatalf("event %d has moved from %d to %d", n, want.position, e.Position)
		}
		want.position = e.Position
	}
}

func (m *model) readAlong() {
	var p Page
	if err := m.reader.Read(&p, m.dice.IntN(20_000)); err != nil {
		m.t.Fatal(err)
	}
	m.read = max(m.read, m.begin)
	if len(p.Events) == 0 && m.read < int64(len(m.events)) {
		m.t.Fatalf("read nothing at %d of %d", m.read, len(m.events))
	}
	m.saw(p.Events, m.read)
	m.read += int64(len(p.Events))
}

func (m *model) check() {
	m.t.Helper()
	s := m.j.State()
	if s.Last != int64(len(m.events)-1) || s.Begin != m.begin || s.Empty != (m.begin == int64(len(m.events))) {
		m.t.Fatalf("got %+v, want events %d to %d", s, m.begin, len(m.events)-1)
	}
	events, damage := readAll(m.t, m.j, 0)
	if damage != nil || len(events) != len(m.events)-int(m.begin) {
		m.t.Fatalf("got %d events and %v, want %d", len(events), damage, len(m.events)-int(m.begin))
	}
	m.saw(events, m.begin)
}

func (m *model) seek() {
	if len(m.events) == 0 {
		return
	}
	n := int64(m.dice.IntN(len(m.events)))
	e, inclusive := m.events[n], m.dice.IntN(2) == 0
	start, reached := AtSequence(n, inclusive), func(i int64) bool { return i > n || inclusive && i == n }
	switch kind := m.dice.IntN(3); {
	case kind == 0 && e.position >= 0:
		start = Start{kind: fromOffset, value: e.position, inclusive: inclusive}
	case kind == 1:
		start = AtTime(e.enqueued, inclusive)
		reached = func(i int64) bool {
			return m.events[i].enqueued.After(e.enqueued) || inclusive && m.events[i].enqueued.Equal(e.enqueued)
		}
	}
	want := m.begin
	for want < int64(len(m.events)) && !reached(want) {
		want++
	}
	got, err := m.j.Seek(start)
	if err != nil || got != want {
		m.t.Fatalf("seek %+v: got %d, %v, want %d", start, got, err, want)
	}
	r := m.j.Reader(got)
	defer r.Close()
	var p Page
	if err := r.Read(&p, 5000); err != nil {
		m.t.Fatal(err)
	}
	m.saw(p.Events, got)
}

// retain asks the journal what is left: it must be a suffix, hold all that is
// young, and not be much too large.
func (m *model) retain() {
	mustRetain(m.t, m.j, m.c.Now())
	s := m.j.State()
	if s.Begin < m.begin {
		m.t.Fatalf("begins at %d, before %d", s.Begin, m.begin)
	}
	for ; m.begin < s.Begin; m.begin++ {
		age := m.c.Now().Sub(m.events[m.begin].enqueued)
		if m.opt.MaxBytes == 0 && (m.opt.Retention == 0 || age <= m.opt.Retention) {
			m.t.Fatalf("event %d was removed at the age of %v", m.begin, age)
		}
	}
	if m.opt.MaxBytes > 0 && s.Segments > 1 && s.Bytes > m.opt.MaxBytes {
		m.t.Fatalf("%d bytes are kept, more than %d", s.Bytes, m.opt.MaxBytes)
	}
	if m.opt.Retention > 0 && !s.Empty {
		if age := m.c.Now().Sub(m.events[m.begin].enqueued); age > 3*m.opt.Retention {
			m.t.Fatalf("event %d is kept at the age of %v", m.begin, age)
		}
	}
}

func (m *model) reopen() {
	m.reader.Close()
	mustClose(m.t, m.j)
	m.open()
	m.check()
}

// crash goes on with what lies on disk now, with garbage behind it at times.
func (m *model) crash() {
	copied := copyDir(m.t, m.dir)
	m.reader.Close()
	mustClose(m.t, m.j)
	m.dir = copied
	if m.dice.IntN(2) == 0 {
		files := segmentFiles(m.t, copied)
		newest := files[len(files)-1]
		garbage := make([]byte, m.dice.IntN(5000))
		for i := range garbage {
			garbage[i] = byte(m.dice.IntN(256))
		}
		mustWriteFile(m.t, newest, append(mustReadFile(m.t, newest), garbage...))
	}
	m.open()
	m.check()
	if _, err := m.j.Seek(AtSequence(int64(len(m.events))+1, true)); !errors.As(err, new(*BeyondError)) {
		m.t.Fatalf("beyond: got %v", err)
	}
}
