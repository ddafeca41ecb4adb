package incident

import (
	"context"
	"slices"

	"nephoscope/internal/detect"
)

// Engine is the author of comments that no person wrote.
const Engine = "Nephoscope"

// revise makes the incidents that hold alerts tell what has become of them.
// What an incident gathers from its alerts follows from those that stand, so
// the others' are read, too.
func (k *Keeper) revise(ctx context.Context, p *plan, c detect.Changes) error {
	changed := slices.Concat(c.Revised, c.Withdrawn, c.Restored)
	for _, a := range c.New {
		if p.seen[a.ID] {
			changed = append(changed, a) // it has come back
		}
	}
	if len(changed) == 0 {
		return nil
	}
	present, err := k.presentAlerts(ctx, p, changed)
	if err != nil {
		return err
	}
	for _, d := range p.incidents {
		d.follow(changed, present)
	}
	return nil
}

// presentAlerts reads the alerts of the incidents that hold one of the changed
// ones, which count as changed already.
func (k *Keeper) presentAlerts(ctx context.Context, p *plan, changed []*detect.Alert) (map[string]*detect.Alert, error) {
	present := map[string]*detect.Alert{}
	var others []string
	for _, a := range changed {
		present[a.ID] = a
	}
	for _, d := range p.incidents {
		if !slices.ContainsFunc(changed, func(a *detect.Alert) bool { return slices.Contains(d.AlertIDs, a.ID) }) {
			continue
		}
		for _, id := range d.AlertIDs {
			if present[id] == nil {
				others = append(others, id)
			}
		}
	}
	list, err := k.digests(ctx, others)
	for _, a := range list {
		present[a.ID] = a
	}
	return present, err
}

// follow notes in an incident what has become of its alerts.
func (d *draft) follow(changed []*detect.Alert, present map[string]*detect.Alert) {
	concerned := false
	for _, a := range changed {
		if !slices.Contains(d.AlertIDs, a.ID) {
			continue
		}
		concerned = true
		was := slices.Contains(d.Additional.Withdrawn, a.ID)
		switch {
		case a.Withdrawn != "" && !was:
			d.withdraw(a)
		case a.Withdrawn != "":
		case was:
			d.restore(a)
		default:
			d.note(a.Time, byRevision)
		}
	}
	if concerned {
		d.regather(d.standing(present))
	}
}

// standing lists the alerts that are not withdrawn, as far as they are known;
// none if one is not, because what it contributes must not be lost.
func (d *draft) standing(present map[string]*detect.Alert) []*detect.Alert {
	var list []*detect.Alert
	for _, id := range d.AlertIDs {
		if slices.Contains(d.Additional.Withdrawn, id) {
			continue
		}
		a := present[id]
		if a == nil {
			return nil
		}
		list = append(list, a)
	}
	return list
}

// withdraw notes that an alert does not hold any more. Nobody need look at an
// incident of which nothing is left, unless somebody does already.
func (d *draft) withdraw(a *detect.Alert) {
	d.Additional.Withdrawn = append(d.Additional.Withdrawn, a.ID)
	d.note(a.Time, byWithdrawal)
	switch {
	case d.worked():
		d.sayWithdrawn(a)
	case len(d.Additional.Withdrawn) == len(d.AlertIDs):
		d.setStatus(StatusClosed)
		d.Classification, d.ClassificationReason = falsePositive, inaccurateData
		d.ClassificationComment = "All alerts were withdrawn: " + a.Withdrawn
		d.Additional.Retracted = true
	}
}

// worked tells whether people have begun to work on an incident.
func (d *draft) worked() bool {
	byPeople := func(c Comment) bool { return c.Author.Name != Engine }
	return d.Status != StatusNew || d.Owner != (Owner{}) || slices.ContainsFunc(d.Comments, byPeople)
}

// restore notes that a withdrawn alert holds again.
func (d *draft) restore(a *detect.Alert) {
	d.Additional.Withdrawn = without(d.Additional.Withdrawn, a.ID)
	d.note(a.Time, byRestoring)
	if d.Additional.Retracted {
		d.setStatus(StatusNew)
	}
}

// update makes an incident tell what its alerts, some of them changed by their
// product, say now. If that is what it tells already, nothing has changed.
func (d *draft) update(changed []*detect.Alert, present map[string]*detect.Alert) {
	i := slices.IndexFunc(changed, func(a *detect.Alert) bool { return slices.Contains(d.AlertIDs, a.ID) })
	if i < 0 {
		return
	}
	was := *d.Incident
	d.regather(d.standing(present))
	if !d.tellsLike(&was) {
		d.note(changed[i].Time, byProduct)
	}
}

// tellsLike tells whether two states have gathered the same from their alerts.
func (in *Incident) tellsLike(o *Incident) bool {
	a, b := &in.Additional, &o.Additional
	return in.Severity == o.Severity && in.FirstActivity.Equal(o.FirstActivity) && in.LastActivity.Equal(o.LastActivity) &&
		slices.Equal(a.Products, b.Products) && slices.Equal(a.Tactics, b.Tactics) && slices.Equal(a.Techniques, b.Techniques)
}
