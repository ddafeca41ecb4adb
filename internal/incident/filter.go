package incident

import (
	"slices"
	"strings"
	"time"

	"nephoscope/internal/rules"
)

// A Filter chooses incidents; empty fields choose all. Words are compared
// without regard to case.
type Filter struct {
	Statuses   []Status
	Severities []rules.Severity
	RuleID     string
	Owner      string // part of the owner's name or address
	Text       string // part of the title
	Label      string
	Product    string // of one of its alerts
	Tactic     string
	// Created and modified at or after one time, before another.
	CreatedAfter, CreatedBefore   time.Time
	ModifiedAfter, ModifiedBefore time.Time
	// Match is asked for what the other fields cannot say; nil chooses all.
	Match func(*Incident) bool

	Order     Order // ByIncidentNumber if empty
	Ascending bool
	Skip      int // of those that are chosen, in order
	Limit     int // 0 for all
}

// An Order is what a list is sorted by. Equal ones are in the order of numbers.
type Order string

// The orders, in the words of the ARM shape.
const (
	ByIncidentNumber Order = "incidentNumber"
	ByCreated        Order = "createdTimeUtc"
	ByModified       Order = "lastModifiedTimeUtc"
	ByFirstActivity  Order = "firstActivityTimeUtc"
	ByLastActivity   Order = "lastActivityTimeUtc"
	BySeverity       Order = "severity"
	ByStatus         Order = "status"
	ByTitle          Order = "title"
)

// Orders lists the orders.
func Orders() []Order {
	return []Order{ByIncidentNumber, ByCreated, ByModified, ByFirstActivity, ByLastActivity, BySeverity, ByStatus, ByTitle}
}

// chooses tells whether an incident passes the filter.
func (f Filter) chooses(in *Incident) bool {
	return oneOf(f.Statuses, in.Status) && oneOf(f.Severities, in.Severity) &&
		holds(in.RuleIDs, f.RuleID) && holds(in.Additional.Products, f.Product) && holds(in.Additional.Tactics, f.Tactic) &&
		(f.Label == "" || in.labelled(f.Label)) &&
		contains(in.Title, f.Text) && in.Owner.contains(f.Owner) &&
		between(in.Created, f.CreatedAfter, f.CreatedBefore) && between(in.LastModified, f.ModifiedAfter, f.ModifiedBefore) &&
		(f.Match == nil || f.Match(in))
}

func oneOf[T ~string](allowed []T, word T) bool {
	return len(allowed) == 0 || slices.ContainsFunc(allowed, func(a T) bool { return strings.EqualFold(string(a), string(word)) })
}

// holds tells whether a word is in the list; no word always is.
func holds(list []string, word string) bool {
	return word == "" || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, word) })
}

func contains(text, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

func (o Owner) contains(part string) bool {
	return slices.ContainsFunc([]string{o.AssignedTo, o.UserPrincipal, o.Email, o.ObjectID}, func(s string) bool { return contains(s, part) })
}

func (in *Incident) labelled(name string) bool {
	return slices.ContainsFunc(in.Labels, func(l Label) bool { return strings.EqualFold(l.Name, name) })
}

// between tells whether from <= t < to; a zero bound is none.
func between(t, from, to time.Time) bool {
	return !t.Before(from) && (to.IsZero() || t.Before(to))
}

// rank orders severities from low to high.
func rank(s rules.Severity) int { return slices.Index(rules.Severities(), s) }
