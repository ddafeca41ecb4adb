package api

import (
	"context"
	"encoding/json"
	"net/http"

	"nephoscope/internal/source"
)

// Options are what the handlers call.
type Options struct {
	// Health returns nil if the store answers.
	Health func(context.Context) error
	// Version is the program's.
	Version string
	// Metrics answers /metrics.
	Metrics http.Handler
	// Incidents answers for incidents.
	Incidents Incidents
	// Connectors tells how the sources stand.
	Connectors func() []source.State
}

// Handler returns all routes.
func Handler(opt Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health(opt))
	mux.Handle("GET /metrics", opt.Metrics)
	mux.HandleFunc("GET /api/v1/incidents", listIncidents(opt.Incidents))
	mux.HandleFunc("GET /api/v1/incidents/{number}", showIncident(opt.Incidents))
	mux.HandleFunc("GET /api/v1/connectors", listConnectors(opt.Connectors))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, "NotFound", "there is /healthz, /metrics, /api/v1/connectors, /api/v1/incidents and /api/v1/incidents/{number}")
	})
	return mux
}

func health(opt Options) http.HandlerFunc {
	type answer struct {
		Status  string `json:"status"`
		Store   string `json:"store"`
		Version string `json:"version"`
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := opt.Health(r.Context()); err != nil {
			reply(w, http.StatusServiceUnavailable, answer{"unavailable", err.Error(), opt.Version})
			return
		}
		reply(w, http.StatusOK, answer{"ok", "open", opt.Version})
	}
}

// reply writes a JSON answer. A client that went away is nobody's error.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body)
}

// fail writes an error in the shape of Azure's own services.
func fail(w http.ResponseWriter, status int, code, message string) {
	type inner struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	reply(w, status, map[string]inner{"error": {code, message}})
}
