package bind

import (
	"fmt"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

func rowPlugins() []*Plugin {
	return []*Plugin{
		{
			Name: "rows_near", needs: 2, bind: (*pluginCall).rowsNear,
			Usage: "rows_near(condition, rows [, rowsAfter])",
			Doc:   "The rows for which the condition holds, and so many rows before and after each; rows must have an order.",
			Examples: []fn.Example{
				{Query: "range n from 1 to 9 step 1 | evaluate rows_near(n == 5, 1, 2) | summarize ns = make_list(n)", Want: []string{"[4,5,6,7]"}},
			},
		},
		{
			Name: "preview", needs: 1, bind: (*pluginCall).preview,
			Usage: "preview(rows)",
			Doc:   "Two tables: the first rows, and the number of all.",
			Examples: []fn.Example{
				{Query: "range n from 1 to 9 step 1 | evaluate preview(2)", Want: []string{"1"}},
			},
		},
		{
			Name: "dcount_intersect", needs: 2, bind: (*pluginCall).dcountIntersect,
			Usage: "dcount_intersect(hll, hll, ...)",
			Doc:   "For sketches of sets, how many values the first has, the first two have in common, the first three, and so on, as columns s0, s1, s2.",
			Examples: []fn.Example{
				{Query: "range n from 1 to 100 step 1 | summarize a = hll(n), b = hll_if(n, n % 4 == 0) | evaluate dcount_intersect(a, b) | project s0, s1", Want: []string{"100", "25"}},
			},
		},
		{
			Name: "rolling_percentile", needs: 5, bind: (*pluginCall).rollingPercentile,
			Usage: "rolling_percentile(value, percentile, index, binSize, binsPerWindow [, dimension, ...])",
			Doc:   "The percentile over the bins of a window that ends with each bin of the index.",
			Examples: []fn.Example{
				{Query: "range n from 0 to 39 step 1 | evaluate rolling_percentile(n, 50, n, 10, 2) | sort by n asc | summarize make_list(rolling_2_percentile_n_50)", Want: []string{"[4,9,19,29]"}},
			},
		},
		{
			Name: "schema_merge", bind: (*pluginCall).schemaMerge,
			Usage: "schema_merge([PreserveOrder = true])",
			Doc:   "One schema of several that getschema has returned: numbers take the wider type, and a column that cannot be merged says why.",
			Examples: []fn.Example{
				{Query: "union (print a = 1 | getschema), (print a = 1, b = 'x' | getschema) | evaluate schema_merge() | summarize make_list(ColumnName)", Want: []string{`["a","b"]`}},
			},
		},
	}
}

// rowsNear numbers the rows and those that match: between two matches a row is
// near the one before or the one after.
func (c *pluginCall) rowsNear() {
	before := c.number(1, 0)
	after := c.number(2, before)
	outside := visible(c.node.Columns())
	if !c.sorted {
		c.fail(c.op.Call, "rows_near needs rows in an order: sort or serialize them before")
		return
	}
	c.extend("hit", c.args[0])
	c.run(`let N = materialize($T | serialize | extend $n = row_number() | extend $k = row_cumsum(tolong(coalesce($hit, false))));
		let H = N | where $hit | project $k, $at = $n;
		N | lookup kind=leftouter (H | project-rename $last = $at) on $k
		| extend $k = $k + 1
		| lookup kind=leftouter (H | project-rename $next = $at) on $k
		| where $n - $last <= %d or $next - $n <= %d
		| sort by $n asc`, after, before)
	c.onlyColumns(outside)
	c.sorted = true
}

// onlyColumns projects to the columns with the names that these have.
func (c *pluginCall) onlyColumns(outside []*plan.Column) {
	list := make([]syntax.Expr, len(outside))
	for i, col := range outside {
		list[i] = c.make.ident(col.Name)
	}
	c.project(list)
}

func (c *pluginCall) preview() {
	op := c.op
	if c.ending != op {
		c.fail(op, "preview returns several tables: it can only be the last operator of a query")
		return
	}
	rows := c.share("preview", c.node)
	count := &pipeline{binder: c.binder, scope: c.scope, node: rows.use()}
	count.countRows(&syntax.Count{Span: op.Span})
	c.unordered(rows.use())
	c.take(c.args[0])
	c.addTable("Count", count.node)
}

// dcountIntersect adds and subtracts the sizes of unions: the size of an
// intersection is their sum with alternating signs over all subsets.
func (c *pluginCall) dcountIntersect() {
	const most = 10
	if len(c.args) > most {
		c.fail(c.args[most], "dcount_intersect takes %d sketches at most", most)
		return
	}
	outside := visible(c.node.Columns())
	for i, x := range c.args {
		c.extend(fmt.Sprintf("h%d", i), x)
	}
	columns := make([]string, len(c.args))
	for i := range c.args {
		columns[i] = fmt.Sprintf("s%d = %s", i, commonTo(i+1))
	}
	kept := ""
	for _, col := range outside {
		kept += quoted(col.Name) + ", "
	}
	c.run("$T | project %s%s", kept, strings.Join(columns, ", "))
}

// commonTo says in KQL how many values the first n sketches have in common.
func commonTo(n int) string {
	var terms []string
	for subset := 1; subset < 1<<n; subset++ {
		var in []string
		for i := range n {
			if subset>>i&1 == 1 {
				in = append(in, fmt.Sprintf("$h%d", i))
			}
		}
		sign := "-"
		if len(in)%2 == 1 {
			sign = "+"
		}
		merged := in[0]
		if len(in) > 1 {
			merged = "hll_merge(" + strings.Join(in, ", ") + ")"
		}
		terms = append(terms, sign+" dcount_hll("+merged+")")
	}
	return "0 " + strings.Join(terms, " ")
}

// rollingPercentile counts each value in all bins whose window it lies in.
func (c *pluginCall) rollingPercentile() {
	percentile, size := c.constant("percentile", c.args[1]), c.constant("size", c.args[3])
	bins := c.number(4, 1)
	if percentile == nil || size == nil {
		return
	}
	if bins < 1 || bins > 10_000 {
		c.fail(c.args[4], "a window has 1 to 10,000 bins")
		return
	}
	c.extend("value", c.args[0])
	c.extend("index", c.args[2])
	dims := c.dimensions(5)
	c.called["result"] = fmt.Sprintf("rolling_%d_percentile_%s_%v", bins, c.called["value"], percentile.Value)
	c.run(`let B = $T | extend $index = bin($index, $size);
		let Last = toscalar(B | summarize max($index));
		B | mv-expand $k = range(0, %d - 1, 1) to typeof(long)
		| extend $index = $index + $k * $size
		| where $index <= Last
		| summarize $result = percentile($value, $percentile) by $index%s
		| sort by $index asc%s`, bins, dims, strings.ReplaceAll(dims, ", ", " , "))
	c.returns(append([]string{"index"}, append(dimensionNames(dims), "result")...)...)
}

// schemaMerge finds for each column the type that holds those it has, and its
// place.
func (c *pluginCall) schemaMerge() {
	keepOrder := true
	x := c.named["PreserveOrder"]
	if len(c.args) > 0 {
		x = c.args[0]
	}
	if x != nil {
		k := c.constant("keep", x)
		if k == nil {
			return
		}
		keepOrder, _ = k.Value.(bool)
	}
	for _, name := range []string{"ColumnName", "ColumnOrdinal", "DataType", "ColumnType"} {
		if rowsOf(c.node).find(name) == nil {
			c.fail(c.op.Call, "schema_merge needs the column %s: give it what getschema returns", name)
			return
		}
	}
	moved := "false"
	if keepOrder {
		moved = "$least != $most"
	}
	c.run(`let S = $T | summarize $least = min(ColumnOrdinal), $most = max(ColumnOrdinal), $types = make_set(ColumnType) by ColumnName
		| extend $type = case(array_length($types) == 1, tostring($types[0]),
			array_length(set_difference($types, dynamic(["int", "long"]))) == 0, "long",
			array_length(set_difference($types, dynamic(["int", "long", "real"]))) == 0, "real",
			array_length(set_difference($types, dynamic(["int", "long", "real", "decimal"]))) == 0, "decimal", "")
		| extend $wrong = case(%s, "columns are out of order", $type == "", "types are not compatible", "");
		S | sort by $most asc, ColumnName asc
		| extend $place = row_number(0)
		| project ColumnName,
			ColumnOrdinal = iff($wrong == "", $place, -1),
			DataType = iff($wrong == "", %s, strcat("ERROR(unknown CSL type:ERROR(", $wrong, "))")),
			ColumnType = iff($wrong == "", $type, strcat("ERROR(", $wrong, ")"))
		| sort by iff(ColumnOrdinal < 0, 1, 0) asc, ColumnOrdinal asc`, moved, dotNetOf("$type"))
}

// dotNetOf says in KQL what .NET calls a type.
func dotNetOf(x string) string {
	var b strings.Builder
	b.WriteString("case(")
	for _, t := range []schema.Type{
		schema.Bool, schema.Int, schema.Long, schema.Real, schema.Decimal, schema.String, schema.Datetime, schema.Timespan, schema.GUID,
	} {
		fmt.Fprintf(&b, "%s == '%s', '%s', ", x, t, dotNetTypes[t])
	}
	b.WriteString("'" + dotNetTypes[schema.Dynamic] + "')")
	return b.String()
}
