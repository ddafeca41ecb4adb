package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/hub"
	"nephoscope/internal/hub/space"
)

// hubCollector tells what the hub holds and does when it is asked.
type hubCollector struct {
	stats                       func() hub.Stats
	connections, links, refused *prometheus.Desc
	partitions                  []partitionMetric
}

// A partitionMetric is one number of a partition.
type partitionMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(p *space.PartitionStats) int64
}

func newHubCollector(stats func() hub.Stats) *hubCollector {
	const prefix = "nephoscope_hub_"
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	each := func(name, help string, kind prometheus.ValueType, value func(p *space.PartitionStats) int64) partitionMetric {
		return partitionMetric{prometheus.NewDesc(prefix+name, help, []string{"hub", "partition"}, nil), kind, value}
	}
	return &hubCollector{
		stats:       stats,
		connections: prometheus.NewDesc(prefix+"connections", "Open connections.", nil, nil),
		links:       prometheus.NewDesc(prefix+"links", "Publishers and receivers.", nil, nil),
		refused:     prometheus.NewDesc(prefix+"refused_total", "What clients were refused.", []string{"condition"}, nil),
		partitions: []partitionMetric{
			each("last_sequence_number", "Sequence number of the last event.", gauge, func(p *space.PartitionStats) int64 { return p.Last }),
			each("stored_bytes", "Bytes on disk.", gauge, func(p *space.PartitionStats) int64 { return p.Bytes }),
			each("queued_bytes", "Bytes on their way to the disk.", gauge, func(p *space.PartitionStats) int64 { return p.Queued }),
			each("lost_events", "Events found damaged.", gauge, func(p *space.PartitionStats) int64 { return p.Lost }),
			each("receivers", "Receivers.", gauge, func(p *space.PartitionStats) int64 { return int64(p.Receivers) }),
			each("events_in_total", "Events published.", counter, func(p *space.PartitionStats) int64 { return p.In.Events }),
			each("events_out_total", "Events sent to receivers.", counter, func(p *space.PartitionStats) int64 { return p.Out.Events }),
			each("bytes_in_total", "Bytes published.", counter, func(p *space.PartitionStats) int64 { return p.In.Bytes }),
			each("bytes_out_total", "Bytes sent to receivers.", counter, func(p *space.PartitionStats) int64 { return p.Out.Bytes }),
		},
	}
}

// Describe implements prometheus.Collector.
func (c *hubCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.connections
	ch <- c.links
	ch <- c.refused
	for _, m := range c.partitions {
		ch <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c *hubCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.stats()
	ch <- prometheus.MustNewConstMetric(c.connections, prometheus.GaugeValue, float64(s.Connections))
	ch <- prometheus.MustNewConstMetric(c.links, prometheus.GaugeValue, float64(s.Links))
	for condition, n := range s.Refused {
		ch <- prometheus.MustNewConstMetric(c.refused, prometheus.CounterValue, float64(n), condition)
	}
	for _, h := range s.Hubs {
		for i := range h.Partitions {
			p := &h.Partitions[i]
			for _, m := range c.partitions {
				ch <- prometheus.MustNewConstMetric(m.desc, m.kind, float64(m.value(p)), h.Name, p.ID)
			}
		}
	}
}
