package bind

import (
	"slices"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

func bagPlugins() []*Plugin {
	return []*Plugin{
		{
			Name: "bag_unpack", needs: 1, bind: (*pluginCall).bagUnpack,
			Usage: "bag_unpack(column [, prefix] [, columnsConflict = 'error'|'replace_source'|'keep_source'] [, ignoredProperties = array]) [: (*, name:type, ...)]",
			Doc:   "The rows with a column for each property of a bag; the types are those of the stored values unless they are declared.",
			Examples: []fn.Example{
				{Query: `print d = dynamic({"user": "ann", "tries": 3}), n = 1 | evaluate bag_unpack(d)`, Want: []string{"1", "3", "ann"}},
				{Query: `print d = dynamic({"user": "ann"}) | evaluate bag_unpack(d, "d_") : (d_user:string, d_tries:long)`, Want: []string{"ann", ""}},
			},
		},
		{
			Name: "pivot", needs: 1, bind: (*pluginCall).pivot,
			Usage: "pivot(column [, aggregate] [, column, ...]) [: (name:type, ...)]",
			Doc:   "A column for each value of a column, with the aggregate, count() by default, over the rows that have it; a row for each combination of the other columns.",
			Examples: []fn.Example{
				{Query: `datatable(who:string, what:string)["ann", "read", "ann", "read", "bob", "write"] | evaluate pivot(what) | sort by who asc`, Want: []string{"ann", "2", "0"}},
			},
		},
		{
			Name: "narrow", bind: (*pluginCall).narrow,
			Usage: "narrow()",
			Doc:   "A row for each value of the table: the number of its row, counted from 0, the name of its column, and the value as text.",
			Examples: []fn.Example{
				{Query: `print a = 1, b = "x" | evaluate narrow() | sort by Column desc`, Want: []string{"0", "b", "x"}},
			},
		},
	}
}

// A property becomes a column.
type property struct {
	key, name string
	t         schema.Type
}

// bagUnpack takes the properties from the declared schema, or else from the
// stored values.
func (c *pluginCall) bagUnpack() {
	bag, ok := c.scalar(c.args[0], c.env()).(*plan.Ref)
	if !ok {
		c.fail(c.args[0], "the name of a column is expected here")
		return
	}
	if t := bag.Type(); t != schema.Dynamic && t != schema.Unknown {
		c.fail(c.args[0], "a column of type dynamic is expected here, not %s", t)
		return
	}
	prefix, conflict, ignored := c.unpackOptions()
	others := slices.DeleteFunc(visible(c.node.Columns()), func(o *plan.Column) bool { return o == bag.Col })
	if c.op.Schema != nil {
		c.unpackDeclared(bag.Col, others, prefix)
		return
	}
	properties, ok := c.properties(bag.Col, prefix, ignored)
	if !ok {
		c.unknownColumns(others)
		return
	}
	c.unpack(bag.Col, others, properties, conflict)
}

func (c *pluginCall) unpackOptions() (prefix, conflict string, ignored []string) {
	option := func(place int, name string) syntax.Expr {
		if x := c.named[name]; x != nil {
			return x
		}
		if place < len(c.args) {
			return c.args[place]
		}
		return nil
	}
	if x := option(1, "OutputColumnPrefix"); x != nil {
		prefix, _ = c.constantText(x, &env{scope: c.scope})
	}
	conflict = "error"
	if x := option(2, "columnsConflict"); x != nil {
		conflict, _ = c.constantText(x, &env{scope: c.scope})
		if !slices.Contains([]string{"error", "replace_source", "keep_source"}, conflict) {
			c.fail(x, "columnsConflict is 'error', 'replace_source' or 'keep_source'")
		}
	}
	if x := option(3, "ignoredProperties"); x != nil {
		elements, ok := constantElements(c.scalar(x, &env{scope: c.scope}))
		if !ok {
			c.fail(x, "a constant array of names is expected here")
		}
		for _, el := range elements {
			name, _ := el.(*plan.Const).Value.(string)
			ignored = append(ignored, name)
		}
	}
	return prefix, conflict, ignored
}

// maxProperties bounds the columns that values make.
const maxProperties = 1000

// properties learns which there are, in order of name, and their types: dynamic
// where values differ.
func (c *pluginCall) properties(bag *plan.Column, prefix string, ignored []string) ([]property, bool) {
	rows, ok := c.ask("$T | project bag = " + quoted(bag.Name) + ` | mv-expand kind=array pair = bag
		| summarize types = make_set(gettype(pair[1])) by key = tostring(pair[0]) | where key != "" | sort by key asc`)
	if !ok {
		return nil, c.opt.Ask != nil
	}
	if len(rows) > maxProperties {
		c.fail(c.op.Call, "the values have %d different properties, %d can become columns: declare those that are wanted", len(rows), maxProperties)
		return nil, true
	}
	var list []property
	for _, row := range rows {
		key := row[0].(string)
		if !slices.Contains(ignored, key) {
			list = append(list, property{key, prefix + key, typeOfAll(row[1])})
		}
	}
	return list, true
}

// typeOfAll is the type that values have, null aside.
func typeOfAll(names any) schema.Type {
	text, _ := names.(schema.DynamicValue)
	elements, _ := constantElements(&plan.Const{T: schema.Dynamic, Value: text})
	t := schema.Unknown
	for _, el := range elements {
		name, _ := el.(*plan.Const).Value.(string)
		if name == "null" {
			continue
		}
		one, err := schema.ParseType(name)
		if err != nil || t != schema.Unknown && t != one {
			return schema.Dynamic
		}
		t = one
	}
	if t == schema.Unknown {
		return schema.Dynamic
	}
	return t
}

// unpack puts the properties behind the other columns; one that has the name of
// a column takes its place or gives way.
func (c *pluginCall) unpack(bag *plan.Column, others []*plan.Column, properties []property, conflict string) {
	items := kept(others)
	for _, p := range properties {
		it := plan.Item{Col: &plan.Column{Name: p.name, Type: p.t, Nullable: p.t != schema.String}, X: c.propertyOf(bag, p)}
		at := slices.IndexFunc(items, func(o plan.Item) bool { return o.Col.Name == p.name })
		switch {
		case at < 0:
			items = append(items, it)
		case conflict == "replace_source":
			items[at] = it
		case conflict == "error":
			c.fail(c.op.Call, "the property %q has the name of a column: choose columnsConflict='replace_source' or 'keep_source', or a prefix", p.key)
		}
	}
	c.then(&plan.Project{Input: c.node, Items: items})
}

func (c *pluginCall) propertyOf(bag *plan.Column, p property) plan.Expr {
	value := c.step(&plan.Ref{Col: bag}, "."+escapeKey(p.key), c.op.Call)
	return c.convert(value, p.t, c.op.Call)
}

// unpackDeclared makes the columns of the schema, behind those of the rows if
// it begins with a star.
func (c *pluginCall) unpackDeclared(bag *plan.Column, others []*plan.Column, prefix string) {
	var items []plan.Item
	if c.op.SchemaStar {
		items = kept(others)
	}
	for _, col := range c.declared(c.op.Schema) {
		p := property{strings.TrimPrefix(col.Name, prefix), col.Name, col.Type}
		it := plan.Item{Col: col, X: c.propertyOf(bag, p)}
		if own := rowsOf(c.node).find(col.Name); own != nil && own != bag {
			it.X = c.convert(&plan.Ref{Col: own}, col.Type, c.op.Call)
		}
		items = slices.DeleteFunc(items, func(o plan.Item) bool { return o.Col.Name == col.Name })
		items = append(items, it)
	}
	c.then(&plan.Project{Input: c.node, Items: items})
}

// pivot groups by the other columns and the pivoted one first, and then takes
// the groups side by side.
func (c *pluginCall) pivot() {
	column, ok := c.scalar(c.args[0], c.env()).(*plan.Ref)
	if !ok {
		c.fail(c.args[0], "the name of a column is expected here")
		return
	}
	var aggregate syntax.Expr = c.make.call("count")
	rest := c.args[1:]
	if len(rest) > 0 && c.isAggregate(rest[0]) {
		aggregate, rest = rest[0], rest[1:]
	}
	by := c.pivotGroups(column.Col, aggregate, rest)
	values, types, ok := c.pivotValues(column.Col)
	if !ok {
		var known []*plan.Column
		for _, x := range by {
			if ref, ok := c.scalar(x, c.env()).(*plan.Ref); ok {
				known = append(known, ref.Col)
			}
		}
		c.unknownColumns(known)
		return
	}
	key := c.make.named("$key", c.make.call("tostring", c.args[0]))
	c.summarize(&syntax.Summarize{Span: c.op.Span, Aggregates: []syntax.Expr{c.make.named("$value", aggregate)}, By: append(by, key)})
	c.sideBySide(by, values, types)
}

func (c *pluginCall) isAggregate(x syntax.Expr) bool {
	call, ok := x.(*syntax.Call)
	return ok && c.lib.Find(fn.Aggregate, call.Name.Name) != nil && c.lib.Find(fn.Scalar, call.Name.Name) == nil
}

// pivotGroups are the columns named, or all that are neither pivoted nor
// aggregated.
func (c *pluginCall) pivotGroups(column *plan.Column, aggregate syntax.Expr, named []syntax.Expr) []syntax.Expr {
	if len(named) > 0 {
		return named
	}
	inner := c.env()
	inner.aggregates = true
	used := map[*plan.Column]bool{column: true}
	plan.Walk(c.scalar(aggregate, inner), func(x plan.Expr) bool {
		if ref, ok := x.(*plan.Ref); ok {
			used[ref.Col] = true
		}
		return true
	})
	var by []syntax.Expr
	for _, col := range visible(c.node.Columns()) {
		if !used[col] {
			by = append(by, c.make.ident(col.Name))
		}
	}
	return by
}

// pivotValues are the columns that the result will have; types is nil if they
// follow from the aggregate.
func (c *pluginCall) pivotValues(column *plan.Column) (values []string, types map[string]schema.Type, ok bool) {
	if c.op.Schema != nil {
		types = map[string]schema.Type{}
		for _, col := range c.declared(c.op.Schema) {
			types[col.Name] = col.Type
			values = append(values, col.Name)
		}
		return values, types, true
	}
	rows, ok := c.ask("$T | summarize by value = tostring(" + quoted(column.Name) + ") | sort by value asc")
	if !ok {
		return nil, nil, c.opt.Ask != nil
	}
	if len(rows) > maxProperties {
		c.fail(c.op.Call, "the column %s has %d different values, %d can become columns", column.Name, len(rows), maxProperties)
		return nil, nil, true
	}
	for _, row := range rows {
		values = append(values, row[0].(string))
	}
	return values, nil, true
}

// sideBySide makes a column of each value's groups. A count or sum over no rows
// is 0.
func (c *pluginCall) sideBySide(by []syntax.Expr, values []string, types map[string]schema.Type) {
	var groups []string
	for _, x := range by {
		name, _ := c.resultName(x, c.env())
		groups = append(groups, name)
	}
	var makes []syntax.Expr
	zero := c.zeroOf()
	for _, v := range values {
		if slices.Contains(groups, v) {
			continue
		}
		is := c.make.binary(syntax.OpEqual, c.make.ident("$key"), &syntax.Literal{Span: c.make.Span, Type: schema.String, Value: v})
		var cell syntax.Expr = c.make.call("take_anyif", c.make.ident("$value"), is)
		if zero != nil {
			cell = c.make.call("coalesce", cell, zero)
		}
		if t, ok := types[v]; ok {
			cell = c.make.call(conversionNames[t], cell)
		}
		makes = append(makes, c.make.named(v, cell))
	}
	keys := make([]syntax.Expr, len(groups))
	for i, name := range groups {
		keys[i] = c.make.ident(name)
	}
	c.summarize(&syntax.Summarize{Span: c.op.Span, Aggregates: makes, By: keys})
	if types != nil {
		order := make([]syntax.Expr, len(values))
		for i, v := range values {
			order[i] = c.make.ident(v)
		}
		c.project(order)
	}
}

// zeroOf is what a count or sum has over no rows, nil for other aggregates.
func (c *pluginCall) zeroOf() syntax.Expr {
	aggregate := "count"
	if len(c.args) > 1 && c.isAggregate(c.args[1]) {
		aggregate = c.args[1].(*syntax.Call).Name.Name
	}
	if !slices.Contains([]string{"count", "sum", "dcount", "countif", "sumif", "dcountif"}, aggregate) {
		return nil
	}
	value := rowsOf(c.node).find("$value")
	if value == nil || value.Type != schema.Long && value.Type != schema.Real {
		return nil
	}
	if value.Type == schema.Real {
		return &syntax.Literal{Span: c.make.Span, Type: schema.Real, Value: 0.0}
	}
	return &syntax.Literal{Span: c.make.Span, Type: schema.Long, Value: int64(0)}
}

// narrow takes each row apart.
func (c *pluginCall) narrow() {
	var pairs []string
	for _, col := range visible(c.node.Columns()) {
		name := &strings.Builder{}
		name.WriteString("pack_array(")
		name.WriteString("'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(col.Name) + "', tostring(" + quoted(col.Name) + "))")
		pairs = append(pairs, name.String())
	}
	c.run(`$T | serialize $row = row_number(0) | project $row, $pairs = pack_array(%s)
		| mv-expand $pair = $pairs | project Row = $row, Column = tostring($pair[0]), Value = tostring($pair[1])`, strings.Join(pairs, ", "))
}
