package api

import (
	"context"
	"net/http"

	"nephoscope/internal/api/call"
	"nephoscope/internal/incident"
)

// Relations change what incidents hold.
type Relations interface {
	AddAlerts(ctx context.Context, number int, ids []string, s incident.Stamp) (*incident.Incident, error)
	RemoveAlert(ctx context.Context, number int, id string, s incident.Stamp) (*incident.Incident, error)
	Merge(ctx context.Context, into int, from []int, s incident.Stamp) (*incident.Incident, error)
}

// maxBulk is how many incidents or alerts one call may name.
const maxBulk = 1000

func bulkRoutes(in Incidents) []route {
	const one = "/api/v1/incidents/{number}"
	return []route{
		{"PATCH /api/v1/incidents", changeIncidents(in)},
		{"POST " + one + "/merge", mergeIncidents(in)},
		{"POST " + one + "/alerts", addAlerts(in)},
		{"DELETE " + one + "/alerts/{alertId}", removeAlert(in)},
	}
}

// An Outcome is what a change of many did to one incident.
type Outcome struct {
	Number   int                `json:"incidentNumber"`
	Incident *incident.Incident `json:"incident,omitempty"`
	Error    *call.Problem      `json:"error,omitempty"`
}

func changeIncidents(in IncidentWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct {
			Incidents []int          `json:"incidents"`
			Change    incidentChange `json:"change"`
		}
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		if err := checkCount("incidents", len(body.Incidents)); err != nil {
			return err
		}
		outcomes, err := in.UpdateMany(r.Context(), body.Incidents, body.Change.change(r, ""))
		if err != nil {
			return err
		}
		list := make([]Outcome, len(outcomes))
		for i, o := range outcomes {
			list[i] = Outcome{Number: o.Number, Incident: o.Incident}
			if o.Err != nil {
				list[i].Error = call.ProblemOf(r, o.Err)
			}
		}
		call.Reply(w, http.StatusOK, call.List[Outcome]{Value: list})
		return nil
	}
}

func checkCount(field string, n int) error {
	if n < 1 || n > maxBulk {
		return call.Bad(field, "%s has %d: want 1 to %d", field, n, maxBulk)
	}
	return nil
}

func mergeIncidents(in Relations) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		var body struct {
			Incidents []int `json:"incidents"`
		}
		if err := call.Decode(r, call.Small, &body); err != nil {
			return err
		}
		if err := checkCount("incidents", len(body.Incidents)); err != nil {
			return err
		}
		merged, err := in.Merge(r.Context(), number, body.Incidents, stamp)
		return replyIncident(w, http.StatusOK, merged, err)
	}
}

func addAlerts(in Relations) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		var body struct {
			Alerts []string `json:"alerts"`
		}
		if err := call.Decode(r, call.Small, &body); err != nil {
			return err
		}
		if err := checkCount("alerts", len(body.Alerts)); err != nil {
			return err
		}
		changed, err := in.AddAlerts(r.Context(), number, body.Alerts, stamp)
		return replyIncident(w, http.StatusOK, changed, err)
	}
}

func removeAlert(in Relations) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		changed, err := in.RemoveAlert(r.Context(), number, r.PathValue("alertId"), stamp)
		return replyIncident(w, http.StatusOK, changed, err)
	}
}
