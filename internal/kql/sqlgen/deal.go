package sqlgen

import (
	"fmt"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
)

// deal adds to each row the time of its run, or unnests the times of its runs.
func (g *generator) deal(n *plan.Deal) *relation {
	r := g.node(n.Input)
	if r.limit != "" || r.distinct != "" || r.windowed || r.cols[n.Time].computed {
		r = r.wrap()
	}
	at := fn.Paren(r.cols[n.Time].sql)
	first := fmt.Sprintf("(%s + %d) // %d * %[3]d", at, int64(n.Runs.Delay+n.Runs.Every)-1, int64(n.Runs.Every))
	if n.Runs.Once() {
		return r.dealtOnce(n, at, first)
	}
	list := fmt.Sprintf("generate_series(greatest(%s, %d), least(%s + %d, %d), %d)",
		first, int64(n.Runs.First), at, int64(n.Runs.Delay+n.Runs.Period)-1, int64(n.Runs.Last), int64(n.Runs.Every))
	sql, called, order := r.withItem("unnest("+list+")", n.Run)
	w := g.over(sql, n.Columns(), called)
	w.base, w.order = nil, order
	return w
}

// dealtOnce deals rows out of which none is in two windows.
func (r *relation) dealtOnce(n *plan.Deal, at, run string) *relation {
	dup := *r
	dup.list, dup.cols = n.Columns(), map[*plan.Column]column{n.Run: {sql: run, computed: true}}
	for c, how := range r.cols {
		dup.cols[c] = how
	}
	dup.where = append(r.where[:len(r.where):len(r.where)],
		fmt.Sprintf("%s > %d", at, int64(n.Runs.First-schema.DatetimeValue(n.Runs.Delay+n.Runs.Every))),
		fmt.Sprintf("%s <= %d", at, int64(n.Runs.Last-schema.DatetimeValue(n.Runs.Delay))))
	if n.Runs.Period < n.Runs.Every {
		dup.where = append(dup.where, fmt.Sprintf("%s < %s + %d", run, at, int64(n.Runs.Delay+n.Runs.Period)))
	}
	return &dup
}

// withItem is subquery with one column more.
func (r *relation) withItem(sql string, c *plan.Column) (string, map[*plan.Column]string, []orderKey) {
	dup := *r
	dup.list = append(r.list[:len(r.list):len(r.list)], c)
	dup.cols = map[*plan.Column]column{c: {sql: sql, computed: true}}
	for c, how := range r.cols {
		dup.cols[c] = how
	}
	return dup.subquery()
}
