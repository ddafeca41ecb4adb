package sqlgen

import (
	"fmt"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// stage reads the table of a stage, in the order in which its operator made
// the rows.
func (g *generator) stage(n *plan.Stage) *relation {
	name, ok := g.made[n]
	if !ok {
		if len(g.outer) > 0 {
			g.fail("%s cannot run inside mv-apply or partition", n.Name)
			return &relation{g: g, cols: map[*plan.Column]column{}}
		}
		name = g.makeStage(n)
	}
	r := &relation{g: g, from: fn.Ident(name) + " AS " + g.alias(), list: n.Cols, cols: map[*plan.Column]column{}, base: n.Cols}
	for i, c := range n.Cols {
		r.cols[c] = column{sql: fn.Ident(stageColumn(i))}
	}
	r.base = nil
	r.order = []orderKey{{sql: "rowid"}}
	return r
}

// stageColumn is the name of a column in a stage's table: KQL allows names
// that differ in case only, SQL does not.
func stageColumn(i int) string { return fmt.Sprintf("$%d", i+1) }

// makeStage adds the stage to the program, those that it reads before it.
func (p *program) makeStage(n *plan.Stage) string {
	st := store.Stage{Operator: n.Operator}
	for _, in := range n.Inputs {
		st.Inputs = append(st.Inputs, p.statement(in))
	}
	if n.Formula != nil {
		st.Formula = p.formula(n)
		st.Params = resultColumns(n.Row)
	}
	for i, c := range n.Cols {
		st.Columns = append(st.Columns, schema.Column{Name: stageColumn(i), Type: c.Type})
	}
	st.Table = fmt.Sprintf("$stage%d", len(p.stages)+1)
	p.stages = append(p.stages, st)
	p.made[n] = st.Table
	return st.Table
}

// formula says the expressions of a stage over the parameters.
func (p *program) formula(n *plan.Stage) *store.Statement {
	g := &generator{program: p, shared: map[*plan.Shared]*table{}}
	row := &relation{g: g, list: n.Row, cols: map[*plan.Column]column{}}
	params := make([]string, len(n.Row))
	for i, c := range n.Row {
		name := fn.Ident(stageColumn(i))
		params[i] = fmt.Sprintf("$%d::%s AS %s", i+1, fn.SQLType(c.Type), name)
		row.cols[c] = column{sql: name}
	}
	items := make([]string, len(n.Formula))
	st := &store.Statement{}
	for i, x := range n.Formula {
		items[i] = as(g.typed(x, row), fn.Ident(stageColumn(i)))
		st.Columns = append(st.Columns, schema.Column{Type: x.Type()})
	}
	from := ""
	if len(params) > 0 {
		from = "\nFROM (SELECT " + layout(params) + ")"
	}
	st.SQL = "SELECT " + layout(items) + from
	if len(g.with) > 0 {
		st.SQL = "WITH " + strings.Join(g.with, ",\n") + "\n" + st.SQL
	}
	return st
}
