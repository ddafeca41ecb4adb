package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

// Incidents answers for incidents; incident.Keeper does.
type Incidents interface {
	IncidentReader
	IncidentWriter
	Remarks
	Relations
}

// An IncidentReader shows incidents.
type IncidentReader interface {
	List(ctx context.Context, f incident.Filter) ([]*incident.Incident, error)
	ByNumber(ctx context.Context, number int) (*incident.Incident, error)
	Show(ctx context.Context, number int) (*incident.Detail, error)
}

// An IncidentWriter changes incidents.
type IncidentWriter interface {
	Create(ctx context.Context, name string, c incident.Change) (*incident.Incident, error)
	Update(ctx context.Context, number int, c incident.Change) (*incident.Incident, error)
	UpdateMany(ctx context.Context, list []int, c incident.Change) ([]incident.Outcome, error)
	Reopen(ctx context.Context, number int, s incident.Stamp) (*incident.Incident, error)
	Delete(ctx context.Context, number int, s incident.Stamp) error
}

// byAPI is who makes a change if the call does not say.
const byAPI = "api"

func incidentRoutes(in Incidents) []route {
	const one = "/api/v1/incidents/{number}"
	return []route{
		{"GET /api/v1/incidents", listIncidents(in)},
		{"POST /api/v1/incidents", createIncident(in)},
		{"GET " + one, showIncident(in)},
		{"PATCH " + one, changeIncident(in)},
		{"DELETE " + one, deleteIncident(in)},
		{"POST " + one + "/reopen", reopenIncident(in)},
	}
}

func listIncidents(in IncidentReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		filter, err := incidentFilter(r)
		if err != nil {
			return err
		}
		page, err := pageOf(r)
		if err != nil {
			return err
		}
		if filter.Skip, err = page.Skip(); err != nil {
			return err
		}
		filter.Limit = page.Limit + 1
		list, err := in.List(r.Context(), filter)
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, call.Cut(page, list, func(*incident.Incident) string { return strconv.Itoa(filter.Skip + page.Limit) }))
		return nil
	}
}

// pageOf reads which page of a list a call wants.
func pageOf(r *http.Request) (call.Page, error) {
	return call.PageOf(r, call.Names{Limit: "limit", Token: "skipToken"})
}

// incidentFilter reads what a list of incidents is chosen and sorted by.
func incidentFilter(r *http.Request) (f incident.Filter, err error) {
	q := query{values: r.URL.Query()}
	f = incident.Filter{
		Statuses:   words(&q, "status", incident.Statuses()),
		Severities: words(&q, "severity", rules.Severities()),
		RuleID:     q.text("ruleId"), Owner: q.text("owner"), Text: q.text("text"), Label: q.text("label"),
		Product: q.text("product"), Tactic: q.text("tactic"),
		CreatedAfter: q.time("createdFrom"), CreatedBefore: q.time("createdTo"),
		ModifiedAfter: q.time("modifiedFrom"), ModifiedBefore: q.time("modifiedTo"),
		Order: word(&q, "orderBy", incident.Orders()),
	}
	f.Ascending = word(&q, "order", []string{"asc", "desc"}) == "asc"
	return f, q.err
}

// numberOf reads the number of an incident from the path.
func numberOf(r *http.Request) (int, error) {
	text := r.PathValue("number")
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return 0, call.Bad("number", "incident %q: want a number", text)
	}
	return number, nil
}

func showIncident(in IncidentReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, err := numberOf(r)
		if err != nil {
			return err
		}
		detail, err := in.Show(r.Context(), number)
		if err != nil {
			return err
		}
		call.SetEtag(w, detail.Etag)
		call.Reply(w, http.StatusOK, detail)
		return nil
	}
}

// replyIncident answers with the new state of an incident.
func replyIncident(w http.ResponseWriter, status int, in *incident.Incident, err error) error {
	if err != nil {
		return err
	}
	call.SetEtag(w, in.Etag)
	call.Reply(w, status, in)
	return nil
}

func createIncident(in IncidentWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body := struct {
			Name string `json:"name"`
			incidentChange
		}{}
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		made, err := in.Create(r.Context(), body.Name, body.change(r, ""))
		if err == nil {
			w.Header().Set("Location", fmt.Sprintf("/api/v1/incidents/%d", made.Number))
		}
		return replyIncident(w, http.StatusCreated, made, err)
	}
}

func changeIncident(in IncidentWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		var body incidentChange
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		changed, err := in.Update(r.Context(), number, body.change(r, stamp.Etag))
		return replyIncident(w, http.StatusOK, changed, err)
	}
}

// numberAndStamp reads which incident a call changes, who does and from which
// state.
func numberAndStamp(r *http.Request) (int, incident.Stamp, error) {
	number, err := numberOf(r)
	if err != nil {
		return 0, incident.Stamp{}, err
	}
	etag, err := call.Etag(r)
	return number, incident.Stamp{By: call.User(r, byAPI), Etag: etag}, err
}

func reopenIncident(in IncidentWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		if _, err := call.Media(r, call.JSON); err != nil {
			return err
		}
		opened, err := in.Reopen(r.Context(), number, stamp)
		return replyIncident(w, http.StatusOK, opened, err)
	}
}

func deleteIncident(in IncidentWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		if err := in.Delete(r.Context(), number, stamp); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// An incidentChange is what a body says to change; what it leaves out stays.
type incidentChange struct {
	Title                 *string          `json:"title"`
	Description           *string          `json:"description"`
	Severity              *rules.Severity  `json:"severity"`
	Status                *incident.Status `json:"status"`
	Classification        *string          `json:"classification"`
	ClassificationReason  *string          `json:"classificationReason"`
	ClassificationComment *string          `json:"classificationComment"`
	FirstActivity         *time.Time       `json:"firstActivityTimeUtc"`
	LastActivity          *time.Time       `json:"lastActivityTimeUtc"`
	Owner                 *incident.Owner  `json:"owner"`
	Labels                *[]string        `json:"labels"`
	AddLabels             []string         `json:"addLabels"`
	RemoveLabels          []string         `json:"removeLabels"`
	Comment               string           `json:"comment"`
}

func (c incidentChange) change(r *http.Request, etag string) incident.Change {
	return incident.Change{
		By: call.User(r, byAPI), Etag: etag,
		Title: c.Title, Description: c.Description, Severity: c.Severity, Status: c.Status,
		Classification: c.Classification, ClassificationReason: c.ClassificationReason, ClassificationComment: c.ClassificationComment,
		FirstActivity: c.FirstActivity, LastActivity: c.LastActivity,
		Owner: c.Owner, Labels: c.Labels, AddLabels: c.AddLabels, RemoveLabels: c.RemoveLabels, Comment: c.Comment,
	}
}
