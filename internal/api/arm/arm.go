// Package arm serves incidents, alert rules and watchlists in the shape of
// Azure Resource Manager (Microsoft.SecurityInsights), so that what was made
// for Sentinel works here. It parses a call, calls what it was made with and
// encodes the answer, as package api does for the native shape.
//
// There is one workspace here: whatever subscription, resource group and
// workspace a path names, it is that one, and ids in answers repeat the names.
//
// Paths, bodies and statuses are those of the public specification of the
// service (Microsoft.SecurityInsights, 2023-11-01 and 2024-09-01).
package arm

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"nephoscope/internal/api/call"
	"nephoscope/internal/rules"
)

// Options are what the handlers call. All are needed.
type Options struct {
	Incidents  Incidents
	Rules      Rules
	Compile    func(context.Context) (rules.Compile, error) // checks the queries of rules
	Templates  func() ([]*rules.Rule, error)
	Watchlists Watchlists
}

// provider is the name of the service.
const provider = "Microsoft.SecurityInsights"

// workspace is the pattern of what stands before all resources.
const workspace = "/subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.operationalinsights/workspaces/{workspace}/providers/microsoft.securityinsights"

// A route is one call: a method and a path below the workspace.
type route struct {
	method, path string
	handler      call.Handler
}

func routes(opt Options) []route {
	var all []route
	for _, part := range [][]route{
		incidentRoutes(opt.Incidents), remarkRoutes(opt.Incidents), relationRoutes(opt.Incidents),
		ruleRoutes(opt), watchlistRoutes(opt.Watchlists), itemRoutes(opt.Watchlists),
	} {
		all = append(all, part...)
	}
	return append(all, route{"GET", "/automationrules", emptyList})
}

// emptyList answers for things of which there are none here.
func emptyList(w http.ResponseWriter, _ *http.Request) error {
	call.Reply(w, http.StatusOK, call.List[struct{}]{Value: []struct{}{}})
	return nil
}

// Handler returns all calls.
func Handler(opt Options) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes(opt) {
		mux.Handle(r.method+" "+workspace+r.path, r.handler)
	}
	mux.Handle("GET /providers/microsoft.securityinsights/operations", call.Handler(listOperations))
	return versioned(call.Explained(mux, "GET /providers/"+provider+"/operations tells what there is"))
}

// Concerns tells whether a call is in the shape of Resource Manager.
func Concerns(r *http.Request) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return strings.EqualFold(first, "subscriptions") || strings.EqualFold(first, "providers")
}

// versioned does what Resource Manager does for every service: it wants a
// version, takes names of types in any case, and gives each call an id.
func versioned(next http.Handler) http.Handler {
	form := regexp.MustCompile(`^20\d\d-[01]\d-[0-3]\d(-preview)?$`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.NewString()
		w.Header().Set("X-Ms-Request-Id", id)
		w.Header().Set("X-Ms-Correlation-Request-Id", id)
		switch version := r.URL.Query().Get("api-version"); {
		case version == "":
			call.Fail(w, &call.Problem{Status: http.StatusBadRequest, Code: "MissingApiVersionParameter", Message: "the parameter api-version is missing: want one such as 2024-09-01"})
			return
		case !form.MatchString(version):
			call.Fail(w, &call.Problem{Status: http.StatusBadRequest, Code: "InvalidApiVersionParameter", Message: "api-version " + version + ": want one such as 2024-09-01"})
			return
		}
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = lowerTypes(r.URL.Path), ""
		next.ServeHTTP(w, r)
	})
}

// lowerTypes writes the names of types in a path in lower case and leaves those
// of resources alone: they stand in turn, and after providers the name is that
// of a service.
func lowerTypes(path string) string {
	parts := strings.Split(strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"), "/")
	for i := range parts {
		if i%2 == 0 || strings.EqualFold(parts[i-1], "providers") {
			parts[i] = strings.ToLower(parts[i])
		}
	}
	return "/" + strings.Join(parts, "/")
}

// byARM is who makes a change if the call does not say.
const byARM = "arm"

// A Resource is something with an id, P what is said of it.
type Resource[P any] struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Kind       string `json:"kind,omitempty"`
	Etag       string `json:"etag,omitempty"`
	Properties P      `json:"properties"`
}

// newResource makes a resource of a path such as incidents/{name}.
func newResource[P any](r *http.Request, path, etag string, properties P) Resource[P] {
	parts := strings.Split(path, "/")
	kind := provider
	for i := 0; i < len(parts); i += 2 {
		kind += "/" + parts[i]
	}
	res := Resource[P]{ID: idOf(r, path), Name: parts[len(parts)-1], Type: kind, Properties: properties}
	if etag != "" {
		res.Etag = call.Quote(etag)
	}
	return res
}

// idOf is the id of a resource of the workspace that a call names.
func idOf(r *http.Request, path string) string {
	return "/subscriptions/" + r.PathValue("subscription") + "/resourceGroups/" + r.PathValue("group") +
		"/providers/Microsoft.OperationalInsights/workspaces/" + r.PathValue("workspace") + "/providers/" + provider + "/" + path
}

// pageOf reads which page of a list a call wants.
func pageOf(r *http.Request) (call.Page, error) {
	return call.PageOf(r, call.Names{Limit: "$top", Token: "$skipToken"})
}

// replySlice answers with a page of a whole list.
func replySlice[T any](w http.ResponseWriter, r *http.Request, list []T) error {
	page, err := pageOf(r)
	if err != nil {
		return err
	}
	answer, err := call.Slice(page, list)
	if err == nil {
		call.Reply(w, http.StatusOK, answer)
	}
	return err
}

// replyResource answers with the new state of a resource.
func replyResource[P any](w http.ResponseWriter, made bool, res Resource[P]) {
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	if res.Etag != "" {
		w.Header().Set("ETag", res.Etag)
	}
	call.Reply(w, status, res)
}

// replyDeleted answers that something is gone; what was not there is gone, too.
func replyDeleted(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if call.ProblemOf(r, err).Status == http.StatusNotFound {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return err
}

// demand is what a call demands of the present state: by its headers, or by the
// etag of the body if there is something already.
func demand(r *http.Request, etag string, exists bool) (string, error) {
	match, err := call.Demand(r)
	if err == nil && match == "" && exists {
		match = call.Unquote(etag)
	}
	return match, err
}

// A client is who did something; only the name is known here.
type client struct {
	Name string `json:"name"`
}
