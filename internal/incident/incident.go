// Package incident keeps incidents: what people work on, made of one alert or
// of several that belong together. It stands behind detect, whose alerts it
// files, and before playbooks and outputs.
//
// Invariant: SecurityIncident is the history of every incident, one row per
// change; the row with the latest TimeGenerated is its present state. A row is
// committed together with what caused it, and no two changes start from the
// same state.
package incident

import (
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/rules"
)

// A Status is where an incident stands.
type Status string

// The statuses.
const (
	StatusNew    Status = "New"
	StatusActive Status = "Active"
	StatusClosed Status = "Closed"
)

// Statuses lists the statuses in the order of a life.
func Statuses() []Status { return []Status{StatusNew, StatusActive, StatusClosed} }

// An Incident is the present or a past state of one incident, in the names of
// the ARM shape.
type Incident struct {
	Name   string `json:"name"` // GUID
	Etag   string `json:"etag"` // changes with every change
	Number int    `json:"incidentNumber"`

	Title       string         `json:"title"`
	Description string         `json:"description"`
	Severity    rules.Severity `json:"severity"`
	Status      Status         `json:"status"`

	Classification        string `json:"classification,omitempty"`
	ClassificationReason  string `json:"classificationReason,omitempty"`
	ClassificationComment string `json:"classificationComment,omitempty"`

	Owner    Owner     `json:"owner"`
	Team     *Team     `json:"teamInformation,omitempty"`
	Labels   []Label   `json:"labels"`
	Comments []Comment `json:"comments"`
	Tasks    []Task    `json:"tasks"`

	FirstActivity time.Time  `json:"firstActivityTimeUtc"`
	LastActivity  time.Time  `json:"lastActivityTimeUtc"`
	Created       time.Time  `json:"createdTimeUtc"`
	FirstModified time.Time  `json:"firstModifiedTimeUtc"`
	LastModified  time.Time  `json:"lastModifiedTimeUtc"`
	ClosedAt      *time.Time `json:"closedTimeUtc,omitempty"`
	ModifiedBy    string     `json:"modifiedBy"`

	RuleIDs    []string   `json:"relatedAnalyticRuleIds"`
	AlertIDs   []string   `json:"alertIds"`
	Additional Additional `json:"additionalData"`

	URL        string `json:"incidentUrl"`
	Provider   string `json:"providerName"`
	ProviderID string `json:"providerIncidentId"`
}

// An Owner is who works on an incident; all empty for nobody.
type Owner struct {
	ObjectID      string `json:"objectId"`
	Email         string `json:"email"`
	AssignedTo    string `json:"assignedTo"`
	UserPrincipal string `json:"userPrincipalName"`
	Type          string `json:"ownerType,omitempty"` // User or Group
}

// A Team is a group of people that was set up for an incident.
type Team struct {
	ID          string    `json:"teamId"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Channel     string    `json:"primaryChannelUrl"`
	Created     time.Time `json:"teamCreationTimeUtc"`
}

// A Label is a word that people put on an incident.
type Label struct {
	Name string `json:"labelName"`
	Type string `json:"labelType"` // User or AutoAssigned
}

// Additional is what is counted and gathered over an incident's alerts.
type Additional struct {
	Alerts     int      `json:"alertsCount"`
	Bookmarks  int      `json:"bookmarksCount"`
	Comments   int      `json:"commentsCount"`
	Products   []string `json:"alertProductNames"`
	Tactics    []string `json:"tactics"`
	Techniques []string `json:"techniques"`
	// GroupingKey stands for a rule and what its alerts are grouped by: the
	// incident takes further ones that have the same. Empty if it takes none.
	GroupingKey string `json:"groupingKey,omitempty"`

	// Withdrawn are those of its alerts that late events have undone, Removed
	// those that people took out.
	Withdrawn []string `json:"withdrawnAlertIds,omitempty"`
	Removed   []string `json:"removedAlertIds,omitempty"`
	// Retracted tells that it was closed because all its alerts were
	// withdrawn, SeverityFixed that people chose the severity: alerts do not
	// raise it any more.
	Retracted     bool `json:"retracted,omitempty"`
	SeverityFixed bool `json:"severityFixed,omitempty"`
	// MergedInto is the number of the incident that took over this one, Merged
	// are the numbers of those that this one took over.
	MergedInto int   `json:"mergedInto,omitempty"`
	Merged     []int `json:"mergedIncidents,omitempty"`
	// Deleted ends the history of an incident; nobody but this package sees
	// such a state.
	Deleted bool `json:"deleted,omitempty"`
}

// What there may not be.
var (
	ErrNotFound  = errors.New("no such incident")
	ErrNoComment = errors.New("no such comment")
	ErrNoTask    = errors.New("no such task")
	ErrNoAlert   = errors.New("no such alert")
)

// A ConflictError tells that an incident was changed since it was read, or that
// there is one already.
type ConflictError struct {
	Number       int
	Exists       bool   // it is in the way of a new one with its name
	Part         string // "comment ID" or "task ID" if only that is concerned
	Etag, Stored string // as the change stated it, and as it is
	ModifiedBy   string // who made the change in between
}

// Error says what to do.
func (e *ConflictError) Error() string {
	what := fmt.Sprintf("incident %d", e.Number)
	if e.Exists {
		return what + " has this name already: choose another one, or change that incident"
	}
	if e.Part != "" {
		what = e.Part + " of " + what
	}
	return fmt.Sprintf("%s was changed by %q meanwhile: read it again and repeat the change", what, e.ModifiedBy)
}

// A StateError tells that an incident is in a state that does not allow a
// change.
type StateError struct {
	Number   int
	Is, Want string // the state, and those that allow it
}

// Error names the incident, its state and what is wanted.
func (e *StateError) Error() string {
	return fmt.Sprintf("incident %d is %s: want %s", e.Number, e.Is, e.Want)
}

// An InvalidError tells that a change makes no sense.
type InvalidError struct {
	Field string // in the words of the ARM shape
	Value string
	Want  string // what is allowed
}

// Error names the field, the value and what is allowed.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s %q is not possible: want %s", e.Field, e.Value, e.Want)
}
