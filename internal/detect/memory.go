package detect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A record is what is remembered of the newest evaluation of a run.
type record struct {
	yield      []string             // fingerprints, in order
	inherited  []string             // of what was yielded before and cannot be judged any more
	suppressed bool                 // the rule rested; yield is empty
	edition    string               // of the rule
	made       schema.DatetimeValue // by the clock
}

// all lists the fingerprints that the run supports.
func (r record) all() []string { return append(slices.Clone(r.inherited), r.yield...) }

// next is the record of an evaluation that comes after r. If that cannot tell
// whether what r had still holds, all of it stays.
func (r record) next(now record, judges bool) record {
	now.inherited = r.inherited
	if judges {
		return now
	}
	now.inherited = slices.DeleteFunc(r.all(), func(f string) bool { return slices.Contains(now.yield, f) })
	return now
}

// idle tells that there is nothing to remember: the run found nothing.
func (r record) idle() bool { return len(r.yield)+len(r.inherited) == 0 && !r.suppressed }

func (r record) equal(o record) bool {
	return r.suppressed == o.suppressed && slices.Equal(r.yield, o.yield)
}

// A memory holds the records of one rule's runs that are not idle. What is
// durable of it are the rows of SentinelHealth; the state's version tells
// whether the memory still is what the store holds. One sweep of the rule uses
// it at a time.
type memory struct {
	turn    sync.Mutex
	loaded  bool
	version int64
	since   schema.DatetimeValue // earlier runs are not remembered
	runs    map[schema.DatetimeValue]record
	support map[string]int // how many runs yield a fingerprint

	// asked is the edition of the rule that was asked whether it can alert on
	// silence, and silent the answer, which holds until a moment.
	asked       string
	silent      bool
	silentUntil time.Time
}

// memoryOf returns the memory of a rule.
func (d *Detector) memoryOf(rule *rules.Rule) *memory {
	d.remembering.Lock()
	defer d.remembering.Unlock()
	m := d.memories[rule.ID]
	if m == nil {
		m = &memory{}
		d.memories[rule.ID] = m
	}
	return m
}

// recall makes sure that the memory is that of the state's version and holds
// all runs from since on.
func (d *Detector) recall(ctx context.Context, rule *rules.Rule, m *memory, s state, since schema.DatetimeValue) error {
	if m.loaded && m.version == s.version && m.since <= since {
		return nil
	}
	m.forget()
	m.version, m.since = s.version, since
	if s.version > 0 {
		if err := d.readRecords(ctx, rule, m); err != nil {
			return fmt.Errorf("read what earlier runs yielded: %w", err)
		}
	}
	m.loaded = true
	return nil
}

// readRecords reads the newest record of each run from SentinelHealth.
func (d *Detector) readRecords(ctx context.Context, rule *rules.Rule, m *memory) error {
	query := fmt.Sprintf(`%s
| where SentinelResourceId == %s and Status == "%s" and _RunTime >= %s
| summarize arg_max(_Sequence, ExtendedProperties, TimeGenerated) by _RunTime
| project _RunTime, ExtendedProperties, TimeGenerated`, healthTable, quoteJSON(rule.ID), statusSuccess, literal(m.since))
	return d.each(ctx, query, func(_ []schema.Column, values []any) error {
		at, ok := values[0].(schema.DatetimeValue)
		if !ok {
			return nil
		}
		r, err := readRecord(textOf(values[1]))
		if err != nil {
			return fmt.Errorf("record of the run of %s: %w", at, err)
		}
		r.made, _ = values[2].(schema.DatetimeValue)
		m.set(at, r)
		return nil
	})
}

// each asks a query over all time and hands over its rows.
func (d *Detector) each(ctx context.Context, query string, row func([]schema.Column, []any) error) error {
	return eachRow(ctx, d.ask, query, schema.DatetimeOf(d.opt.Now()), row)
}

func eachRow(ctx context.Context, ask Ask, query string, now schema.DatetimeValue, row func([]schema.Column, []any) error) error {
	cursor, err := ask(ctx, query, everything(now))
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	columns := cursor.Columns()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		if err := row(columns, values); err != nil {
			return err
		}
	}
}

// forget empties the memory; the next sweep reads it again.
func (m *memory) forget() {
	m.loaded, m.runs, m.support = false, map[schema.DatetimeValue]record{}, map[string]int{}
}

// set remembers a run in place of what was remembered of it.
func (m *memory) set(at schema.DatetimeValue, r record) {
	for _, f := range m.runs[at].all() {
		if m.support[f]--; m.support[f] == 0 {
			delete(m.support, f)
		}
	}
	delete(m.runs, at)
	if r.idle() {
		return
	}
	m.runs[at] = r
	for _, f := range r.all() {
		m.support[f]++
	}
}

// rests tells whether a rule that yielded something in a run rests at t.
func (m *memory) rests(rule *rules.Rule, t schema.DatetimeValue) bool {
	reach := schema.DatetimeValue(schema.TimespanOf(rule.Suppression))
	for at := t - step(rule); at > t-reach; at -= step(rule) {
		if len(m.runs[at].yield) > 0 {
			return true
		}
	}
	return false
}

// hanging lists the remembered runs for which it matters whether the run at t
// yields something.
func (m *memory) hanging(rule *rules.Rule, t schema.DatetimeValue) []schema.DatetimeValue {
	reach := schema.DatetimeValue(schema.TimespanOf(rule.Suppression))
	var list []schema.DatetimeValue
	for at := t + step(rule); at < t+reach; at += step(rule) {
		if _, ok := m.runs[at]; ok {
			list = append(list, at)
		}
	}
	return list
}

// dangling lists, in order, the runs of an edition of the rule from a moment on
// that did not rest and should have, or the other way round.
func (m *memory) dangling(rule *rules.Rule, edition string, from schema.DatetimeValue) []schema.DatetimeValue {
	reach := schema.DatetimeValue(schema.TimespanOf(rule.Suppression))
	var list []schema.DatetimeValue
	awake := schema.DatetimeValue(0) // when the rule is no more at rest
	for _, at := range slices.Sorted(maps.Keys(m.runs)) {
		r := m.runs[at]
		if at >= from && r.edition == edition && r.suppressed != (at < awake) {
			list = append(list, at)
		}
		if len(r.yield) > 0 {
			awake = at + reach
		}
	}
	return list
}

// prune drops the runs before a moment, if they are many.
func (m *memory) prune(before schema.DatetimeValue) {
	if before <= m.since || len(m.runs) < maxRemembered {
		return
	}
	for at := range m.runs {
		if at < before {
			m.set(at, record{})
		}
	}
	m.since = before
}

// maxRemembered is how many runs a memory may hold before it is pruned.
const maxRemembered = 1000

// edition names what of a rule decides which alerts a run yields. A run that is
// evaluated by a new edition of the rule takes back nothing that an earlier
// one raised.
func edition(rule *rules.Rule) string {
	id := identify("edition", rule.Query, string(rule.Operator), fmt.Sprint(rule.Threshold, rule.PerResult),
		timespan(rule.Period), timespan(rule.Frequency), timespan(rule.Suppression))
	return strings.SplitN(id.String(), "-", 2)[0]
}
