package incident

import (
	"context"
	"slices"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// maxAlerts is how many alerts one incident takes; then a new one is opened.
const maxAlerts = 150

// File opens incidents for alerts of a rule, or adds the alerts to incidents
// that they belong to, notes in incidents what became of alerts that they hold,
// and commits b with the incidents' new states. If another process changed one
// of them meanwhile, it looks again and repeats.
func (k *Keeper) File(ctx context.Context, rule *rules.Rule, c detect.Changes, b *store.Batch) (store.Result, error) {
	if !rule.Incident.Create {
		c.New = nil
	}
	var done store.Result
	err := k.inTurn(ctx, func(t turn) error {
		p, err := k.planFor(ctx, rule, c, t)
		if err == nil {
			done, err = k.commit(ctx, b, p.incidents, t)
		}
		return err
	})
	return done, err
}

// A plan is what becomes of incidents through some alerts.
type plan struct {
	keeper    *Keeper
	rule      *rules.Rule
	incidents []*draft // those that the alerts concern, newest first
	last      int      // number of the newest incident of all
	// seen tells of which alerts an incident knows, whether it holds them,
	// people took them out, or it was deleted with them.
	seen map[string]bool
}

// planFor reads the incidents that the alerts could belong to and finds each
// alert its place.
func (k *Keeper) planFor(ctx context.Context, rule *rules.Rule, c detect.Changes, t turn) (*plan, error) {
	p := &plan{keeper: k, rule: rule, last: t.last, seen: map[string]bool{}}
	known := slices.Concat(c.New, c.Revised, c.Withdrawn, c.Restored)
	err := k.look(ctx, func(b *book) error {
		for _, a := range known {
			p.seen[a.ID] = len(b.byAlert[a.ID]) > 0
			p.consider(b, b.byAlert[a.ID])
		}
		for _, a := range c.New {
			p.consider(b, p.reachable(b, a))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range c.New {
		p.place(a)
	}
	return p, k.revise(ctx, p, c)
}

// consider takes up incidents, each once, those of greater numbers first.
func (p *plan) consider(b *book, list []int) {
	for _, n := range list {
		in := b.number(n)
		at, there := slices.BinarySearchFunc(p.incidents, n, func(d *draft, n int) int { return n - d.Number })
		if in == nil || there {
			continue
		}
		p.incidents = slices.Insert(p.incidents, at, newDraft(in))
	}
}

// reachable lists the incidents that an alert could join by its grouping key,
// and those that they were merged into.
func (p *plan) reachable(b *book, a *detect.Alert) []int {
	var list []int
	key := groupingKey(p.rule, a)
	for _, n := range slices.Backward(b.byKey[key]) {
		in := b.number(n)
		if in == nil || !p.near(in, a.Time) {
			continue
		}
		list = append(list, n)
		for in != nil && in.Additional.MergedInto != 0 {
			n = in.Additional.MergedInto
			list, in = append(list, n), b.number(n)
		}
	}
	return list
}

// near tells whether a time is in the grouping window of an incident.
func (p *plan) near(in *Incident, at time.Time) bool {
	return at.Sub(in.Created).Abs() <= p.rule.Incident.Grouping.Lookback
}

// place adds an alert to the incident it belongs to, or opens one. It leaves
// alone an alert of which an incident knows.
func (p *plan) place(a *detect.Alert) {
	if p.seen[a.ID] {
		return
	}
	key := groupingKey(p.rule, a)
	if key != "" {
		if d := p.find(key, a.Time); d != nil {
			d.join(a)
			return
		}
	}
	p.open(a, key)
}

// find returns the newest incident that takes an alert with this key.
func (p *plan) find(key string, at time.Time) *draft {
	g := p.rule.Incident.Grouping
	for _, d := range p.incidents {
		if d.Additional.GroupingKey != key || !p.near(d.Incident, at) {
			continue
		}
		if d = p.mergedInto(d); d != nil && len(d.AlertIDs) < maxAlerts && (d.Status != StatusClosed || g.Reopen) {
			return d
		}
	}
	return nil
}

// mergedInto follows an incident to the one that took it over, nil if that was
// deleted.
func (p *plan) mergedInto(d *draft) *draft {
	for d != nil && d.Additional.MergedInto != 0 {
		d = p.number(d.Additional.MergedInto)
	}
	return d
}

func (p *plan) number(n int) *draft {
	i, there := slices.BinarySearchFunc(p.incidents, n, func(d *draft, n int) int { return n - d.Number })
	if !there {
		return nil
	}
	return p.incidents[i]
}

// open makes a new incident from an alert.
func (p *plan) open(a *detect.Alert, key string) {
	p.last++
	d := p.keeper.newIncident(a.ID, p.last)
	d.Title, d.Description, d.Severity = a.Name, a.Description, a.Severity
	d.FirstActivity, d.LastActivity = a.Start, a.End
	d.RuleIDs, d.Provider, d.Additional.GroupingKey = []string{p.rule.ID}, a.Product, key
	d.gather(a)
	d.touch(a.Time, byCreation)
	d.Created = d.LastModified
	p.incidents = slices.Insert(p.incidents, 0, d)
}

// join adds an alert to an incident.
func (d *draft) join(a *detect.Alert) {
	if slices.Contains(d.AlertIDs, a.ID) {
		return
	}
	by := byGrouping
	if d.Status == StatusClosed {
		d.reopen()
		by = byReopen
	}
	d.gather(a)
	d.note(a.Time, by)
}
