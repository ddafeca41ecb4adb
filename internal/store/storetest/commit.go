package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

func testEmpty(h *harness) {
	h.equal("rows", h.numbers(), []int{})
	h.position("0", "")
	if res, err := h.s.Commit(context.Background(), &store.Batch{}); err != nil || len(res.Committed) != 0 {
		h.Errorf("empty batch: got %+v, %v, want nothing", res, err)
	}
	h.commit(h.rows("Events"), step("0", "", "a"))
	h.position("0", "a")
	h.equal("rows", h.count("Events"), 0)
}

// testAtomic: when one of several positions does not fit, neither rows nor
// other positions are written.
func testAtomic(h *harness) {
	h.commit(h.rows("Events", 1), step("0", "", "a"))
	_, err := h.s.Commit(context.Background(), &store.Batch{
		Rows:      []*schema.Rows{h.rows("Events", 2), h.rows("Notes", 3)},
		Positions: []event.Position{step("1", "", "x"), step("0", "wrong", "b"), step("2", "", "y")},
	})
	var mismatch *store.PositionError
	if !errors.As(err, &mismatch) {
		h.Fatalf("commit from a wrong position: got %v, want a PositionError", err)
	}
	h.equal("it is event.ErrMoved", errors.Is(err, event.ErrMoved), true)
	h.equal("stored", mismatch.Stored, "a")
	h.equal("stated", mismatch.Position, step("0", "wrong", "b"))
	h.equal("rows", h.numbers(), []int{1})
	h.equal("notes", h.count("Notes"), 0)
	h.position("0", "a")
	h.position("1", "")
	h.position("2", "")
	h.equal("a row that was refused is no duplicate", h.commit(h.rows("Events", 2)), 1)
}

func testPositions(h *harness) {
	h.commit(h.rows("Events", 1), step("0", "", "a"), step("1", "", "p"))
	h.commit(h.rows("Events", 2), step("0", "a", "b"))
	h.commit(h.rows("Events", 3), step("0", "b", "c"), step("0", "c", "d")) // two steps of one partition
	h.position("0", "d")
	h.position("1", "p")
	odd := event.Position{Source: "quote ' \" ; --", Partition: "ü\t☃", From: "", To: "nul \x00 and ' quote"}
	h.commit(h.rows("Events", 4), odd)
	got, err := h.s.Position(context.Background(), odd.Source, odd.Partition)
	if err != nil || got != odd.To {
		h.Errorf("odd position: got %q, %v, want %q", got, err, odd.To)
	}
	for _, from := range []string{"", "a", "c"} {
		_, err := h.s.Commit(context.Background(), &store.Batch{Positions: []event.Position{step("0", from, "z")}})
		if !errors.As(err, new(*store.PositionError)) {
			h.Errorf("commit from %q: got %v, want a PositionError", from, err)
		}
	}
	h.equal("rows", h.numbers(), []int{1, 2, 3, 4})
}

// testPositionsSurvive: an idle partition is remembered over restarts, days
// and the retention of the day it was last heard of.
func testPositionsSurvive(h *harness) {
	h.commit(h.rows("Events", 1), step("idle", "", "kept"), step("busy", "", "1"))
	h.restart()
	h.position("idle", "kept")
	for day := range 3 {
		h.now = h.now.AddDate(0, 0, 20)
		h.commit(h.rows("Events", 10+day), step("busy", string(rune('1'+day)), string(rune('2'+day))))
		if _, err := h.s.Retain(context.Background(), h.now); err != nil {
			h.Fatalf("retain: %v", err)
		}
		h.restart()
		h.position("idle", "kept")
	}
	h.position("busy", "4")
	h.equal("rows", h.numbers(), []int{11, 12})
}

func testRecognised(h *harness) {
	h.equal("new rows", h.commit(h.rows("Events", 1, 2, 2, 3, 1)), 3)
	h.equal("new rows", h.commit(h.rows("Events", 3, 4, 1)), 1)
	h.equal("the same identity in another table", h.commit(h.rows("Notes", 1, 2)), 2)
	h.equal("rows", h.numbers(), []int{1, 2, 3, 4})

	res, err := h.s.Commit(context.Background(), &store.Batch{
		Rows: []*schema.Rows{h.rows("Events", 5), h.rows("Events", 5, 6), h.rows("Notes", 5)},
	})
	if err != nil {
		h.Fatalf("commit: %v", err)
	}
	h.equal("result", res, store.Result{
		Committed: map[string]int{"Events": 2, "Notes": 1},
		Duplicate: map[string]int{"Events": 1, "Notes": 0},
	})
}

func testRecognisedLater(h *harness) {
	h.commit(h.rows("Events", 1, 2, 3))
	h.now = h.now.AddDate(0, 0, 1)
	h.equal("new rows the next day", h.commit(h.rows("Events", 3, 4, 1)), 1)
	h.restart()
	h.now = h.now.AddDate(0, 0, 10)
	h.equal("new rows after a restart", h.commit(h.rows("Events", 4, 5, 2)), 1)
	h.restart()
	h.equal("nothing is new", h.commit(h.rows("Events", 1, 2, 3, 4, 5)), 0)
	h.equal("rows", h.numbers(), []int{1, 2, 3, 4, 5})
}

// testRecognisedMany mixes new and old in numbers that cross the borders of
// chunks, blocks and row groups.
func testRecognisedMany(h *harness) {
	const n = 50_000
	h.equal("new rows", h.commit(h.rows("Events", upTo(0, n)...)), n)
	h.equal("replayed whole", h.commit(h.rows("Events", upTo(0, n)...)), 0)
	var mixed []int
	for i := n - 3000; i < n+3000; i++ {
		mixed = append(mixed, i, i*7%n)
	}
	h.equal("new among old", h.commit(h.rows("Events", mixed...)), 3000)
	h.equal("rows", h.numbers(), upTo(0, n+3000))
}

func testSequence(h *harness) {
	for i := range 6 {
		h.commit(h.rows("Events", upTo(i*100, i*100+50)...))
		h.commit(h.rows("Notes", i))
		switch i {
		case 1, 4:
			h.restart()
		case 2:
			h.now = h.now.Add(time.Hour * 15)
		}
	}
	rows := h.query(`SELECT "_Sequence" FROM "Events" UNION ALL SELECT "_Sequence" FROM "Notes"`, long("_Sequence"))
	seen := map[any]bool{}
	for _, row := range rows {
		seen[row[0]] = true
	}
	h.equal("distinct sequences", len(seen), 306)
	h.equal("rows in order of arrival are sorted", slices.IsSorted(h.numbers()), true)
	arrived := h.query(`SELECT min("_TimeReceived"), max("_TimeReceived") FROM "Events"`,
		schema.Column{Name: "min", Type: schema.Datetime}, schema.Column{Name: "max", Type: schema.Datetime})
	h.equal("times of arrival", arrived, [][]any{{schema.DatetimeOf(morning), schema.DatetimeOf(morning.Add(time.Hour * 15))}})
}

// testFollow: who follows a table by its sequence, and says so, sees each row
// once and in order.
func testFollow(h *harness) {
	reached, got := int64(-1), []int{}
	follow := func() {
		st := store.Statement{
			SQL:     fmt.Sprintf(`SELECT "Count", "_Sequence" FROM "Events" WHERE "_Sequence" > %d ORDER BY "_Sequence"`, reached),
			Columns: []schema.Column{long("Count"), long("_Sequence")}, After: map[string]int64{"Events": reached},
		}
		rows, err := readAll(context.Background(), h.s, st)
		if err != nil {
			h.Fatal(err)
		}
		for _, row := range rows {
			got, reached = append(got, int(row[0].(int64))), row[1].(int64)
		}
	}
	for day := range 4 {
		h.commit(h.rows("Events", day*10, day*10+1))
		h.commit(h.rows("Notes", day))
		follow()
		h.commit(h.rows("Events", day*10+2))
		if day == 2 {
			h.restart()
		}
		h.now = h.now.AddDate(0, 0, 1)
	}
	follow()
	h.equal("rows followed", got, []int{0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32})
}
