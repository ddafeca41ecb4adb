package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	spec "nephoscope/api"
	"nephoscope/internal/app"
	"nephoscope/internal/config"
	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/source/file"
)

// A site is a running server over what happened to three locks: incident 1 has
// two alerts about ada, 2 has one about bo.
type site struct {
	t      *testing.T
	url    string
	rule   *rules.Rule // that found it; the only one there is, from a file
	router routers.Router
	called map[string]bool // operations that were called and done
}

// clock starts after what happened and is never the same twice.
func clock() func() time.Time {
	var n atomic.Int64
	start := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(n.Add(1)) * time.Millisecond) }
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, rule: lockRule(t), called: map[string]bool{}}
	cfg := config.Default()
	cfg.Data, cfg.Listen = filepath.Join(t.TempDir(), "data"), "127.0.0.1:0"
	cfg.Rules.Builtin, cfg.Rules.Paths = false, []string{lockFile()}
	a, err := app.Open(t.Context(), cfg, app.Options{Now: clock()})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	s.happen(a)
	must(t, a.OpenRules(t.Context()))
	server, err := a.Listen("v1")
	must(t, err)
	s.url = server.URL()
	background(t, a.Run)
	background(t, server.Run)
	s.readSpec()
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// background runs something until the test ends.
func background(t *testing.T, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// lockFile holds the rule of a site.
func lockFile() string { return filepath.Join("testdata", "lock.yaml") }

func lockRule(t *testing.T) *rules.Rule {
	t.Helper()
	set, err := rules.Load(lockFile())
	must(t, err)
	if len(set.Rules) != 1 {
		t.Fatalf("got %d rules and %v, want one rule", len(set.Rules), set.Findings)
	}
	return set.Rules[0]
}

// happen lets two people remove three locks, and the rule find out.
func (s *site) happen(a *app.App) {
	s.t.Helper()
	at := time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)
	remove := func(hours int, by, group string) rules.CaseEvent {
		return rules.CaseEvent{
			At: at.Add(time.Duration(hours) * time.Hour), By: by, From: "203.0.113.5", Do: "Microsoft.Authorization/locks/delete",
			On: "/subscriptions/5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801/resourceGroups/" + group + "/providers/Microsoft.Authorization/locks/keep",
		}
	}
	story := rules.Case{Events: []rules.CaseEvent{
		remove(0, "ada@tidewater.example", "north"), remove(2, "ada@tidewater.example", "south"), remove(3, "bo@tidewater.example", "south"),
	}}
	path := filepath.Join(s.t.TempDir(), "events.json")
	must(s.t, os.WriteFile(path, bytes.Join(story.Hub(), []byte("\n")), 0o644))
	must(s.t, a.IngestFiles(s.t.Context(), file.Options{Paths: []string{path}}))
	for _, report := range a.Sweep(s.t.Context(), []*rules.Rule{s.rule}, detect.Range{}) {
		must(s.t, report.Err)
	}
}

func (s *site) readSpec() {
	s.t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(spec.YAML)
	must(s.t, err)
	for _, media := range []string{"application/yaml", "text/csv"} { // not to be taken apart
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.RegisteredBodyDecoder("text/plain"))
	}
	s.router, err = gorillamux.NewRouter(doc)
	must(s.t, err)
}

// An answer is what a call came back with.
type answer struct {
	status int
	header http.Header
	text   string
}

// into decodes the body.
func (a answer) into(t *testing.T, dst any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.text), dst); err != nil {
		t.Fatalf("%s: %v", a.text, err)
	}
}

// call makes a call with headers, given in pairs, and holds the answer against
// the spec; of a call that was done the question, too. A body is JSON unless a
// header says otherwise.
func (s *site) call(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, strings.TrimSuffix(s.url, "/")+path, strings.NewReader(body))
	must(s.t, err)
	if method != http.MethodGet && method != http.MethodDelete {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	came, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer func() { _ = came.Body.Close() }()
	text, err := io.ReadAll(came.Body)
	must(s.t, err)
	a := answer{came.StatusCode, came.Header, string(text)}
	s.compare(r, body, a)
	return a
}

func (s *site) compare(r *http.Request, body string, a answer) {
	s.t.Helper()
	bare := r.Clone(r.Context())
	bare.URL.Scheme, bare.URL.Host, bare.Host = "", "", ""
	route, values, err := s.router.FindRoute(bare)
	if err != nil {
		return // it is about what is not there
	}
	bare.Body = io.NopCloser(strings.NewReader(body))
	question := &openapi3filter.RequestValidationInput{Request: bare, PathParams: values, Route: route}
	if a.status < 400 {
		s.called[route.Operation.OperationID] = true
		if err := openapi3filter.ValidateRequest(r.Context(), question); err != nil {
			s.t.Errorf("%s %s was done, but is not in the spec: %v", r.Method, r.URL.Path, err)
		}
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: question, Status: a.status, Header: a.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), input.SetBodyBytes([]byte(a.text))); err != nil {
		s.t.Errorf("%s %s: the answer is not in the spec: %v\n%d %s", r.Method, r.URL.Path, err, a.status, a.text)
	}
}

// want makes a call that must have a status and an answer that holds a text.
func (s *site) want(status int, part, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.call(method, path, body, headers...)
	if a.status != status || !strings.Contains(a.text, part) {
		s.t.Errorf("%s %s %s: got %d %s, want %d with %s", method, path, body, a.status, a.text, status, part)
	}
	return a
}
