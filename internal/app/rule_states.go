package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/schedule"
)

// ruleCollector tells how the rules that are on stand when it is asked.
type ruleCollector struct {
	states  func() []schedule.State
	numbers []ruleNumber
}

// A ruleNumber is one number of a rule.
type ruleNumber struct {
	desc  *prometheus.Desc
	value func(schedule.State) float64
}

func newRuleCollector(states func() []schedule.State) *ruleCollector {
	number := func(name, help string, value func(schedule.State) float64) ruleNumber {
		return ruleNumber{prometheus.NewDesc("nephoscope_rule_"+name, help, []string{"rule_id", "rule"}, nil), value}
	}
	return &ruleCollector{states: states, numbers: []ruleNumber{
		number("last_run_seconds", "How long the last sweep of the rule took.", func(s schedule.State) float64 { return s.Took.Seconds() }),
		number("last_run_timestamp_seconds", "When the last sweep of the rule began; 0 before the first.", func(s schedule.State) float64 {
			if s.LastRun == nil {
				return 0
			}
			return float64(s.LastRun.UnixMilli()) / 1000
		}),
		number("failures_in_a_row", "Sweeps of the rule that failed since the last good one.", func(s schedule.State) float64 { return float64(s.Failures) }),
	}}
}

// Describe implements prometheus.Collector.
func (c *ruleCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, n := range c.numbers {
		ch <- n.desc
	}
}

// Collect implements prometheus.Collector.
func (c *ruleCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.states() {
		for _, n := range c.numbers {
			ch <- prometheus.MustNewConstMetric(n.desc, prometheus.GaugeValue, n.value(s), s.RuleID, s.Name)
		}
	}
}
