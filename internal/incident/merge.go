package incident

import (
	"context"
	"fmt"
	"slices"
)

// Merge moves alerts, comments, tasks and labels of other incidents into one
// and closes the others with a comment that names it; both sides keep the
// relation in AdditionalData. Alerts that would have joined one of the others
// join the one from then on. s.Etag is that of the one. Its new state is
// returned; if it would hold more than an incident can, the error is an
// *InvalidError and nothing is changed.
func (k *Keeper) Merge(ctx context.Context, into int, from []int, s Stamp) (*Incident, error) {
	from = slices.Compact(slices.Sorted(slices.Values(from)))
	if len(from) == 0 || slices.Contains(from, into) {
		return nil, fmt.Errorf("merge into incident %d: %w", into, &InvalidError{"incidents", fmt.Sprint(from), "others than the one to merge into"})
	}
	drafts, err := k.changeAll(ctx, append([]int{into}, from...), func(drafts []*draft) error {
		target, others := drafts[0], drafts[1:]
		if err := target.agree(s.Etag); err != nil {
			return err
		}
		for _, d := range drafts {
			if err := d.stamp(k.opt.Now(), s.By); err != nil {
				return err
			}
		}
		return target.absorb(others, s.By)
	})
	if err != nil {
		return nil, fmt.Errorf("merge into incident %d: %w", into, err)
	}
	return drafts[0].Incident, nil
}

// absorb takes over what other incidents hold, and closes them.
func (d *draft) absorb(others []*draft, by string) error {
	if d.Additional.MergedInto != 0 {
		return &StateError{d.Number, fmt.Sprintf("merged into %d", d.Additional.MergedInto), "one that is not merged itself, such as that"}
	}
	for _, o := range others {
		if o.Additional.MergedInto != 0 {
			return &StateError{o.Number, fmt.Sprintf("merged into %d", o.Additional.MergedInto), "one that is not merged yet"}
		}
		d.take(o)
		o.leave(d.Number, by)
	}
	switch {
	case len(d.AlertIDs) > maxAlerts:
		return &InvalidError{"alerts", fmt.Sprint(len(d.AlertIDs)), fmt.Sprintf("at most %d together", maxAlerts)}
	case len(d.Comments) > maxComments:
		return &InvalidError{"comments", fmt.Sprint(len(d.Comments)), fmt.Sprintf("at most %d together", maxComments)}
	case len(d.Tasks) > maxTasks:
		return &InvalidError{"tasks", fmt.Sprint(len(d.Tasks)), fmt.Sprintf("at most %d together", maxTasks)}
	}
	return nil
}

// take adds what another incident holds.
func (d *draft) take(o *draft) {
	if len(o.AlertIDs) > 0 {
		d.widen(o.FirstActivity, o.LastActivity)
	}
	d.AlertIDs = union(d.AlertIDs, o.AlertIDs...)
	d.RuleIDs = union(d.RuleIDs, o.RuleIDs...)
	d.Comments = append(slices.Clip(d.Comments), o.Comments...)
	slices.SortStableFunc(d.Comments, func(a, b Comment) int { return a.Created.Compare(b.Created) })
	d.Tasks = append(slices.Clip(d.Tasks), o.Tasks...)
	for _, l := range o.Labels {
		if !d.labelled(l.Name) {
			d.Labels = append(d.Labels, l)
		}
	}
	if rank(o.Severity) > rank(d.Severity) {
		d.Severity = o.Severity
	}
	a, b := &d.Additional, &o.Additional
	a.Alerts, a.Comments = len(d.AlertIDs), len(d.Comments)
	a.Products, a.Tactics, a.Techniques = union(a.Products, b.Products...), union(a.Tactics, b.Tactics...), union(a.Techniques, b.Techniques...)
	a.Withdrawn, a.Removed = union(a.Withdrawn, b.Withdrawn...), union(a.Removed, b.Removed...)
	a.Merged = append(a.Merged, o.Number)
}

// leave closes an incident whose contents went into another.
func (d *draft) leave(into int, by string) {
	note := fmt.Sprintf("Merged into incident %d", into)
	d.setStatus(StatusClosed)
	d.Classification, d.ClassificationReason, d.ClassificationComment = undetermined, "", note
	d.AlertIDs = []string{}
	d.Tasks = []Task{}
	d.Comments = nil
	_, _ = d.addComment("", note, Stamp{By: by}) // there is room
	a := &d.Additional
	a.Alerts, a.Withdrawn, a.Removed, a.MergedInto = 0, nil, nil, into
}
