package storetest

import (
	"slices"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// states is a table of what stands, kept for 7 days.
func states() *schema.Table {
	return &schema.Table{
		Name: "States", Version: 1, Retention: 7,
		Standing: &schema.Standing{By: []string{"Kind", "Thing"}, Status: "Status", Gone: "gone"},
		Columns: []schema.Column{
			{Name: "Kind", Type: schema.String},
			{Name: "Thing", Type: schema.String},
			{Name: "Status", Type: schema.String},
			{Name: "Text", Type: schema.String},
		},
	}
}

// says commits one row about each of the things, all of one status.
func (h *harness) says(status string, first int, things ...string) {
	h.Helper()
	table, _ := h.catalog.Table("States")
	r := schema.NewRows(table)
	for i, thing := range things {
		r.SetString(table.Column("Kind"), "kind")
		r.SetString(table.Column("Thing"), thing)
		r.SetString(table.Column("Status"), status)
		r.End(id(first + i))
	}
	h.commit(r)
}

// stands returns the things and statuses that are stored, in order of arrival.
func (h *harness) stands() (list []string) {
	h.Helper()
	for _, row := range h.query(`SELECT "Thing", "Status" FROM "States" ORDER BY "_Sequence"`, text("Thing"), text("Status")) {
		list = append(list, row[0].(string)+" "+row[1].(string))
	}
	return list
}

// testStanding: of old rows about one thing the last stays, unless it says that
// the thing is gone.
func testStanding(h *harness) {
	h.stop()
	h.catalog = append(slices.Clone(h.catalog), states())
	h.start()
	h.says("here", 1, "a", "b", "c")
	h.says("changed", 4, "a")
	h.now = h.now.AddDate(0, 0, 2)
	h.says("gone", 5, "b")
	h.now = h.now.AddDate(0, 0, 8) // the first file is expired, the second not
	h.commit(h.rows("Notes", 1))
	h.equal("states", h.stands(), []string{"a here", "b here", "c here", "a changed", "b gone"})

	h.now = h.now.AddDate(0, 0, -2)
	h.equal("dropped on day 8", h.retain(), []store.Dropped{{Table: "States", Day: "2026-11-20", Rows: 2}})
	h.equal("states", h.stands(), []string{"c here", "a changed", "b gone"})
	h.now = h.now.AddDate(0, 0, 2)
	h.equal("dropped on day 10", h.retain(), []store.Dropped{{Table: "States", Day: "2026-11-22", Rows: 1}})
	h.equal("again", h.retain(), []store.Dropped(nil))
	h.restart()
	h.equal("states after years", h.stands(), []string{"c here", "a changed"})

	h.now = h.now.AddDate(3, 0, 0)
	h.retain()
	h.says("changed", 6, "a", "c")
	h.equal("what was replaced goes", h.retain(), []store.Dropped{{Table: "States", Day: "2026-11-20", Rows: 2}})
	h.equal("states in the end", h.stands(), []string{"a changed", "c changed"})
}
