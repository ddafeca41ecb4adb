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
		if len(g.outer) > 0 || len(g.around) > 0 {
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
	for i := range n.Formulas {
		st.Formulas = append(st.Formulas, p.formula(&n.Formulas[i]))
	}
	for i, c := range n.Cols {
		st.Columns = append(st.Columns, schema.Column{Name: stageColumn(i), Type: c.Type})
	}
	st.Table = fmt.Sprintf("$stage%d", len(p.stages)+1)
	p.stages = append(p.stages, st)
	p.made[n] = st.Table
	return st.Table
}

// formula says expressions over parameters.
func (p *program) formula(f *plan.Formula) store.Formula {
	g := &generator{program: p, shared: map[*plan.Shared]*table{}}
	row := &relation{g: g, list: f.Row, cols: map[*plan.Column]column{}}
	params := []string{"0 AS " + fn.Ident("$0")}
	for i, c := range f.Row {
		name := fn.Ident(stageColumn(i))
		params = append(params, fmt.Sprintf("$%d::%s AS %s", i+1, fn.SQLType(c.Type), name))
		row.cols[c] = column{sql: name}
	}
	items := make([]string, len(f.Xs))
	st := store.Formula{Params: resultColumns(f.Row)}
	for i, x := range f.Xs {
		items[i] = as(g.typed(x, row), fn.Ident(stageColumn(i)))
		st.Columns = append(st.Columns, schema.Column{Type: x.Type()})
	}
	st.SQL = "SELECT " + layout(items) + "\nFROM (SELECT " + layout(params) + ")"
	if len(g.with) > 0 {
		st.SQL = "WITH " + strings.Join(g.with, ",\n") + "\n" + st.SQL
	}
	return st
}
