package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// The limits of what people write.
const (
	maxTitle       = 512
	maxDescription = 5000
	maxComments    = 100
	maxMessage     = 30_000

	labelOfUser = "User"

	truePositive   = "TruePositive"
	benignPositive = "BenignPositive"
	falsePositive  = "FalsePositive"
	undetermined   = "Undetermined"
	inaccurateData = "InaccurateData"
)

// A Change says what to change of an incident; nil and empty fields leave
// things as they are.
type Change struct {
	By   string // who changes; required
	Etag string // the state that the change starts from; empty and "*" mean any

	Title       *string
	Description *string
	Severity    *rules.Severity
	Status      *Status
	// Classification, its reason and comment go with Status Closed.
	Classification        *string
	ClassificationReason  *string
	ClassificationComment *string

	// FirstActivity and LastActivity are those of an incident without alerts.
	FirstActivity, LastActivity *time.Time

	Owner        *Owner
	Team         *Team
	Labels       *[]string // all labels of the user's, in place of what there is
	AddLabels    []string
	RemoveLabels []string
	Comment      string
}

// Classifications lists the classifications, and reasons the reasons of each.
func Classifications() []string {
	return []string{truePositive, benignPositive, falsePositive, undetermined}
}

// Reasons lists the reasons that a classification can have.
func Reasons(classification string) []string {
	switch classification {
	case truePositive:
		return []string{"SuspiciousActivity"}
	case benignPositive:
		return []string{"SuspiciousButExpected"}
	case falsePositive:
		return []string{"IncorrectAlertLogic", inaccurateData}
	}
	return nil
}

// Update changes an incident and returns its new state. The error is
// ErrNotFound, a *ConflictError or an *InvalidError where one of them fits;
// after an error nothing is changed.
func (k *Keeper) Update(ctx context.Context, number int, c Change) (*Incident, error) {
	return k.changeStill(ctx, number, func(d *draft) error {
		if err := d.agree(c.Etag); err != nil {
			return err
		}
		return k.apply(d, c)
	})
}

// Reopen makes a closed incident active and clears what was said on closing.
// Alerts that it lost by merging do not come back. The error is ErrNotFound, a
// *ConflictError or a *StateError where one of them fits.
func (k *Keeper) Reopen(ctx context.Context, number int, s Stamp) (*Incident, error) {
	return k.changeStill(ctx, number, func(d *draft) error {
		if err := d.agree(s.Etag); err != nil {
			return err
		}
		if d.Status != StatusClosed {
			return &StateError{number, string(d.Status), "one that is Closed, to open it again"}
		}
		active := StatusActive
		return k.apply(d, Change{By: s.By, Status: &active})
	})
}

// apply makes the change in memory.
func (k *Keeper) apply(d *draft, c Change) error {
	if err := d.stamp(k.opt.Now(), c.By); err != nil {
		return err
	}
	for _, step := range []func(Change) error{d.setTexts, d.setSeverity, d.setState, d.setActivity, d.setComment} {
		if err := step(c); err != nil {
			return err
		}
	}
	if c.Owner != nil {
		d.Owner = *c.Owner
	}
	if c.Team != nil {
		d.Team = c.Team
	}
	d.setLabels(c)
	return nil
}

func (d *draft) setTexts(c Change) error {
	if c.Title != nil {
		if n := utf8.RuneCountInString(*c.Title); n == 0 || n > maxTitle {
			return &InvalidError{"title", short(*c.Title), fmt.Sprintf("1 to %d characters", maxTitle)}
		}
		d.Title = *c.Title
	}
	if c.Description != nil {
		if utf8.RuneCountInString(*c.Description) > maxDescription {
			return &InvalidError{"description", short(*c.Description), fmt.Sprintf("at most %d characters", maxDescription)}
		}
		d.Description = *c.Description
	}
	return nil
}

func (d *draft) setSeverity(c Change) error {
	if c.Severity == nil {
		return nil
	}
	severity, ok := rules.ParseSeverity(string(*c.Severity))
	if !ok {
		return &InvalidError{"severity", string(*c.Severity), "Informational, Low, Medium or High"}
	}
	d.Severity, d.Additional.SeverityFixed = severity, true
	return nil
}

// setState changes status and classification, which depend on each other.
func (d *draft) setState(c Change) error {
	status := d.Status
	if c.Status != nil {
		i := slices.IndexFunc(Statuses(), func(s Status) bool { return strings.EqualFold(string(s), string(*c.Status)) })
		if i < 0 {
			return &InvalidError{"status", string(*c.Status), "New, Active or Closed"}
		}
		status = Statuses()[i]
	}
	d.setStatus(status)
	if status != StatusClosed {
		if c.Classification != nil && *c.Classification != "" {
			return &InvalidError{"classification", *c.Classification, "none unless status is Closed"}
		}
		return nil
	}
	return d.classify(c)
}

// setStatus keeps the closing time and, on leaving Closed, clears what was said
// on closing.
func (d *draft) setStatus(status Status) {
	if status == StatusClosed && d.Status != StatusClosed {
		t := d.LastModified
		d.ClosedAt = &t
	}
	if status != StatusClosed {
		d.ClosedAt, d.Additional.MergedInto = nil, 0
		d.Classification, d.ClassificationReason, d.ClassificationComment = "", "", ""
	}
	d.Status, d.Additional.Retracted = status, false
}

// reopen opens a closed incident for an alert. One that nobody has looked at is
// as good as new.
func (d *draft) reopen() {
	status := StatusActive
	if d.Additional.Retracted {
		status = StatusNew
	}
	d.setStatus(status)
}

// classify checks the classification of a closed incident. A reason that can
// only be one need not be given.
func (d *draft) classify(c Change) error {
	classification, reason := d.Classification, d.ClassificationReason
	if c.Classification != nil && *c.Classification != classification {
		classification, reason = *c.Classification, ""
	}
	if c.ClassificationReason != nil {
		reason = *c.ClassificationReason
	}
	if !slices.Contains(Classifications(), classification) {
		return &InvalidError{"classification", classification, "TruePositive, BenignPositive, FalsePositive or Undetermined"}
	}
	allowed := Reasons(classification)
	if reason == "" && len(allowed) == 1 {
		reason = allowed[0]
	}
	if fits := slices.Contains(allowed, reason); !fits && (reason != "" || len(allowed) > 0) {
		want := "none"
		if len(allowed) > 0 {
			want = strings.Join(allowed, " or ")
		}
		return &InvalidError{"classificationReason", reason, want + " with " + classification}
	}
	d.Classification, d.ClassificationReason = classification, reason
	if c.ClassificationComment != nil {
		d.ClassificationComment = *c.ClassificationComment
	}
	return nil
}

// setActivity sets the times of activity; those of alerts count more.
func (d *draft) setActivity(c Change) error {
	if len(d.AlertIDs) > 0 {
		return nil
	}
	if c.FirstActivity != nil {
		d.FirstActivity = schema.DatetimeOf(*c.FirstActivity).Time()
	}
	if c.LastActivity != nil {
		d.LastActivity = schema.DatetimeOf(*c.LastActivity).Time()
	}
	if d.LastActivity.Before(d.FirstActivity) {
		return &InvalidError{"lastActivityTimeUtc", d.LastActivity.Format(time.RFC3339), "not before firstActivityTimeUtc"}
	}
	return nil
}

func (d *draft) setComment(c Change) error {
	if c.Comment == "" {
		return nil
	}
	_, err := d.addComment("", c.Comment, Stamp{By: c.By})
	return err
}

// setLabels replaces, removes and adds labels, in this order; case does not
// count. Labels that people did not put there are not replaced.
func (d *draft) setLabels(c Change) {
	labels := slices.DeleteFunc(slices.Clone(d.Labels), func(l Label) bool {
		return c.Labels != nil && l.Type == labelOfUser ||
			slices.ContainsFunc(c.RemoveLabels, func(s string) bool { return strings.EqualFold(s, l.Name) })
	})
	add := c.AddLabels
	if c.Labels != nil {
		add = slices.Concat(*c.Labels, add)
	}
	for _, name := range add {
		known := slices.ContainsFunc(labels, func(l Label) bool { return strings.EqualFold(l.Name, name) })
		if !known && strings.TrimSpace(name) != "" {
			labels = append(labels, Label{Name: name, Type: labelOfUser})
		}
	}
	d.Labels = labels
}
