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
	return []*Plugin{v4, v6}
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
