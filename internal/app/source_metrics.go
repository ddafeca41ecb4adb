package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/source"
)

// sourceCollector tells how the sources stand when it is asked.
type sourceCollector struct {
	states func() []source.State

	up, restarts                                   *prometheus.Desc // by source
	events, bytes, lag, seconds, sequence, retries *prometheus.Desc // by partition, too
	stalls                                         *prometheus.Desc
}

func newSourceCollector(states func() []source.State) *sourceCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("nephoscope_source_"+name, help, append([]string{"source"}, labels...), nil)
	}
	return &sourceCollector{
		states:   states,
		up:       desc("state", "1 for the state that the source is in.", "state"),
		restarts: desc("restarts_total", "Times that the source was started again."),
		events:   desc("events_total", "Events received.", "partition"),
		bytes:    desc("bytes_total", "Bytes of the events received.", "partition"),
		lag:      desc("lag_events", "Events that are not durable yet.", "partition"),
		seconds:  desc("lag_seconds", "Age of the oldest event that is not durable yet, at the least.", "partition"),
		sequence: desc("sequence_number", "Sequence number of the last durable event.", "partition"),
		retries:  desc("partition_restarts_total", "Times that the partition was opened again.", "partition"),
		stalls:   desc("partition_stalls_total", "Restarts because nothing arrived although there was something.", "partition"),
	}
}

// Describe implements prometheus.Collector.
func (c *sourceCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.restarts, c.events, c.bytes, c.lag, c.seconds, c.sequence, c.retries, c.stalls} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *sourceCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.states() {
		ch <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, 1, s.Source, string(s.Phase))
		ch <- prometheus.MustNewConstMetric(c.restarts, prometheus.CounterValue, float64(s.Restarts), s.Source)
		for _, p := range s.Partitions {
			c.partition(ch, s.Source, p)
		}
	}
}

func (c *sourceCollector) partition(ch chan<- prometheus.Metric, name string, p source.PartitionState) {
	put := func(d *prometheus.Desc, kind prometheus.ValueType, v float64) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, name, p.Partition)
	}
	put(c.events, prometheus.CounterValue, float64(p.Events))
	put(c.bytes, prometheus.CounterValue, float64(p.Bytes))
	put(c.retries, prometheus.CounterValue, float64(p.Restarts))
	put(c.stalls, prometheus.CounterValue, float64(p.Stalls))
	if p.Sequence >= 0 {
		put(c.sequence, prometheus.GaugeValue, float64(p.Sequence))
	}
	if p.Lag.Known {
		put(c.lag, prometheus.GaugeValue, float64(p.Lag.Events))
		put(c.seconds, prometheus.GaugeValue, p.Lag.Time.Seconds())
	}
}
