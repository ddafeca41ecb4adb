package pipeline

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/event"
	"nephoscope/internal/store"
)

// Metrics are the counters of one or more conveyors.
type Metrics struct {
	read        *prometheus.CounterVec // by source
	rows        *prometheus.CounterVec // by table
	duplicates  *prometheus.CounterVec // by table
	quarantined *prometheus.CounterVec // by reason
	failed      prometheus.Counter
	seconds     prometheus.Histogram
}

// NewMetrics returns counters and registers them, unless registry is nil.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "nephoscope", Name: name, Help: help}, []string{label})
	}
	m := &Metrics{
		read:        counter("records_read_total", "Records found in what sources delivered.", "source"),
		rows:        counter("rows_committed_total", "Rows made durable.", "table"),
		duplicates:  counter("rows_duplicate_total", "Rows recognised as stored already.", "table"),
		quarantined: counter("records_quarantined_total", "Records sent to quarantine, repeated ones included.", "reason"),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "nephoscope", Name: "commits_failed_total", Help: "Commits that ended with an error.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "nephoscope", Name: "commit_seconds", Help: "Time that commits took.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 12),
		}),
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.read, m.rows, m.duplicates, m.quarantined, m.failed, m.seconds} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the conveyor: %w", err)
		}
	}
	return m, nil
}

// committed counts one commit.
func (m *Metrics) committed(r store.Result, took time.Duration) {
	m.seconds.Observe(took.Seconds())
	for table, n := range r.Committed {
		m.rows.WithLabelValues(table).Add(float64(n))
	}
	for table, n := range r.Duplicate {
		m.duplicates.WithLabelValues(table).Add(float64(n))
	}
}

// delivered counts what a commit had of one batch.
func (m *Metrics) delivered(j job, counts event.Counts) {
	m.read.WithLabelValues(j.position.Source).Add(float64(counts.Read))
	for reason, n := range j.load.reasons {
		m.quarantined.WithLabelValues(string(reason)).Add(float64(n))
	}
}
