package bind

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// A Render is how a query wants its result to be drawn. It changes no row.
type Render struct {
	// Kind is the chart, such as timechart.
	Kind string
	// Properties are those of render by their names in lower case: title,
	// xcolumn, ycolumns with commas between, kind, and others.
	Properties map[string]string
}

// charts are the ways of drawing.
func charts() []string {
	return []string{
		"3Dchart", "anomalychart", "areachart", "barchart", "card", "columnchart", "graph", "ladderchart", "linechart", "list", "piechart", "pivotchart",
		"plotly", "sankey", "scatterchart", "stackedareachart", "table", "timechart", "timeline", "timepivot", "treemap",
	}
}

func (p *pipeline) renderAs(op *syntax.Render) {
	if !slices.Contains(charts(), op.Chart.Name) {
		p.fail(op.Chart, "there is no chart %q%s", op.Chart.Name, suggest(op.Chart.Name, charts()))
	}
	r := &Render{Kind: op.Chart.Name, Properties: map[string]string{}}
	for _, list := range [][]*syntax.Param{op.Params, op.With} {
		for _, param := range list {
			if param.Value != nil {
				r.Properties[strings.ToLower(param.Name.Name)] = p.propertyText(param.Value)
			}
		}
	}
	p.render = r
}

// propertyText is the text of a constant, of a name, or of a list of names.
func (p *pipeline) propertyText(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Ident:
		return x.Name
	case *syntax.Names:
		names := make([]string, len(x.List))
		for i, id := range x.List {
			names[i] = id.Name
		}
		return strings.Join(names, ",")
	}
	if c, ok := p.scalar(x, &env{scope: p.scope}).(*plan.Const); ok && c.Value != nil {
		return fmt.Sprint(c.Value)
	}
	return ""
}
