package arm

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

// Relations show and change what alerts and entities incidents have.
type Relations interface {
	Alerts(ctx context.Context, number int) ([]*detect.Alert, error)
	Entities(ctx context.Context, number int) ([]incident.Entity, error)
	AddAlerts(ctx context.Context, number int, ids []string, s incident.Stamp) (*incident.Incident, error)
	RemoveAlert(ctx context.Context, number int, id string, s incident.Stamp) (*incident.Incident, error)
}

func relationRoutes(in Incidents) []route {
	const one = "/incidents/{incident}"
	return []route{
		{"POST", one + "/alerts", listAlerts(in)},
		{"POST", one + "/entities", listEntities(in)},
		{"POST", one + "/bookmarks", listBookmarks(in)},
		{"GET", one + "/relations", listOf(in, relationsOf)},
		{"GET", one + "/relations/{id}", showOne(in, relationsOf)},
		{"PUT", one + "/relations/{id}", putRelation(in)},
		{"DELETE", one + "/relations/{id}", deleteRelation(in)},
	}
}

// alertProperties are what is said of an alert; the names are not those of the
// table SecurityAlert.
type alertProperties struct {
	ID          string              `json:"systemAlertId"`
	Name        string              `json:"alertDisplayName"`
	Friendly    string              `json:"friendlyName"`
	Description string              `json:"description,omitempty"`
	Severity    rules.Severity      `json:"severity"`
	Confidence  string              `json:"confidenceLevel"`
	Score       *float64            `json:"confidenceScore,omitempty"`
	Vendor      string              `json:"vendorName"`
	Product     string              `json:"productName"`
	Component   string              `json:"productComponentName,omitempty"`
	AlertType   string              `json:"alertType"`
	ProviderID  string              `json:"providerAlertId"`
	Status      string              `json:"status"`
	Tactics     []string            `json:"tactics"`
	Link        string              `json:"alertLink,omitempty"`
	Remediation []string            `json:"remediationSteps,omitempty"`
	Start       time.Time           `json:"startTimeUtc"`
	End         time.Time           `json:"endTimeUtc"`
	Processed   time.Time           `json:"processingEndTime"`
	Generated   time.Time           `json:"timeGenerated"`
	Additional  map[string][]string `json:"additionalData,omitempty"` // the custom details
}

// alertOf shows an alert, which is an entity here.
func alertOf(r *http.Request, a *detect.Alert) Resource[alertProperties] {
	p := alertProperties{
		ID: a.ID, Name: a.Name, Friendly: a.Name, Description: a.Description, Severity: a.Severity,
		Confidence: a.ConfidenceLevel, Score: a.Confidence, Vendor: "Microsoft", Product: a.Product, Component: a.Component,
		AlertType: a.RuleID, ProviderID: a.Fingerprint, Status: a.Status, Tactics: append([]string{}, a.Tactics...), Link: a.Link,
		Start: a.Start, End: a.End, Processed: a.Time, Generated: a.Time,
	}
	if p.Confidence == "" {
		p.Confidence = "Unknown"
	}
	if a.Remediation != "" {
		p.Remediation = []string{a.Remediation}
	}
	for _, d := range a.Details {
		if p.Additional == nil {
			p.Additional = map[string][]string{}
		}
		p.Additional[d.Key] = d.Values
	}
	res := newResource(r, alertPath+a.ID, "", p)
	res.Kind = alertKind
	return res
}

// Where alerts are among the entities.
const (
	alertPath = "entities/"
	alertKind = "SecurityAlert"
)

func listAlerts(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		alerts, err := in.Alerts(r.Context(), found.Number)
		if err != nil {
			return err
		}
		list := []Resource[alertProperties]{}
		for _, a := range alerts {
			list = append(list, alertOf(r, a))
		}
		call.Reply(w, http.StatusOK, call.List[Resource[alertProperties]]{Value: list})
		return nil
	}
}

// listBookmarks answers that there are none: there are no bookmarks here.
func listBookmarks(in IncidentReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := in.ByName(r.Context(), r.PathValue("incident")); err != nil {
			return err
		}
		return emptyList(w, r)
	}
}

// relationProperties say what an incident has to do with.
type relationProperties struct {
	ID   string `json:"relatedResourceId"`
	Name string `json:"relatedResourceName"`
	Type string `json:"relatedResourceType"`
	Kind string `json:"relatedResourceKind"`
}

// relationOf is the relation to an alert; its name is the alert's id.
func relationOf(r *http.Request, in *incident.Incident, alert string) Resource[relationProperties] {
	return newResource(r, "incidents/"+in.Name+"/relations/"+alert, in.Etag,
		relationProperties{idOf(r, alertPath+alert), alert, provider + "/entities", alertKind})
}

func relationsOf(r *http.Request, in *incident.Incident) []Resource[relationProperties] {
	list := []Resource[relationProperties]{}
	for _, alert := range in.AlertIDs {
		list = append(list, relationOf(r, in, alert))
	}
	return list
}

// putRelation adds an alert to an incident. Whatever name the call gives the
// relation, its name is that of the answer.
func putRelation(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct {
			Properties relationProperties `json:"properties"`
		}
		if err := call.DecodeLoose(r, call.Small, &body); err != nil {
			return err
		}
		path := strings.ToLower(body.Properties.ID)
		at := strings.LastIndexByte(path, '/')
		if at < 0 || !strings.HasSuffix(path[:at], "/entities") {
			return call.Bad("properties.relatedResourceId", "properties.relatedResourceId %q: want the id of an alert, .../entities/{systemAlertId}", body.Properties.ID)
		}
		alert := path[at+1:]
		found, stamp, err := incidentAndStamp(in, r)
		if err != nil {
			return err
		}
		after, err := in.AddAlerts(r.Context(), found.Number, []string{alert}, stamp)
		if err != nil {
			return fmt.Errorf("relate: %w", err)
		}
		replyResource(w, !slices.Contains(found.AlertIDs, alert), relationOf(r, after, alert))
		return nil
	}
}

func deleteRelation(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, stamp, err := incidentAndStamp(in, r)
		if err == nil {
			_, err = in.RemoveAlert(r.Context(), found.Number, r.PathValue("id"), stamp)
		}
		return replyDeleted(w, r, err)
	}
}
