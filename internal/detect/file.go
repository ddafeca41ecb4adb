package detect

import (
	"context"
	"fmt"
	"strings"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// settle makes the runs that were looked at durable: what becomes of alerts,
// the records of the runs and the rule's next state are one commit.
//
// A commit that fails may have happened all the same. It is not repeated here:
// the next sweep reads the state and the records again.
func (s *sweep) settle(ctx context.Context, next state) error {
	looked := s.pending
	s.pending, s.held = nil, 0
	err := s.commit(ctx, looked, next)
	if err != nil {
		s.memory.forget()
		return err
	}
	for _, e := range looked {
		s.tell(e.run)
	}
	return nil
}

func (s *sweep) commit(ctx context.Context, looked []*evaluation, next state) error {
	next.version = s.saved.version + 1
	c, withdrawn, err := s.d.changes(ctx, s.rule, s.memory, looked, next.version)
	if err != nil {
		return err
	}
	b, err := s.batch(looked, c, withdrawn, next.version)
	if err != nil {
		return err
	}
	recorded := len(b.Rows) > 0
	if !recorded {
		next.version = s.saved.version
	}
	if err := s.write(ctx, c, b, next); err != nil {
		return err
	}
	if s.saved = next; recorded {
		s.memory.version = next.version
	}
	s.report.count(c)
	return nil
}

// write commits a batch with the step to the next state.
func (s *sweep) write(ctx context.Context, c Changes, b *store.Batch, next state) error {
	pos := position(s.rule, s.saved, next)
	if pos.From != pos.To {
		b.Positions = []event.Position{pos}
	}
	if len(b.Rows)+len(b.Positions) == 0 {
		return nil
	}
	if c.None() {
		_, err := s.d.store.Commit(ctx, b)
		return err
	}
	if _, err := s.d.opt.Filer.File(ctx, s.rule, c, b); err != nil {
		return fmt.Errorf("file %d alerts: %w", len(c.New)+len(c.Revised)+len(c.Withdrawn)+len(c.Restored), err)
	}
	return nil
}

// batch makes the rows of a commit.
func (s *sweep) batch(looked []*evaluation, c Changes, withdrawn []*filed, version int64) (*store.Batch, error) {
	alerts, evidence, health := schema.NewRows(s.d.alerts), schema.NewRows(s.d.evidence), schema.NewRows(s.d.health)
	for _, list := range [][]*Alert{c.New, c.Revised, c.Restored} {
		sortAlerts(list)
		for _, a := range list {
			if err := s.d.appendAlert(alerts, s.rule, a); err != nil {
				return nil, err
			}
			if err := appendEvidence(evidence, a); err != nil {
				return nil, err
			}
		}
	}
	for i, a := range c.Withdrawn {
		if err := s.d.appendWithdrawn(alerts, withdrawn[i], a); err != nil {
			return nil, err
		}
	}
	for _, e := range looked {
		if e.repeats() {
			continue
		}
		id := identify("record", s.rule.ID, e.at.String(), fmt.Sprint(version))
		if err := s.d.appendRun(health, e.run, e.now, id); err != nil {
			return nil, err
		}
	}
	b := &store.Batch{}
	for _, rows := range []*schema.Rows{alerts, evidence, health} {
		if rows.Len() > 0 {
			b.Rows = append(b.Rows, rows)
		}
	}
	return b, nil
}

// repeats tells that the run is one of an NRT rule that found nothing new. Such
// a run is evaluated with whatever arrives in its minute, and not told again.
func (e *evaluation) repeats() bool {
	return e.run.Rule.Kind == rules.NRT && e.run.Late && e.now.equal(e.before)
}

// appendWithdrawn adds a row of a filed alert that is withdrawn: as it is
// filed, but for what says so.
func (d *Detector) appendWithdrawn(rows *schema.Rows, old *filed, a *Alert) error {
	changed := map[string]any{
		timeGenerated:        schema.DatetimeOf(a.Time),
		"ProcessingEndTime":  schema.DatetimeOf(d.opt.Now()),
		"Status":             a.Status,
		"ExtendedProperties": addProperty(textOf(valueOf(old, "ExtendedProperties")), keyWithdrawn, a.Withdrawn),
	}
	var cells []cell
	for _, c := range d.alerts.Columns {
		value, isChanged := changed[c.Name]
		if !isChanged {
			value = valueOf(old, c.Name)
		}
		if c.Const == "" && value != nil {
			cells = append(cells, cell{c.Name, value})
		}
	}
	return setRow(rows, rowID(a), cells)
}

func valueOf(f *filed, column string) any {
	for i := range f.columns {
		if f.columns[i].Name == column {
			return f.values[i]
		}
	}
	return nil
}

// addProperty adds a text to a JSON object.
func addProperty(object, name, text string) string {
	body := strings.TrimSuffix(strings.TrimSpace(object), "}")
	if len(body) > 1 {
		body += ","
	}
	return body + quoteJSON(name) + ":" + quoteJSON(text) + "}"
}

// fail writes the record of a run that failed. It says nothing of what the run
// yields, so it is tied to no state, and it may be lost.
func (s *sweep) fail(ctx context.Context, e *evaluation) {
	rows := schema.NewRows(s.d.health)
	id := identify("failed run", s.rule.ID, e.at.String(), schema.DatetimeOf(e.run.Started).String())
	err := s.d.appendRun(rows, e.run, record{edition: s.edition}, id)
	if err == nil {
		_, err = s.d.store.Commit(ctx, &store.Batch{Rows: []*schema.Rows{rows}})
	}
	if err != nil {
		s.d.opt.Logger.WarnContext(ctx, "failed run not recorded", "rule_id", s.rule.ID, "err", err)
	}
	s.tell(e.run)
}

// tell hands a run to who wants to know.
func (s *sweep) tell(run Run) {
	if s.span.Ran != nil {
		s.span.Ran(run)
	}
}
