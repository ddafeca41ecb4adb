package detect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// What stands follows from what the rule's runs yield: a fingerprint that no
// run yielded before and one yields now has risen, one that no run yields any
// more has fallen. The runs of one commit are looked at together, so that an
// alert which moves from one run to another does neither.

// A filed alert is its newest row.
type filed struct {
	*Alert
	columns []schema.Column
	values  []any
}

func (f *filed) stands() bool { return f != nil && f.Withdrawn == "" }

// A gone alert stood for a fingerprint that has fallen in a run.
type gone struct {
	*filed
	in *evaluation
}

// A risen alert has a fingerprint that has risen in a run.
type risen struct {
	*Alert
	in *evaluation
}

// changes works out what becomes of the rule's alerts.
func (d *Detector) changes(ctx context.Context, rule *rules.Rule, m *memory, looked []*evaluation, version int64) (Changes, []*filed, error) {
	up, down := movements(m, looked)
	if len(up)+len(down) == 0 {
		return Changes{}, nil, nil
	}
	known, err := d.filed(ctx, up, down)
	if err != nil {
		return Changes{}, nil, fmt.Errorf("look for alerts that are filed: %w", err)
	}
	return settleAlerts(rule, known, up, down, version)
}

// movements finds the fingerprints that have risen and fallen.
func movements(m *memory, looked []*evaluation) (up []risen, down map[string]*evaluation) {
	before := supportBefore(m, looked)
	met := map[string]bool{}
	down = map[string]*evaluation{}
	for _, e := range looked {
		for _, a := range e.alerts {
			if before[a.Fingerprint] == 0 && m.support[a.Fingerprint] > 0 && !met[a.Fingerprint] {
				met[a.Fingerprint] = true
				up = append(up, risen{a, e})
			}
		}
		for _, f := range e.before.all() {
			if before[f] > 0 && m.support[f] == 0 && down[f] == nil {
				down[f] = e
			}
		}
	}
	return up, down
}

// supportBefore counts the runs that yielded the fingerprints concerned before
// the evaluations.
func supportBefore(m *memory, looked []*evaluation) map[string]int {
	before := map[string]int{}
	for _, e := range looked {
		for _, f := range e.before.all() {
			before[f]++
		}
		for _, f := range e.now.all() {
			before[f]--
		}
	}
	for f := range before {
		before[f] += m.support[f]
	}
	return before
}

// A register holds filed alerts by their IDs and by fingerprint.
type register struct {
	byID, byFingerprint map[string]*filed
}

// filed reads the alerts that have, or once had, one of the fingerprints.
func (d *Detector) filed(ctx context.Context, up []risen, down map[string]*evaluation) (register, error) {
	var quoted []string
	for _, a := range up {
		quoted = append(quoted, quoteJSON(a.Fingerprint))
	}
	for f := range down {
		quoted = append(quoted, quoteJSON(f))
	}
	slices.Sort(quoted)
	list := strings.Join(quoted, ", ")
	known := register{map[string]*filed{}, map[string]*filed{}}
	err := d.each(ctx, fmt.Sprintf(`let ids = %[1]s | where VendorOriginalId in (%[2]s) or SystemAlertId in (%[2]s) | distinct SystemAlertId;
%[1]s | where SystemAlertId in (ids) | summarize arg_max(TimeGenerated, *) by SystemAlertId`, alertTable, list),
		func(columns []schema.Column, values []any) error {
			f := &filed{ReadAlert(columns, values), columns, values}
			known.byID[f.ID] = f
			if !known.byFingerprint[f.Fingerprint].stands() {
				known.byFingerprint[f.Fingerprint] = f
			}
			return nil
		})
	return known, err
}

// settleAlerts sorts what has risen and fallen into changes. The withdrawn
// alerts are returned as they are filed, too.
func settleAlerts(rule *rules.Rule, known register, up []risen, down map[string]*evaluation, version int64) (c Changes, withdrawn []*filed, err error) {
	var fresh []risen
	for _, a := range up {
		old := known.byFingerprint[a.Fingerprint]
		switch {
		case old == nil:
			fresh = append(fresh, a)
		case !old.stands():
			a.follow(old.Alert, statusNew)
			a.in.run.Alerts++
			c.Restored = append(c.Restored, a.Alert)
		}
	}
	var lost []gone
	for f, e := range down {
		if old := known.byFingerprint[f]; old.stands() {
			lost = append(lost, gone{old, e})
		}
	}
	slices.SortFunc(lost, func(a, b gone) int { return compareAlerts(a.Alert, b.Alert) })
	slices.SortStableFunc(fresh, func(a, b risen) int { return compareAlerts(a.Alert, b.Alert) })
	pairs, fresh, lost := pair(rule, fresh, lost)
	for _, p := range pairs {
		p.now.follow(p.before.Alert, p.before.Status)
		p.now.in.run.Revised++
		c.Revised = append(c.Revised, p.now.Alert)
	}
	for _, a := range fresh {
		if known.byID[a.ID] != nil { // it is another alert's by now
			a.ID = identify("alert again", a.ID, fmt.Sprint(version)).String()
		}
		a.in.run.Alerts++
		c.New = append(c.New, a.Alert)
	}
	for _, g := range lost {
		g.in.run.Withdrawn++
		c.Withdrawn = append(c.Withdrawn, g.withdrawn())
		withdrawn = append(withdrawn, g.filed)
	}
	return c, withdrawn, nil
}

// follow makes the alert a later row of one that is filed.
func (a *Alert) follow(old *Alert, status string) {
	a.ID, a.Status, a.follows = old.ID, status, true
	if !a.Time.After(old.Time) {
		a.Time = (schema.DatetimeOf(old.Time) + 1).Time()
	}
}

// withdrawn is the alert as it is after it was withdrawn.
func (g gone) withdrawn() *Alert {
	a := *g.Alert
	a.follow(g.Alert, statusDismissed)
	at := schema.DatetimeOf(g.in.run.At)
	a.Withdrawn = fmt.Sprintf("with the events that arrived later the run of %s does not find this", at)
	if g.in.run.Suppressed {
		a.Withdrawn = fmt.Sprintf("with the events that arrived later the rule rested at %s after an earlier alert", at)
	}
	return &a
}
