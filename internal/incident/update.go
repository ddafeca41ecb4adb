package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// The limits of what people write.
const (
	maxTitle       = 512
	maxDescription = 5000
	maxComments    = 100
	maxMessage     = 30_000
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
	return []string{"TruePositive", "BenignPositive", "FalsePositive", "Undetermined"}
}

// Reasons lists the reasons that a classification can have.
func Reasons(classification string) []string {
	switch classification {
	case "TruePositive":
		return []string{"SuspiciousActivity"}
	case "BenignPositive":
		return []string{"SuspiciousButExpected"}
	case "FalsePositive":
		return []string{"IncorrectAlertLogic", "InaccurateData"}
	}
	return nil
}

// Update changes an incident and returns its new state. The error is
// ErrNotFound, a *ConflictError or an *InvalidError where one of them fits;
// after an error nothing is changed.
func (k *Keeper) Update(ctx context.Context, number int, c Change) (*Incident, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	in, err := k.one(ctx, number)
	if err != nil {
		return nil, err
	}
	if c.Etag != "" && c.Etag != in.Etag {
		return nil, &ConflictError{Number: number, Etag: c.Etag, Stored: in.Etag, ModifiedBy: in.ModifiedBy}
	}
	d := &draft{Incident: in, before: in.Etag}
	if err := k.apply(d, c); err != nil {
		return nil, fmt.Errorf("change incident %d: %w", number, err)
	}
	var b store.Batch
	if err := k.write(&b, []*draft{d}, numbers{}); err != nil {
		return nil, err
	}
	if _, err = k.store.Commit(ctx, &b); movedByOther(err) {
		return nil, &ConflictError{Number: number, Etag: d.before, ModifiedBy: "another process"}
	}
	if err != nil {
		return nil, fmt.Errorf("change incident %d: %w", number, err)
	}
	return d.Incident, nil
}

// apply makes the change in memory.
func (k *Keeper) apply(d *draft, c Change) error {
	if strings.TrimSpace(c.By) == "" {
		return &InvalidError{"modifiedBy", c.By, "the name of who makes the change"}
	}
	d.touch(k.opt.Now().UTC(), c.By)
	for _, step := range []func(Change) error{d.setTexts, d.setSeverity, d.setState, d.setComment} {
		if err := step(c); err != nil {
			return err
		}
	}
	if c.Owner != nil {
		d.Owner = *c.Owner
	}
	d.setLabels(c.AddLabels, c.RemoveLabels)
	return nil
}

func (d *draft) setTexts(c Change) error {
	if c.Title != nil {
		if n := utf8.RuneCountInString(*c.Title); n == 0 || n > maxTitle {
			return &InvalidError{"title", *c.Title, fmt.Sprintf("1 to %d characters", maxTitle)}
		}
		d.Title = *c.Title
	}
	if c.Description != nil {
		if utf8.RuneCountInString(*c.Description) > maxDescription {
			return &InvalidError{"description", (*c.Description)[:40] + "...", fmt.Sprintf("at most %d characters", maxDescription)}
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
	d.Severity = severity
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
		d.ClosedAt = nil
		d.Classification, d.ClassificationReason, d.ClassificationComment = "", "", ""
	}
	d.Status = status
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

func (d *draft) setComment(c Change) error {
	if c.Comment == "" {
		return nil
	}
	if utf8.RuneCountInString(c.Comment) > maxMessage {
		return &InvalidError{"comment", c.Comment[:40] + "...", fmt.Sprintf("at most %d characters", maxMessage)}
	}
	if len(d.Comments) == maxComments {
		return &InvalidError{"comment", c.Comment, fmt.Sprintf("at most %d comments on an incident", maxComments)}
	}
	d.Comments = append(slices.Clone(d.Comments), Comment{
		ID: uuid.NewString(), Etag: d.Etag, Message: c.Comment, Author: Author{Name: c.By}, Created: d.LastModified, LastModified: d.LastModified,
	})
	d.Additional.Comments = len(d.Comments)
	return nil
}

// setLabels adds and removes labels; case does not count.
func (d *draft) setLabels(add, remove []string) {
	labels := slices.DeleteFunc(slices.Clone(d.Labels), func(l Label) bool {
		return slices.ContainsFunc(remove, func(s string) bool { return strings.EqualFold(s, l.Name) })
	})
	for _, name := range add {
		known := slices.ContainsFunc(labels, func(l Label) bool { return strings.EqualFold(l.Name, name) })
		if !known && strings.TrimSpace(name) != "" {
			labels = append(labels, Label{Name: name, Type: "User"})
		}
	}
	d.Labels = labels
}
