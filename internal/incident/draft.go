package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// A draft is an incident that is being changed; before is its etag so far,
// empty for one that is being opened.
type draft struct {
	*Incident
	before  string
	changed bool
}

// newDraft begins a change of a state, which is shared: the draft has a copy,
// and lists that are longer than in the state are lists of its own.
func newDraft(in *Incident) *draft {
	c := *in
	c.Labels, c.Comments, c.Tasks = slices.Clip(c.Labels), slices.Clip(c.Comments), slices.Clip(c.Tasks)
	c.RuleIDs, c.AlertIDs = slices.Clip(c.RuleIDs), slices.Clip(c.AlertIDs)
	a := &c.Additional
	a.Products, a.Tactics, a.Techniques = slices.Clip(a.Products), slices.Clip(a.Tactics), slices.Clip(a.Techniques)
	a.Withdrawn, a.Removed, a.Merged = slices.Clip(a.Withdrawn), slices.Clip(a.Removed), slices.Clip(a.Merged)
	return &draft{Incident: &c, before: in.Etag}
}

// touch makes t, or the moment after the last change if that is later, the time
// of a change by somebody.
func (d *draft) touch(t time.Time, by string) {
	t = schema.DatetimeOf(t).Time() // the store keeps 100 ns
	if !t.After(d.LastModified) && !d.LastModified.IsZero() {
		t = d.LastModified.Add(100 * time.Nanosecond)
	}
	d.LastModified, d.ModifiedBy, d.changed = t, by, true
	if d.FirstModified.IsZero() {
		d.FirstModified = t
	}
	d.Etag = etag(t)
}

// stamp touches the draft for people, who say who they are.
func (d *draft) stamp(now time.Time, by string) error {
	if strings.TrimSpace(by) == "" {
		return &InvalidError{"modifiedBy", by, "the name of who makes the change"}
	}
	d.touch(now.UTC(), by)
	return nil
}

// agree checks that a change starts from the present state.
func (in *Incident) agree(etag string) error {
	if anyEtag(etag) || etag == in.Etag {
		return nil
	}
	return in.conflict(etag)
}

// conflict says that the incident is not what a change started from.
func (in *Incident) conflict(etag string) error {
	return &ConflictError{Number: in.Number, Etag: etag, Stored: in.Etag, ModifiedBy: in.ModifiedBy}
}

// anyEtag tells whether an etag stands for any state.
func anyEtag(etag string) bool { return etag == "" || etag == "*" }

// etag names a state by the time of the change that made it.
func etag(t time.Time) string { return strconv.FormatInt(int64(schema.DatetimeOf(t)), 36) }

// short cuts a text for a message.
func short(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:40]) + "..."
	}
	return s
}

// tooMany says that an incident has no room.
func tooMany(field string, limit int) error {
	return &InvalidError{field, "one more", fmt.Sprintf("at most %d on an incident", limit)}
}
