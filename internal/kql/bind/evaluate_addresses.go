package bind

import (
	"fmt"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

func addressPlugins() []*Plugin {
	lookup := func(version string, bits int, example string) *Plugin {
		return &Plugin{
			Name: version + "_lookup", needs: 3,
			bind:  func(c *pluginCall) { c.addressLookup(version, bits) },
			Usage: version + "_lookup(table, address, network [, key, ...] [, return_unmatched = false])",
			Doc:   "The rows with those of a table whose network, in CIDR notation, holds the address, and that have the same values in the keys.",
			Examples: []fn.Example{
				{Query: example, Want: nil},
			},
		}
	}
	v4 := lookup("ipv4", 32, `let Nets = datatable(net:string, site:string)["10.1.0.0/16", "north", "10.2.0.0/16", "south"]; print ip = "10.2.3.4" | evaluate ipv4_lookup(Nets, ip, net)`)
	v4.Examples[0].Want = []string{"10.2.3.4", "10.2.0.0/16", "south"}
	v6 := lookup("ipv6", 128, `let Nets = datatable(net:string, site:string)["2001:db8:1::/48", "north"]; print ip = "2001:db8:2::7" | evaluate ipv6_lookup(Nets, ip, net, return_unmatched = true)`)
	v6.Examples[0].Want = []string{"2001:db8:2::7", "", ""}
	return append([]*Plugin{v4, v6}, shapePlugins()...)
}

func shapePlugins() []*Plugin {
	const zones = `let Zones = datatable(zone:string, shape:dynamic)["a", dynamic({"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]})]; `
	const lines = `let Lines = datatable(road:string, shape:dynamic)["a", dynamic({"type":"LineString","coordinates":[[0,0],[2,0]]})]; `
	return []*Plugin{
		{
			Name: "geo_polygon_lookup", needs: 4,
			bind: func(c *pluginCall) {
				c.shapeLookup("geo_point_in_polygon($x, $y, $shape)", "geo_distance_point_to_polygon($x, $y, $shape) <= $radius")
			},
			Usage:    "geo_polygon_lookup(table, polygon, longitude, latitude [, radius = metres] [, return_unmatched = false])",
			Doc:      "The rows with those of a table whose polygon holds the point, or is within a radius of it.",
			Examples: []fn.Example{{Query: zones + "print x = 1.0, y = 1.0 | evaluate geo_polygon_lookup(Zones, shape, x, y) | project zone", Want: []string{"a"}}},
		},
		{
			Name: "geo_line_lookup", needs: 5,
			bind: func(c *pluginCall) {
				c.named["radius"] = c.args[4]
				c.args = c.args[:4]
				c.shapeLookup("false", "geo_distance_point_to_line($x, $y, $shape) <= $radius")
			},
			Usage:    "geo_line_lookup(table, line, longitude, latitude, radius [, return_unmatched = false])",
			Doc:      "The rows with those of a table whose line is within a radius of the point, in metres.",
			Examples: []fn.Example{{Query: lines + "print x = 1.0, y = 0.001 | evaluate geo_line_lookup(Lines, shape, x, y, 200) | project road", Want: []string{"a"}}},
		},
	}
}

// shapeLookup compares every row with every shape.
func (c *pluginCall) shapeLookup(inside, near string) {
	table := c.table(c.args[0], c.scope)
	side := &pluginCall{pipeline: &pipeline{binder: c.binder, scope: c.scope, node: table}, make: c.make, op: c.op, called: map[string]string{}}
	left, right := visible(c.node.Columns()), visible(table.Columns())
	side.extend("shape", c.args[1])
	c.extend("x", c.args[2])
	c.extend("y", c.args[3])
	condition := inside
	if x := c.named["radius"]; x != nil {
		c.constant("radius", x)
		condition = near
	}
	own := ""
	for i, col := range right {
		own += fmt.Sprintf(", $r%d = %s", i, quoted(col.Name))
	}
	side.run("$T | project $one = 1, $shape%s", own)
	c.scope = c.scope.with("$shapes", &symbol{table: c.share("shapes", side.node)})
	kind := "inner"
	if c.wants("return_unmatched") {
		kind = "leftouter"
	}
	c.run(`let Rows = materialize($T | serialize $row = row_number());
		let Found = Rows | extend $one = 1 | join kind=inner $shapes on $one | where %s | project-away $x, $y;
		Rows | join kind=%s (Found | project $row%s) on $row`, condition, kind, projected(len(right)))
	c.lookedUp(left, right)
}

// projected lists the columns $r0, $r1 and so on.
func projected(n int) string {
	text := ""
	for i := range n {
		text += fmt.Sprintf(", $r%d", i)
	}
	return text
}

// addressLookup joins on the address masked to each length of prefix that the
// table's networks have: there are few of them. On the way the table's columns
// are called $r0, $r1 and so on.
func (c *pluginCall) addressLookup(version string, bits int) {
	table := c.table(c.args[0], c.scope)
	side := &pluginCall{pipeline: &pipeline{binder: c.binder, scope: c.scope, node: table}, make: c.make, op: c.op, called: map[string]string{}}
	left, right := visible(c.node.Columns()), visible(table.Columns())
	c.extend("ip", c.args[1])
	side.extend("net", c.args[2])
	keys := ""
	for i, key := range c.args[3:] {
		name := fmt.Sprintf("key%d", i)
		c.extend(name, key)
		side.extend(name, key)
		keys += ", $" + name
	}
	own := ""
	for i, col := range right {
		own += fmt.Sprintf(", $r%d = %s", i, quoted(col.Name))
	}
	masked := func(x string) string { return "tostring(parse_" + version + "_mask(" + x + ", $length))" }
	side.run(`$T | extend $length = coalesce(tolong(extract(@"/(\d+)$", 1, $net)), %d) | extend $masked = %s
		| where isnotempty($masked) | project $length, $masked%s%s`, bits, masked("$net"), keys, own)
	c.scope = c.scope.with("$networks", &symbol{table: c.share("networks", side.node)})
	kind := "inner"
	if c.wants("return_unmatched") {
		kind = "leftouter"
	}
	c.run(`let Rows = materialize($T | serialize $row = row_number());
		let Found = Rows | extend $one = 1 | join kind=inner ($networks | distinct $length | extend $one = 1) on $one
			| extend $masked = %s | where isnotempty($masked) | project $row, $length, $masked%s
			| join kind=inner $networks on $length, $masked%s;
		Rows | join kind=%s Found on $row`, masked("$ip"), keys, keys, kind)
	c.lookedUp(left, right)
}

// wants tells whether an option is given and true.
func (c *pluginCall) wants(name string) bool {
	x := c.named[name]
	if x == nil {
		return false
	}
	k := c.constant("option", x)
	if k == nil {
		return false
	}
	yes, ok := k.Value.(bool)
	if !ok {
		c.fail(x, "%s is true or false", name)
	}
	return yes
}

// lookedUp leaves the columns of both sides, named as a join does.
func (c *pluginCall) lookedUp(left, right []*plan.Column) {
	taken := uniqueNames{}
	var list []syntax.Expr
	for _, col := range left {
		list = append(list, c.make.named(taken.add(col.Name, ""), c.make.ident(col.Name)))
	}
	for i, col := range right {
		list = append(list, c.make.named(taken.add(col.Name, ""), c.make.ident(fmt.Sprintf("$r%d", i))))
	}
	c.project(list)
}
