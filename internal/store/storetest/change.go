package storetest

import (
	"errors"
	"slices"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// with returns the events table with its columns changed, as a later version.
func with(change func([]schema.Column) []schema.Column) Catalog {
	t := events()
	t.Version++
	t.Columns = change(slices.Clone(t.Columns))
	return Catalog{t, notes()}
}

func added(cols []schema.Column) []schema.Column {
	return slices.Insert(cols, 1,
		schema.Column{Name: "Colour", Type: schema.String},
		schema.Column{Name: "Weight", Type: schema.Real})
}

func (h *harness) colours(want [][]any) {
	h.Helper()
	got := h.query(`SELECT "Colour", "Weight", "Count" FROM "Events" ORDER BY "_Sequence"`,
		text("Colour"), schema.Column{Name: "Weight", Type: schema.Real}, long("Count"))
	h.equal("rows", got, want)
	got = h.query(`SELECT count(*) FROM "Events" WHERE "Colour" = ''`, long("n"))
	empty := 0
	for _, row := range want {
		if row[0] == "" {
			empty++
		}
	}
	h.equal("rows without colour", got, [][]any{{int64(empty)}})
}

func testColumnAdded(h *harness) {
	h.commit(h.rows("Events", 1))
	h.stop()
	h.now = h.now.AddDate(0, 0, 1)
	h.catalog = with(added)
	h.start()
	h.colours([][]any{{"", nil, int64(1)}})
	h.paint(2)
	h.colours([][]any{{"", nil, int64(1)}, {"red", 0.5, int64(2)}})
}

func testColumnAddedToday(h *harness) {
	h.commit(h.rows("Events", 1))
	h.stop()
	h.catalog = with(added)
	h.start()
	h.colours([][]any{{"", nil, int64(1)}})
	h.paint(2)
	h.restart()
	h.paint(3)
	h.colours([][]any{{"", nil, int64(1)}, {"red", 0.5, int64(2)}, {"red", 0.5, int64(3)}})
}

// paint commits a row with the added columns.
func (h *harness) paint(n int) {
	h.Helper()
	t, _ := h.catalog.Table("Events")
	r := schema.NewRows(t)
	for name, v := range map[string]any{"Colour": "red", "Weight": 0.5, "Count": n} {
		if err := r.Set(name, v); err != nil {
			h.Fatal(err)
		}
	}
	r.End(id(n))
	h.commit(r)
}

// testColumnRemoved: what is not declared any more stays where it is and
// disturbs nobody; declared again, it is back.
func testColumnRemoved(h *harness) {
	full := h.catalog
	h.commit(h.rows("Events", 1))
	h.stop()
	h.catalog = with(func(cols []schema.Column) []schema.Column { return slices.Delete(cols, 1, 2) }) // Name
	h.start()
	h.commit(h.rows("Events", 2))
	h.equal("rows", h.numbers(), []int{1, 2})
	h.stop()
	full[0].Version = 3
	h.catalog = full
	h.start()
	h.commit(h.rows("Events", 3))
	h.equal("rows", h.numbers(), []int{1, 2, 3})
	h.equal("rows without name", h.query(`SELECT count(*) FROM "Events" WHERE "Name" = ''`, long("n")), [][]any{{int64(3)}})
}

func testTableAdded(h *harness) {
	h.commit(h.rows("Events", 1))
	h.stop()
	more := &schema.Table{Name: "Tags", Version: 1, Retention: 7, Columns: []schema.Column{{Name: "Text", Type: schema.String}}}
	h.catalog = append(slices.Clone(h.catalog), more)
	h.start()
	h.equal("rows of the new table", h.count("Tags"), 0)
	h.equal("new rows", h.commit(h.rows("Tags", 1)), 1)
	h.restart()
	h.equal("rows of the new table", h.count("Tags"), 1)
}

func testNewer(h *harness) {
	older := h.catalog
	h.stop()
	h.catalog = with(added)
	h.start()
	h.commit(h.rows("Events", 1))
	h.stop()
	s, err := h.tryOpen(older)
	var version *store.VersionError
	if !errors.As(err, &version) {
		h.Fatalf("open with an older declaration: got %v, %v, want a VersionError", s, err)
	}
	h.equal("versions", []int{version.Stored, version.Ours}, []int{2, 1})
	h.mentions(err, "Events")
	h.start()
	h.equal("rows", h.numbers(), []int{1})
}

func testTypeChanged(h *harness) {
	h.commit(h.rows("Events", 1))
	h.stop()
	s, err := h.tryOpen(with(func(cols []schema.Column) []schema.Column {
		cols[2].Type = schema.String
		return cols
	}))
	if err == nil {
		h.Errorf("open with a changed type: got %v, want an error", s)
	}
	h.mentions(err, "Events", "Count", "long", "string")
	h.start()
	h.equal("rows", h.numbers(), []int{1})
}

func testSecond(h *harness) {
	h.commit(h.rows("Events", 1))
	s, err := h.tryOpen(h.catalog)
	if !errors.Is(err, store.ErrInUse) {
		h.Fatalf("second open: got %v, %v, want ErrInUse", s, err)
	}
	h.restart()
	h.equal("rows", h.numbers(), []int{1})
}
