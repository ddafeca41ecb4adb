package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"nephoscope/internal/api/call"
	"nephoscope/internal/detect"
	"nephoscope/internal/detect/archive"
	"nephoscope/internal/rules"
)

func alertRoutes(opt Options) []route {
	return []route{
		{"GET /api/v1/alerts", listAlerts(opt.Ask)},
		{"GET /api/v1/alerts/{id}", showAlert(opt.Ask)},
		{"GET /api/v1/alerts/{id}/evidence", showEvidence(opt.Ask)},
	}
}

// spanOf reads which times a call asks about, and which page.
func spanOf(r *http.Request, q *query) (archive.Span, call.Page, error) {
	span := archive.Span{From: q.time("from"), To: q.time("to")}
	page, err := pageOf(r)
	if err != nil {
		return span, page, err
	}
	span.Past, span.PastID, err = page.After()
	span.Limit = page.Limit + 1
	return span, page, err
}

func listAlerts(ask detect.Ask) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := query{values: r.URL.Query()}
		span, page, err := spanOf(r, &q)
		if err != nil {
			return err
		}
		filter := archive.AlertFilter{
			Span: span, RuleID: strings.ToLower(q.text("ruleId")), Product: q.text("product"), Text: q.text("text"),
			Severities: words(&q, "severity", rules.Severities()),
			Statuses:   words(&q, "status", []string{"New", "InProgress", "Resolved", "Dismissed", "Unknown"}),
		}
		if q.err != nil {
			return q.err
		}
		list, err := archive.Alerts(r.Context(), ask, filter)
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, call.Cut(page, list, func(a *detect.Alert) string { return call.PastToken(a.Time, a.ID) }))
		return nil
	}
}

func showAlert(ask detect.Ask) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		alert, err := archive.Alert(r.Context(), ask, r.PathValue("id"))
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, alert)
		return nil
	}
}

// showEvidence shows the rows that made an alert; there are none for an alert
// of another product.
func showEvidence(ask detect.Ask) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		alert, err := archive.Alert(r.Context(), ask, r.PathValue("id"))
		if err != nil {
			return err
		}
		rows, err := detect.Evidence(r.Context(), ask, alert.ID)
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, call.List[json.RawMessage]{Value: rows})
		return nil
	}
}

func runRoutes(opt Options) []route {
	return []route{
		{"GET /api/v1/runs", listRuns(opt.Ask)},
		{"GET /api/v1/rules/{id}/runs", listRuns(opt.Ask)},
	}
}

func listRuns(ask detect.Ask) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := query{values: r.URL.Query()}
		span, page, err := spanOf(r, &q)
		if err != nil {
			return err
		}
		filter := archive.RunFilter{Span: span, RuleID: q.text("ruleId"), Status: word(&q, "status", []string{"Success", "Failure"})}
		if id := r.PathValue("id"); id != "" {
			filter.RuleID = id
		}
		filter.RuleID = strings.ToLower(filter.RuleID)
		if q.err != nil {
			return q.err
		}
		list, err := archive.Runs(r.Context(), ask, filter)
		if err != nil {
			return err
		}
		call.Reply(w, http.StatusOK, call.Cut(page, list, func(run archive.Run) string { return call.PastToken(run.Ended, run.ID) }))
		return nil
	}
}
