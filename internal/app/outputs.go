package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nephoscope/internal/builtin"
	"nephoscope/internal/output"
)

// closeTime is how long an output may take to end its connections.
const closeTime = 5 * time.Second

// OpenOutputs makes the configured outputs, which Run lets run.
func (a *App) OpenOutputs() error {
	var feeds []output.Feed
	for i := range a.config.Outputs {
		part := &a.config.Outputs[i]
		feed, err := builtin.OpenOutput(part, a.log.With("output", part.Name))
		if err != nil {
			return err
		}
		a.closing = append(a.closing, feed.Output)
		feeds = append(feeds, feed)
	}
	runner, err := output.New(a.Store, output.NewLog(a.Catalog, a.Store, a.now), a.Catalog, output.Options{Logger: a.log}, feeds...)
	if err != nil {
		return err
	}
	a.outputs = runner
	a.arrivals.tell(runner.Wake)
	if err := a.Registry.Register(newOutputCollector(runner.States)); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// OutputStates tells how the outputs stand.
func (a *App) OutputStates() []output.State {
	if a.outputs == nil {
		return nil
	}
	return a.outputs.States()
}

// runOutputs passes rows on until ctx ends.
func (a *App) runOutputs(ctx context.Context) error {
	if a.outputs == nil {
		return nil
	}
	if err := a.outputs.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// closeOutputs ends the connections of the outputs that have any.
func (a *App) closeOutputs() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	var errs []error
	for _, o := range a.closing {
		if c, ok := o.(interface{ Close(context.Context) error }); ok {
			errs = append(errs, c.Close(ctx))
		}
	}
	return errors.Join(errs...)
}

// outputCollector tells how the outputs stand when it is asked.
type outputCollector struct {
	states  func() []output.State
	phase   *prometheus.Desc
	metrics []outputMetric
}

// An outputMetric is one number of an output and a table.
type outputMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(s *output.State) float64
}

func newOutputCollector(states func() []output.State) *outputCollector {
	const prefix = "nephoscope_output_"
	each := func(name, help string, kind prometheus.ValueType, value func(s *output.State) float64) outputMetric {
		return outputMetric{prometheus.NewDesc(prefix+name, help, []string{"output", "table"}, nil), kind, value}
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	return &outputCollector{
		states: states,
		phase:  prometheus.NewDesc(prefix+"state", "1 for the state that the output is in.", []string{"output", "table", "state"}, nil),
		metrics: []outputMetric{
			each("rows_delivered_total", "Rows delivered, without repeats.", counter, func(s *output.State) float64 { return float64(s.Delivered) }),
			each("rows_refused_total", "Rows that became dead letters.", counter, func(s *output.State) float64 { return float64(s.Refused) }),
			each("batches_total", "Batches delivered.", counter, func(s *output.State) float64 { return float64(s.Batches) }),
			each("failures_total", "Attempts that failed.", counter, func(s *output.State) float64 { return float64(s.Failures) }),
			each("lag_rows", "Rows of the table behind the cursor.", gauge, func(s *output.State) float64 { return float64(s.LagRows) }),
			each("lag_seconds", "How long ago the first of them arrived.", gauge, func(s *output.State) float64 { return s.Lag.Seconds() }),
		},
	}
}

// Describe implements prometheus.Collector.
func (c *outputCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.phase
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c *outputCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.states() {
		ch <- prometheus.MustNewConstMetric(c.phase, prometheus.GaugeValue, 1, s.Output, s.Table, string(s.Phase))
		for _, m := range c.metrics {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&s), s.Output, s.Table)
		}
	}
}
