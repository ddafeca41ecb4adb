package bind

import (
	"strings"

	"nephoscope/internal/kql/fn"
)

// Plugins that count who does something in the course of time. Time is cut into
// bins, counted from the start.

func activityPlugins() []*Plugin {
	const seen = `datatable(id:string, t:long)["a", 1, "b", 1, "a", 2, "c", 3] `
	return []*Plugin{
		{
			Name: "activity_counts_metrics", needs: 5, bind: (*pluginCall).activityCounts,
			Usage: "activity_counts_metrics(id, time, start, end, step [, dimension, ...])",
			Doc:   "For each step of time the number of rows, of different ids, of ids that were not seen before, and of ids so far.",
			Examples: []fn.Example{
				{Query: seen + "| evaluate activity_counts_metrics(id, t, 1, 3, 1) | where t == 3", Want: []string{"3", "1", "1", "1", "3"}},
			},
		},
		{
			Name: "sliding_window_counts", needs: 6, bind: (*pluginCall).slidingCounts,
			Usage: "sliding_window_counts(id, time, start, end, lookback, step [, dimension, ...])",
			Doc:   "For each step of time the number of rows, and of different ids, in the window that ends with it.",
			Examples: []fn.Example{
				{Query: seen + "| evaluate sliding_window_counts(id, t, 1, 3, 2, 1) | where t == 2", Want: []string{"2", "3", "2"}},
			},
		},
		{
			Name: "session_count", needs: 6, bind: (*pluginCall).sessionCount,
			Usage: "session_count(id, time, start, end, step, lookback [, dimension, ...])",
			Doc:   "For each step of time the number of sessions seen in it; one begins when an id was not seen within the time to look back.",
			Examples: []fn.Example{
				{Query: seen + "| evaluate session_count(id, t, 1, 3, 10, 1)", Want: []string{"1", "3"}},
			},
		},
		{
			Name: "active_users_count", needs: 8, bind: (*pluginCall).activeUsers,
			Usage: "active_users_count(id, time, start, end, lookback, period, periods, bin [, dimension, ...])",
			Doc:   "For each bin of time the number of ids that were seen in so many different periods of the time to look back.",
			Examples: []fn.Example{
				{Query: seen + "| evaluate active_users_count(id, t, 1, 3, 3, 1, 2, 1)", Want: []string{"2", "1"}},
			},
		},
		{
			Name: "activity_engagement", needs: 6, bind: (*pluginCall).activityEngagement,
			Usage: "activity_engagement(id, time, start, end, innerWindow, outerWindow [, dimension, ...])",
			Doc:   "For each inner window of time the number of ids seen in it, in the outer window that ends with it, and their ratio.",
			Examples: []fn.Example{
				{Query: seen + "| evaluate activity_engagement(id, t, 1, 3, 1, 2) | where t == 2", Want: []string{"2", "1", "2", "0.5"}},
			},
		},
	}
}

// timeline makes the columns $id and $time and the values $start, $end and
// others of the first arguments, and the dimensions of the rest.
func (c *pluginCall) timeline(constants ...string) (dims string) {
	c.extend("id", c.args[0])
	c.extend("time", c.args[1])
	for i, name := range append([]string{"start", "end"}, constants...) {
		c.constant(name, c.args[2+i])
	}
	return c.dimensions(4 + len(constants))
}

// result names the columns that follow time and dimensions.
func (c *pluginCall) result(dims string, names ...string) {
	c.returns(append(append([]string{"time"}, dimensionNames(dims)...), names...)...)
}

// ascending orders by time and the dimensions.
func ascending(dims string) string {
	return "$time" + strings.ReplaceAll(dims, ",", " asc,") + " asc"
}

func (c *pluginCall) activityCounts() {
	dims := c.timeline("step")
	c.run(`let B = $T | where $time between ($start .. $end) | extend $time = bin_at($time, $step, $start);
		let First = B | summarize $time = min($time) by $id%[1]s | summarize $new = count() by $time%[1]s;
		B | summarize $count = count(), $dcount = dcount($id) by $time%[1]s
		| lookup kind=leftouter First on $time%[1]s
		| extend $new_dcount = coalesce($new, 0)
		| sort by %[2]s
		| extend $aggregated_dcount = row_cumsum($new_dcount, %[3]s)
		| sort by %[4]s`, dims, byDimensions(dims), changed(dims), ascending(dims))
	c.result(dims, "count", "dcount", "new_dcount", "aggregated_dcount")
}

// byDimensions orders by the dimensions and then by time.
func byDimensions(dims string) string {
	return strings.TrimPrefix(strings.ReplaceAll(dims+", $time", ",", " asc,"), " asc, ") + " asc"
}

// slide counts each row in all steps whose window it lies in.
const slide = `let B = $T | where $time > $start - $window and $time <= $end + $step
	| extend $time = bin_at($time, $step, $start)
	| mv-expand $k = range(0, tolong(ceiling(todouble($window / $step))) - 1, 1) to typeof(long)
	| extend $time = $time + $k * $step
	| where $time between ($start .. $end);
`

func (c *pluginCall) slidingCounts() {
	dims := c.timeline("window", "step")
	c.run(slide+`B | summarize $Count = count(), $Dcount = dcount($id) by $time%s | sort by %s`, dims, ascending(dims))
	c.result(dims, "Count", "Dcount")
}

func (c *pluginCall) sessionCount() {
	dims := c.timeline("step", "window")
	c.run(`$T | where $time between ($start .. $end)
		| sort by $id asc, %[2]s
		| extend $session = row_cumsum(tolong(iff($id != prev($id) or %[3]s or $time - prev($time) > $window or row_number() == 1, 1, 0)))
		| extend $time = bin_at($time, $step, $start)
		| summarize $count_sessions = count_distinct($session) by $time%[1]s | sort by %[4]s`, dims, byDimensions(dims), changed(dims), ascending(dims))
	c.result(dims, "count_sessions")
}

func (c *pluginCall) activeUsers() {
	dims := c.timeline("window", "period", "periods", "step")
	c.run(`let B = $T | where $time > $start - $window and $time <= $end | project $id, $time%[1]s | distinct *;
		B | where $time >= $start
		| join kind=inner (B | project-rename $seen = $time) on $id%[1]s
		| where $seen <= $time and $seen > $time - $window
		| summarize $active = count_distinct(bin_at($seen, $period, $start)) by $id, $time%[1]s
		| where $active >= $periods
		| summarize $dcount = dcount($id) by $time = bin_at($time, $step, $start)%[1]s | sort by %[2]s`, dims, ascending(dims))
	c.result(dims, "dcount")
}

func (c *pluginCall) activityEngagement() {
	dims := c.timeline("step", "window")
	c.run(slide+`let Outer = B | summarize $dcount_activities_outer = dcount($id) by $time%[1]s;
		$T | where $time between ($start .. $end) | extend $time = bin_at($time, $step, $start)
		| summarize $dcount_activities_inner = dcount($id) by $time%[1]s
		| lookup kind=leftouter Outer on $time%[1]s
		| extend $activity_ratio = todouble($dcount_activities_inner) / $dcount_activities_outer | sort by %[2]s`, dims, ascending(dims))
	c.result(dims, "dcount_activities_inner", "dcount_activities_outer", "activity_ratio")
}
