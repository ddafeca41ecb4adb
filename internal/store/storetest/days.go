package storetest

import (
	"context"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

func (h *harness) retain() []store.Dropped {
	h.Helper()
	dropped, err := h.s.Retain(context.Background(), h.now)
	if err != nil {
		h.Fatalf("retain: %v", err)
	}
	return dropped
}

func testDays(h *harness) {
	for day := range 5 {
		h.commit(h.rows("Events", day*10, day*10+1))
		h.now = h.now.AddDate(0, 0, 1)
	}
	want := []int{0, 1, 10, 11, 20, 21, 30, 31, 40, 41}
	h.equal("rows of all days", h.numbers(), want)
	h.restart()
	h.equal("rows of all days after a restart", h.numbers(), want)
	rows := h.query(`SELECT count(*) FROM "Events" WHERE "TimeGenerated" >= `+ticks(morning.AddDate(0, 0, 3)), long("n"))
	h.equal("rows since day 3", rows, [][]any{{int64(4)}})
}

func ticks(t time.Time) string {
	return schemaTicks(schema.DatetimeOf(t))
}

// testClockBack: a clock that is set back loses nothing and repeats nothing.
func testClockBack(h *harness) {
	h.commit(h.rows("Events", 1), step("0", "", "a"))
	h.now = h.now.AddDate(0, 0, -3)
	h.commit(h.rows("Events", 2), step("0", "a", "b"))
	h.restart()
	h.position("0", "b")
	h.equal("rows", h.numbers(), []int{1, 2})
	h.now = h.now.AddDate(0, 0, 10)
	h.commit(h.rows("Events", 3), step("0", "b", "c"))
	h.equal("rows", h.numbers(), []int{1, 2, 3})
}

// testRetention: Events are kept for 30 days, Notes for 7.
func testRetention(h *harness) {
	h.commit(h.rows("Events", 1, 2))
	h.commit(h.rows("Notes", 1, 2, 3))
	h.now = h.now.AddDate(0, 0, 7)
	h.commit(h.rows("Events", 3))
	h.commit(h.rows("Notes", 4))
	h.equal("dropped on day 7", h.retain(), []store.Dropped(nil))

	h.now = h.now.AddDate(0, 0, 1)
	h.equal("dropped on day 8", h.retain(), []store.Dropped{{Table: "Notes", Day: "2026-11-20", Rows: 3}})
	h.equal("again", h.retain(), []store.Dropped(nil))
	h.equal("events", h.numbers(), []int{1, 2, 3})
	h.equal("notes", h.count("Notes"), 1)
	h.restart()
	h.equal("events after a restart", h.numbers(), []int{1, 2, 3})
	h.equal("notes after a restart", h.count("Notes"), 1)
	h.equal("what was dropped is new again", h.commit(h.rows("Notes", 1, 4)), 1)
	h.equal("what was kept is not", h.commit(h.rows("Events", 1, 2)), 0)

	h.now = h.now.AddDate(0, 0, 23)
	h.equal("dropped on day 31", h.retain(), []store.Dropped{
		{Table: "Events", Day: "2026-11-20", Rows: 2},
		{Table: "Notes", Day: "2026-11-27", Rows: 1},
		{Table: "Notes", Day: "2026-11-28", Rows: 1},
	})
	h.equal("events", h.numbers(), []int{3})
	h.equal("notes", h.count("Notes"), 0)
}

// testRetentionOfAll: a store that heard nothing for long is empty, but still
// knows its positions, and its sequence goes on.
func testRetentionOfAll(h *harness) {
	h.commit(h.rows("Events", upTo(0, 100)...), step("0", "", "a"))
	before := h.query(`SELECT max("_Sequence") FROM "Events"`, long("max"))[0][0].(int64)
	h.now = h.now.AddDate(1, 0, 0)
	h.equal("dropped", h.retain(), []store.Dropped{{Table: "Events", Day: "2026-11-20", Rows: 100}})
	h.restart()
	h.position("0", "a")
	h.equal("rows", h.count("Events"), 0)
	h.equal("new rows", h.commit(h.rows("Events", 1), step("0", "a", "b")), 1)
	after := h.query(`SELECT "_Sequence" FROM "Events"`, long("max"))[0][0].(int64)
	if after <= before {
		h.Errorf("sequence: got %d after %d, want more", after, before)
	}
	h.equal("dropped", h.retain(), []store.Dropped(nil))
	h.equal("rows", h.count("Events"), 1)
}

// testRetentionBesideReader: a cursor reads its snapshot to the end while what
// it reads is dropped.
func testRetentionBesideReader(h *harness) {
	const n = 20_000
	h.commit(h.rows("Events", upTo(0, n)...))
	h.now = h.now.AddDate(0, 0, 1)
	h.commit(h.rows("Events", n))
	cur, err := h.s.Query(context.Background(), store.Statement{SQL: `SELECT "Count" FROM "Events" ORDER BY "_Sequence"`, Columns: []schema.Column{long("Count")}})
	if err != nil {
		h.Fatalf("query: %v", err)
	}
	defer cur.Close() //nolint:errcheck // the reading is what counts
	h.now = h.now.AddDate(0, 0, 30)
	h.equal("dropped", h.retain(), []store.Dropped{{Table: "Events", Day: "2026-11-20", Rows: n}})
	h.equal("a new query", h.count("Events"), 1)
	for want := range n + 1 {
		row, err := cur.Next()
		if err != nil || row == nil || row[0] != int64(want) {
			h.Fatalf("row %d: got %v, %v", want, row, err)
		}
	}
}

// testRetentionBesideWriter: commits and readers go on while files of days are
// rewritten.
func testRetentionBesideWriter(h *harness) {
	const days, size = 6, 3000
	for day := range days {
		h.commit(h.rows("Events", upTo(day*size, (day+1)*size)...))
		h.commit(h.rows("Notes", upTo(day*size, (day+1)*size)...))
		h.now = h.now.AddDate(0, 0, 1)
	}
	h.now = h.now.AddDate(0, 0, 10)
	n := days * size
	h.commit(h.rows("Notes", n))
	var dropped []store.Dropped
	var retention sync.WaitGroup
	over := make(chan struct{})
	retention.Go(func() {
		defer close(over)
		dropped = h.retain()
	})
	for busy := true; busy; {
		select {
		case <-over:
			busy = false
		default:
			h.commit(h.rows("Events", n))
			n++
			h.equal("events while days are rewritten", h.count("Events"), n)
		}
	}
	retention.Wait()
	h.equal("tables dropped", len(dropped), days)
	h.equal("notes", h.count("Notes"), 1)
	h.equal("events", h.numbers(), upTo(0, n))
	h.restart()
	h.equal("events after a restart", h.numbers(), upTo(0, n))
	h.equal("events are still known", h.commit(h.rows("Events", upTo(0, n)...)), 0)
}

// testDisk: retention makes the store's folder smaller by about what was
// dropped.
func testDisk(h *harness) {
	big := func(from int) *schema.Rows {
		t, _ := h.catalog.Table("Events")
		r := schema.NewRows(t)
		state := uint64(from + 1)
		for i := range 2000 {
			noise := make([]byte, 0, 1000)
			for len(noise) < 1000 {
				state = state*6364136223846793005 + 1442695040888963407
				noise = append(noise, 'a'+byte(state>>60))
			}
			r.SetText(t.Column("Name"), noise)
			r.End(id(from + i))
		}
		return r
	}
	for day := range 4 {
		h.commit(big(day * 10_000))
		h.now = h.now.AddDate(0, 0, 1)
	}
	h.restart()
	before := h.size()
	h.now = morning.AddDate(0, 0, 33)
	h.equal("days dropped", len(h.retain()), 3)
	h.restart()
	if after := h.size(); after > before*45/100 {
		h.Errorf("size after retention of 3 of 4 days: got %d of %d bytes", after, before)
	}
}

func (h *harness) size() (n int64) {
	h.Helper()
	err := filepath.WalkDir(h.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return n
}
