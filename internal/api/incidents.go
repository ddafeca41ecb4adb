package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

// Incidents answers for incidents; incident.Keeper does.
type Incidents interface {
	List(ctx context.Context, f incident.Filter) ([]*incident.Incident, error)
	Show(ctx context.Context, number int) (*incident.Detail, error)
}

// Bounds of the parameter limit.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func listIncidents(incidents Incidents) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		filter, err := filterOf(r)
		if err != nil {
			fail(w, http.StatusBadRequest, "BadArgument", err.Error())
			return
		}
		list, err := incidents.List(r.Context(), filter)
		if err != nil {
			fail(w, http.StatusInternalServerError, "StoreError", err.Error())
			return
		}
		if list == nil {
			list = []*incident.Incident{}
		}
		reply(w, http.StatusOK, map[string]any{"value": list})
	}
}

// filterOf reads the parameters status, severity, limit and text.
func filterOf(r *http.Request) (incident.Filter, error) {
	q := r.URL.Query()
	f := incident.Filter{Text: q.Get("text"), Limit: defaultLimit}
	for _, word := range q["status"] {
		i := slices.IndexFunc(incident.Statuses(), func(s incident.Status) bool { return strings.EqualFold(string(s), word) })
		if i < 0 {
			return f, fmt.Errorf("status %q: want New, Active or Closed", word)
		}
		f.Statuses = append(f.Statuses, incident.Statuses()[i])
	}
	for _, word := range q["severity"] {
		severity, ok := rules.ParseSeverity(word)
		if !ok {
			return f, fmt.Errorf("severity %q: want Informational, Low, Medium or High", word)
		}
		f.Severities = append(f.Severities, severity)
	}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return f, fmt.Errorf("limit %q: want 1 to %d", text, maxLimit)
		}
		f.Limit = n
	}
	return f, nil
}

func showIncident(incidents Incidents) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.PathValue("number"))
		if err != nil {
			fail(w, http.StatusBadRequest, "BadArgument", fmt.Sprintf("incident %q: want a number", r.PathValue("number")))
			return
		}
		detail, err := incidents.Show(r.Context(), number)
		switch {
		case errors.Is(err, incident.ErrNotFound):
			fail(w, http.StatusNotFound, "NotFound", fmt.Sprintf("there is no incident %d", number))
		case err != nil:
			fail(w, http.StatusInternalServerError, "StoreError", err.Error())
		default:
			reply(w, http.StatusOK, detail)
		}
	}
}
