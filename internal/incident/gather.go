package incident

import (
	"fmt"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// Who is named as author of changes that alerts cause.
const (
	byCreation   = "Incident created from alert"
	byGrouping   = "Alert added to incident"
	byReopen     = "Incident reopened by alert"
	byRevision   = "Alert revised by late events"
	byWithdrawal = "Alert withdrawn by late events"
	byRestoring  = "Alert raised again by late events"
	byProduct    = "Alert updated by its product"
)

// note touches the draft for an alert, once in a commit: what happens in one
// commit is one state.
func (d *draft) note(t time.Time, by string) {
	if !d.changed {
		d.touch(t, by)
	}
}

// gather takes over what an alert contributes. The severity of an incident is
// the highest of its alerts that stand, until people choose one.
func (d *draft) gather(a *detect.Alert) {
	d.AlertIDs = union(d.AlertIDs, a.ID)
	d.Additional.Alerts = len(d.AlertIDs)
	d.collect(a)
}

// collect takes over what an alert says.
func (d *draft) collect(a *detect.Alert) {
	d.Additional.Products = union(d.Additional.Products, a.Product)
	d.Additional.Tactics = union(d.Additional.Tactics, a.Tactics...)
	d.Additional.Techniques = union(d.Additional.Techniques, a.Techniques...)
	d.widen(a.Start, a.End)
	d.raise(a.Severity)
}

func (d *draft) raise(s rules.Severity) {
	if !d.Additional.SeverityFixed && rank(s) > rank(d.Severity) {
		d.Severity = s
	}
}

// widen makes the time of activity hold another.
func (d *draft) widen(from, to time.Time) {
	if from.Before(d.FirstActivity) {
		d.FirstActivity = from
	}
	if to.After(d.LastActivity) {
		d.LastActivity = to
	}
}

// regather works out anew what alerts that stand contribute.
func (d *draft) regather(standing []*detect.Alert) {
	if len(standing) == 0 {
		return // it goes on telling what there was
	}
	d.Additional.Products, d.Additional.Tactics, d.Additional.Techniques = nil, nil, nil
	d.FirstActivity, d.LastActivity = standing[0].Start, standing[0].End
	if !d.Additional.SeverityFixed {
		d.Severity = standing[0].Severity
	}
	for _, a := range standing {
		d.collect(a)
	}
}

// sayWithdrawn tells people who work on an incident about a withdrawn alert. If
// there is no room for a comment, the history tells.
func (d *draft) sayWithdrawn(a *detect.Alert) {
	message := fmt.Sprintf("Alert %q (%s) was withdrawn: %s", a.Name, a.ID, a.Withdrawn)
	_, _ = d.addComment("", message, Stamp{By: Engine})
}
