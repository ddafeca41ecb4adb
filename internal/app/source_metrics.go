package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/source"
)

// sourceCollector tells how the sources stand when it is asked.
type sourceCollector struct {
	states          func() []source.State
	phase, restarts *prometheus.Desc
	partitions      []sourceMetric
}

// A sourceMetric is one number of a partition of a source; there is none while
// it is not known.
type sourceMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(p *source.PartitionState) (v float64, known bool)
}

func newSourceCollector(states func() []source.State) *sourceCollector {
	const prefix = "nephoscope_source_"
	each := func(name, help string, kind prometheus.ValueType, value func(p *source.PartitionState) (float64, bool)) sourceMetric {
		return sourceMetric{prometheus.NewDesc(prefix+name, help, []string{"source", "partition"}, nil), kind, value}
	}
	count := func(name, help string, value func(p *source.PartitionState) int64) sourceMetric {
		return each(name, help, prometheus.CounterValue, func(p *source.PartitionState) (float64, bool) { return float64(value(p)), true })
	}
	gauge := func(name, help string, value func(p *source.PartitionState) (float64, bool)) sourceMetric {
		return each(name, help, prometheus.GaugeValue, value)
	}
	return &sourceCollector{
		states:   states,
		phase:    prometheus.NewDesc(prefix+"state", "1 for the state that the source is in.", []string{"source", "state"}, nil),
		restarts: prometheus.NewDesc(prefix+"restarts_total", "Times that the source was started again.", []string{"source"}, nil),
		partitions: []sourceMetric{
			count("events_total", "Events received.", func(p *source.PartitionState) int64 { return p.Events }),
			count("bytes_total", "Bytes of the events received.", func(p *source.PartitionState) int64 { return p.Bytes }),
			count("events_missed_total", "Events that were not kept long enough, or could not be read.", func(p *source.PartitionState) int64 { return p.Missed }),
			count("partition_restarts_total", "Times that the partition was opened again.", func(p *source.PartitionState) int64 { return p.Restarts }),
			count("partition_stalls_total", "Restarts because nothing arrived although there was something.", func(p *source.PartitionState) int64 { return p.Stalls }),
			gauge("sequence_number", "Sequence number of the last durable event.", func(p *source.PartitionState) (float64, bool) { return float64(p.Sequence), p.Sequence >= 0 }),
			gauge("lag_events", "Events that are not durable yet.", func(p *source.PartitionState) (float64, bool) { return float64(p.Lag.Events), p.Lag.Known }),
			gauge("lag_seconds", "Age of the oldest event that is not durable yet, at the least.", func(p *source.PartitionState) (float64, bool) { return p.Lag.Time.Seconds(), p.Lag.Known }),
		},
	}
}

// Describe implements prometheus.Collector.
func (c *sourceCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.phase
	ch <- c.restarts
	for _, m := range c.partitions {
		ch <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c *sourceCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.states() {
		ch <- prometheus.MustNewConstMetric(c.phase, prometheus.GaugeValue, 1, s.Source, string(s.Phase))
		ch <- prometheus.MustNewConstMetric(c.restarts, prometheus.CounterValue, float64(s.Restarts), s.Source)
		for i := range s.Partitions {
			p := &s.Partitions[i]
			for _, m := range c.partitions {
				if v, known := m.value(p); known {
					ch <- prometheus.MustNewConstMetric(m.desc, m.kind, v, s.Source, p.Partition)
				}
			}
		}
	}
}
