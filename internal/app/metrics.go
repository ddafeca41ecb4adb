package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
)

// ruleMetrics count what rules do.
type ruleMetrics struct {
	runs, failures, alerts prometheus.Counter
}

func newRuleMetrics(registry prometheus.Registerer) *ruleMetrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "nephoscope", Name: name, Help: help})
		registry.MustRegister(c) // the registry is the App's own
		return c
	}
	return &ruleMetrics{
		runs:     counter("rule_runs_total", "Windows that rules evaluated."),
		failures: counter("rule_failures_total", "Sweeps of rules that ended with an error."),
		alerts:   counter("alerts_total", "Alerts filed."),
	}
}

func (m *ruleMetrics) count(reports ...detect.Report) {
	for _, r := range reports {
		m.runs.Add(float64(r.Runs))
		m.alerts.Add(float64(r.Alerts))
		if r.Err != nil {
			m.failures.Inc()
		}
	}
}

// scrapeTimeout bounds what a scrape may ask the store.
const scrapeTimeout = 5 * time.Second

// incidentCollector counts incidents by status and severity when it is asked.
type incidentCollector struct {
	keeper *incident.Keeper
	desc   *prometheus.Desc
	log    *slog.Logger
}

func newIncidentCollector(keeper *incident.Keeper, log *slog.Logger) *incidentCollector {
	return &incidentCollector{keeper: keeper, log: log, desc: prometheus.NewDesc(
		"nephoscope_incidents", "Incidents by present status and severity.", []string{"status", "severity"}, nil)}
}

// Describe implements prometheus.Collector.
func (c *incidentCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c *incidentCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	list, err := c.keeper.List(ctx, incident.Filter{})
	if err != nil {
		c.log.WarnContext(ctx, "incidents not counted", "err", err)
		return
	}
	counts := make(map[[2]string]int)
	for _, i := range list {
		counts[[2]string{string(i.Status), string(i.Severity)}]++
	}
	for key, n := range counts {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(n), key[0], key[1])
	}
}

// runtimeCollectors are the standard metrics of process and Go runtime.
func runtimeCollectors() []prometheus.Collector {
	return []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})}
}
