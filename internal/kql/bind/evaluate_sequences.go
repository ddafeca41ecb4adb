package bind

import (
	"fmt"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// Plugins that find what happens one after the other.

func sequencePlugins() []*Plugin {
	const states = `datatable(who:string, t:long, what:string)["a", 1, "open", "a", 2, "read", "a", 3, "close", "b", 1, "read", "b", 2, "close"] `
	return []*Plugin{
		{
			Name: "sequence_detect", needs: 4, bind: (*pluginCall).sequenceDetect,
			Usage: "sequence_detect(time, maxStep, maxSpan, name = condition, name = condition, ... [, dimension, ...])",
			Doc:   "Each way in which rows with the same dimensions meet the conditions one after the other, with the time of each step and the span of all.",
			Examples: []fn.Example{
				{Query: states + `| evaluate sequence_detect(t, 2, 5, first_ = what == "open", last_ = what == "close", who)`, Want: []string{"a", "1", "3", "2"}},
			},
		},
		{
			Name: "funnel_sequence", needs: 8, bind: (*pluginCall).funnelSequence,
			Usage: "funnel_sequence(id, time, start, end, maxStep, step, state, sequence)",
			Doc:   "Three tables that count the ids that went through a sequence of states: by what came before and after it, by what came before, and by what came after.",
			Examples: []fn.Example{
				{Query: states + `| evaluate funnel_sequence(who, t, 0, 10, 5, 10, what, dynamic(["read"])) | where prev == "open"`, Want: []string{"0", "open", "close", "1", `["a"]`}},
			},
		},
	}
}

// sequenceDetect joins a table of each step's rows with that of the step before.
func (c *pluginCall) sequenceDetect() {
	c.extend("time", unnamed(c.args[0]))
	c.constant("step", unnamed(c.args[1]))
	c.constant("span", unnamed(c.args[2]))
	var steps, names, dims []string
	for _, x := range c.args[3:] {
		if c.scalar(unnamed(x), c.env()).Type() == schema.Bool {
			name := fmt.Sprintf("e%d", len(steps))
			c.extend(name, x)
			steps, names = append(steps, name), append(names, c.called[name])
			continue
		}
		name := fmt.Sprintf("dim%d", len(dims))
		c.extend(name, x)
		dims = append(dims, "$"+name)
	}
	const most = 16
	if len(steps) == 0 || len(steps) > most {
		c.fail(c.op.Call, "sequence_detect needs 1 to %d conditions", most)
		return
	}
	c.run("%s", detectText(steps, dims))
	result := make([]string, 0, len(dims)+len(steps)+1)
	for _, d := range dims {
		result = append(result, d[1:])
	}
	for i, name := range names {
		at := fmt.Sprintf("t%d", i)
		c.called[at] = name + "_" + c.called["time"]
		result = append(result, at)
	}
	c.returns(append(result, "Duration")...)
}

func detectText(steps, dims []string) string {
	list, key := "", "$one"
	if len(dims) > 0 {
		list, key = ", "+strings.Join(dims, ", "), strings.Join(dims, ", ")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "let R = $T | extend $one = 1;\nR | where $e0 | project $one, $t0 = $time%s", list)
	for i := range steps[1:] {
		fmt.Fprintf(&b, "\n| join kind=inner (R | where $%s | project $one, $t%d = $time%s) on %s", steps[i+1], i+1, list, key)
		fmt.Fprintf(&b, "\n| where $t%[1]d > $t%[2]d and $t%[1]d - $t%[2]d <= $step and $t%[1]d - $t0 <= $span", i+1, i)
	}
	fmt.Fprintf(&b, "\n| extend $Duration = $t%d - $t0\n| distinct %s", len(steps)-1, detectColumns(len(steps), dims))
	fmt.Fprintf(&b, "\n| sort by $t0 asc, $t%d asc", len(steps)-1)
	return b.String()
}

func detectColumns(steps int, dims []string) string {
	all := append([]string{}, dims...)
	for i := range steps {
		all = append(all, fmt.Sprintf("$t%d", i))
	}
	return strings.Join(append(all, "$Duration"), ", ")
}

// maxSamples is how many ids a row of funnel_sequence names.
const maxSamples = 128

// funnelSequence looks at each id's states in order, those that follow
// themselves taken as one, and finds the sequence among them.
func (c *pluginCall) funnelSequence() {
	if c.ending != syntax.Operator(c.op) && !c.only() {
		return
	}
	c.extend("id", c.args[0])
	c.extend("time", c.args[1])
	for i, name := range []string{"start", "end", "gap", "step"} {
		c.constant(name, c.args[2+i])
	}
	c.extend("state", c.args[6])
	k := c.constant("sequence", c.args[7])
	if k == nil {
		return
	}
	wanted, ok := constantElements(k)
	if !ok || len(wanted) == 0 || len(wanted) > 32 {
		c.fail(c.args[7], "an array of 1 to 32 states is expected here")
		return
	}
	c.run("%s", funnelText(len(wanted)))
	c.called["prev"], c.called["next"] = "prev", "next"
	found := c.share("funnel", c.node)
	table := func(by string) *pluginCall {
		t := &pluginCall{pipeline: &pipeline{binder: c.binder, scope: c.scope, node: found.use()}, make: c.make, op: c.op, called: c.called}
		t.run(`$T | summarize $dcount = dcount($id), $samples = make_set($id, %d) by $time%s | sort by $time asc, $dcount desc`, maxSamples, by)
		t.returns(append(append([]string{"time"}, dimensionNames(by)...), "dcount", "samples")...)
		return t
	}
	c.unordered(table(", $prev, $next").node)
	if c.ending == syntax.Operator(c.op) {
		c.addTable("", table(", $prev").node)
		c.addTable("", table(", $next").node)
	}
}

// only tells that the first table alone goes on in a pipe.
func (c *pluginCall) only() bool {
	c.note("funnel_sequence returns three tables; only the first goes on")
	return true
}

func funnelText(states int) string {
	var b strings.Builder
	b.WriteString(`let S = $T | where $time between ($start .. $end) | project $id, $time, $state = tostring($state)
		| sort by $id asc, $time asc | where not($id == prev($id) and $state == prev($state))
		| sort by $id asc, $time asc
		| extend $prev = iff(prev($id) == $id and $time - prev($time) <= $gap, prev($state), "")`)
	fmt.Fprintf(&b, "\n| extend $next = iff(next($id, %[1]d) == $id and next($time, %[1]d) - next($time, %[2]d) <= $gap, next($state, %[1]d), \"\")", states, states-1)
	b.WriteString("\n| extend $match = $state == tostring($sequence[0])")
	for i := 1; i < states; i++ {
		fmt.Fprintf(&b, " and next($id, %[1]d) == $id and next($state, %[1]d) == tostring($sequence[%[1]d]) and next($time, %[1]d) - next($time, %[2]d) <= $gap", i, i-1)
	}
	b.WriteString(";\nS | where $match | project $id, $time = bin_at($time, $step, $start), $prev, $next")
	return b.String()
}
