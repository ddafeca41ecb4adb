package api

import (
	"context"
	"net/http"

	spec "nephoscope/api"
	"nephoscope/internal/api/arm"
	"nephoscope/internal/api/call"
	"nephoscope/internal/detect"
	"nephoscope/internal/source"
)

// Options are what the handlers call. All are needed.
type Options struct {
	// Health returns nil if the store answers.
	Health func(context.Context) error
	// Version is the program's.
	Version string
	// Metrics answers /metrics.
	Metrics http.Handler
	// Connectors tells how the sources stand.
	Connectors func() []source.State

	Incidents  Incidents
	Rules      Rules
	Scheduler  Scheduler
	Compile    Compile // checks the queries of rules
	Watchlists Watchlists
	Functions  Functions
	// Ask reads alerts and runs.
	Ask detect.Ask

	// ARM is what the calls in the shape of Resource Manager are answered by.
	ARM arm.Options
}

// A route is one call of the API: a method and a path.
type route struct {
	pattern string
	handler call.Handler
}

// routes are all calls, as api/openapi.yaml has them.
func routes(opt Options) []route {
	var all []route
	for _, part := range [][]route{
		serverRoutes(opt), incidentRoutes(opt.Incidents), bulkRoutes(opt.Incidents), remarkRoutes(opt.Incidents),
		ruleRoutes(opt), alertRoutes(opt), runRoutes(opt),
		watchlistRoutes(opt.Watchlists), itemRoutes(opt.Watchlists), functionRoutes(opt.Functions),
	} {
		all = append(all, part...)
	}
	return all
}

// Handler returns all routes, those in the shape of Resource Manager, too.
func Handler(opt Options) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes(opt) {
		mux.Handle(r.pattern, r.handler)
	}
	native := call.Explained(mux, "GET /api/v1/openapi.yaml tells what there is")
	azure := arm.Handler(opt.ARM)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arm.Concerns(r) {
			azure.ServeHTTP(w, r)
			return
		}
		native.ServeHTTP(w, r)
	})
}

// serverRoutes tell about the server itself.
func serverRoutes(opt Options) []route {
	return []route{
		{"GET /healthz", health(opt)},
		{"GET /metrics", func(w http.ResponseWriter, r *http.Request) error { opt.Metrics.ServeHTTP(w, r); return nil }},
		{"GET /api/v1/openapi.yaml", showSpec},
		{"GET /api/v1/connectors", listConnectors(opt.Connectors)},
	}
}

func health(opt Options) call.Handler {
	type answer struct {
		Status  string `json:"status"`
		Store   string `json:"store"`
		Version string `json:"version"`
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := opt.Health(r.Context()); err != nil {
			call.Reply(w, http.StatusServiceUnavailable, answer{"unavailable", err.Error(), opt.Version})
			return nil
		}
		call.Reply(w, http.StatusOK, answer{"ok", "open", opt.Version})
		return nil
	}
}

func showSpec(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", call.YAML)
	_, _ = w.Write(spec.YAML) // a client that went away is nobody's error
	return nil
}
