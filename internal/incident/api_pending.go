package incident

import (
	"context"
	"errors"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

var errPending = errors.New("not there yet")

// A Stamp says who makes a change and from which state it starts.
type Stamp struct {
	By string // required
	// Etag is that of the state which the change starts from: of the incident,
	// or of the comment or task that is changed. Empty and "*" mean any.
	Etag string
}

// A Team is a group of people that was set up for an incident.
type Team struct {
	ID          string    `json:"teamId"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Channel     string    `json:"primaryChannelUrl"`
	Created     time.Time `json:"teamCreationTimeUtc"`
}

// A TaskStatus tells whether a task is done.
type TaskStatus string

// The statuses of a task.
const (
	TaskNew       TaskStatus = "New"
	TaskCompleted TaskStatus = "Completed"
)

// A Task is one step of the work on an incident. An incident has 40 at most.
type Task struct {
	ID           string     `json:"name"`
	Etag         string     `json:"etag"`
	Title        string     `json:"title"`
	Description  string     `json:"description,omitempty"`
	Status       TaskStatus `json:"status"`
	Created      time.Time  `json:"createdTimeUtc"`
	CreatedBy    Author     `json:"createdBy"`
	LastModified time.Time  `json:"lastModifiedTimeUtc"`
	ModifiedBy   Author     `json:"lastModifiedBy"`
}

// An Outcome is what a change of many did to one incident: its new state, or
// the error for which it was left as it is.
type Outcome struct {
	Number   int
	Incident *Incident
	Err      error // as of Update
}

// A Similar is another incident about the same things.
type Similar struct {
	*Incident
	Shared []Entity // entities of both, the most named first
}

// The things that an incident may lack.
var (
	ErrNoComment = errors.New("no such comment")
	ErrNoTask    = errors.New("no such task")
	ErrNoAlert   = errors.New("no such alert")
)

// ByName returns the incident with this name (a GUID, in any case), or
// ErrNotFound. The incident is shared: it must not be changed.
func (k *Keeper) ByName(ctx context.Context, name string) (*Incident, error) { return nil, errPending }

// ByNumber returns the incident with this number, or ErrNotFound. The incident
// is shared: it must not be changed.
func (k *Keeper) ByNumber(ctx context.Context, number int) (*Incident, error) {
	return nil, errPending
}

// Create opens an incident by hand. Title and Severity of c are required; name
// is a GUID, or empty for one that is made up. If there is an incident with
// that name the error is a *ConflictError.
func (k *Keeper) Create(ctx context.Context, name string, c Change) (*Incident, error) {
	return nil, errPending
}

// Delete removes an incident, not its alerts. Its history stays in
// SecurityIncident and ends with a closed state whose AdditionalData says that
// it was deleted. Its number is not used again, its name may be.
func (k *Keeper) Delete(ctx context.Context, number int, s Stamp) error { return errPending }

// UpdateMany makes one change to several incidents, in one commit, and tells
// what it did to each, in the order of numbers. c.Etag must be empty. The error
// is that of the commit; then nothing is changed.
func (k *Keeper) UpdateMany(ctx context.Context, numbers []int, c Change) ([]Outcome, error) {
	return nil, errPending
}

// Reopen makes a closed incident active and clears what was said on closing.
func (k *Keeper) Reopen(ctx context.Context, number int, s Stamp) (*Incident, error) {
	return nil, errPending
}

// Merge moves alerts, comments, tasks and labels of other incidents into one
// and closes the others with a comment that names it; both sides keep the
// relation in AdditionalData. Alerts that would have joined one of the others
// join the one from then on. The new state of that one is returned; if it would
// hold more than an incident can, the error is an *InvalidError.
func (k *Keeper) Merge(ctx context.Context, into int, from []int, s Stamp) (*Incident, error) {
	return nil, errPending
}

// AddAlerts relates alerts to an incident, by SystemAlertId. The error wraps
// ErrNoAlert if one of them is not stored.
func (k *Keeper) AddAlerts(ctx context.Context, number int, ids []string, s Stamp) (*Incident, error) {
	return nil, errPending
}

// RemoveAlert takes an alert out of an incident. It will not join it again, nor
// will another be opened for it.
func (k *Keeper) RemoveAlert(ctx context.Context, number int, id string, s Stamp) (*Incident, error) {
	return nil, errPending
}

// PutComment adds the comment with this id, or changes its text; an empty id
// adds one. s.Etag is that of the comment.
func (k *Keeper) PutComment(ctx context.Context, number int, id, message string, s Stamp) (*Comment, error) {
	return nil, errPending
}

// DeleteComment removes a comment or returns ErrNoComment. s.Etag is that of
// the comment.
func (k *Keeper) DeleteComment(ctx context.Context, number int, id string, s Stamp) error {
	return errPending
}

// PutTask adds the task with t.ID, or changes title, description and status of
// the one there is; an empty id adds one. An empty status means TaskNew. s.Etag
// is that of the task.
func (k *Keeper) PutTask(ctx context.Context, number int, t Task, s Stamp) (*Task, error) {
	return nil, errPending
}

// DeleteTask removes a task or returns ErrNoTask. s.Etag is that of the task.
func (k *Keeper) DeleteTask(ctx context.Context, number int, id string, s Stamp) error {
	return errPending
}

// Alerts returns the present state of an incident's alerts, by time.
func (k *Keeper) Alerts(ctx context.Context, number int) ([]*detect.Alert, error) {
	return nil, errPending
}

// Entities returns the entities of an incident's alerts, the most named first.
func (k *Keeper) Entities(ctx context.Context, number int) ([]Entity, error) { return nil, errPending }

// History returns every state of an incident, oldest first.
func (k *Keeper) History(ctx context.Context, number int) ([]*Incident, error) {
	return nil, errPending
}

// Similar returns incidents with activity within two weeks of this one that
// share entities with it, those that share most first, limit at most.
func (k *Keeper) Similar(ctx context.Context, number, limit int) ([]Similar, error) {
	return nil, errPending
}

// A Creator opens an incident for each alert that another product raised and
// that a rule of kind MicrosoftSecurityIncidentCreation chooses. It follows
// SecurityAlert; how far it has come is committed with the incidents, so each
// alert is looked at once. It is used by one goroutine at a time.
type Creator struct{ keeper *Keeper }

// NewCreator returns a Creator that opens incidents with k.
func NewCreator(k *Keeper) *Creator { return &Creator{k} }

// Step looks at the alerts that have arrived since the last step, and returns
// how many incidents it opened. Rules of other kinds are passed over. Call it
// with no rule, too: alerts that arrive while there is none open no incident
// later.
func (c *Creator) Step(ctx context.Context, list []*rules.Rule) (made int, err error) {
	return 0, errPending
}
