package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"nephoscope/internal/incident"
)

// some answers with two incidents.
type some struct{ seen incident.Filter }

func (s *some) List(_ context.Context, f incident.Filter) ([]*incident.Incident, error) {
	s.seen = f
	return []*incident.Incident{{Number: 2, Title: "second"}, {Number: 1, Title: "first"}}, nil
}

func (s *some) Show(_ context.Context, number int) (*incident.Detail, error) {
	if number > 2 {
		return nil, incident.ErrNotFound
	}
	return &incident.Detail{Incident: &incident.Incident{Number: number, Title: "one of two"}}, nil
}

// start runs a server until the test ends and returns its address.
func start(t *testing.T, opt Options) string {
	t.Helper()
	s, err := Listen("127.0.0.1:0", Handler(opt), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.URL()
}

func options() Options {
	return Options{
		Version: "v1", Incidents: &some{}, Health: func(context.Context) error { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "nephoscope_up 1\n") }),
	}
}

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body), r.Header
}

func TestRoutes(t *testing.T) {
	url := start(t, options())
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/healthz":                               {200, `"status":"ok"`},
		"/metrics":                               {200, "nephoscope_up 1"},
		"/api/v1/incidents":                      {200, `"incidentNumber":2`},
		"//api//v1/incidents":                    {200, `"incidentNumber":2`},
		"/api/v1/incidents?status=new&limit=5":   {200, `"value"`},
		"/api/v1/incidents/1":                    {200, "one of two"},
		"/api/v1/incidents/3":                    {404, "there is no incident 3"},
		"/api/v1/incidents/x":                    {400, "want a number"},
		"/api/v1/incidents?status=gone":          {400, "want New, Active or Closed"},
		"/api/v1/incidents?severity=bad":         {400, "want Informational"},
		"/api/v1/incidents?limit=0":              {400, "want 1 to 1000"},
		"/api/v1/incidents/99999999999999999999": {400, "want a number"},
		"/elsewhere":                             {404, "/healthz"},
	} {
		status, body, _ := get(t, url+path)
		if status != want.status || !strings.Contains(body, want.body) {
			t.Errorf("GET %s: got %d %s, want %d with %s", path, status, body, want.status, want.body)
		}
	}
}

func TestFilterIsPassedOn(t *testing.T) {
	opt, incidents := options(), &some{}
	opt.Incidents = incidents
	get(t, start(t, opt)+"/api/v1/incidents?status=New&status=active&severity=high&text=vault&limit=7")
	got, want := incidents.seen, 2
	if len(got.Statuses) != want || len(got.Severities) != 1 || got.Text != "vault" || got.Limit != 7 {
		t.Errorf("got filter %+v", got)
	}
}

func TestUnhealthyStore(t *testing.T) {
	opt := options()
	opt.Health = func(context.Context) error { return errors.New("disk gone") }
	status, body, _ := get(t, start(t, opt)+"/healthz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "disk gone") {
		t.Errorf("got %d %s, want 503 with the reason", status, body)
	}
}

func TestAnswersAreGuarded(t *testing.T) {
	_, body, header := get(t, start(t, options())+"/healthz")
	for key, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"Content-Type": "application/json; charset=utf-8",
	} {
		if got := header.Get(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if !json.Valid([]byte(body)) {
		t.Errorf("got %q, want JSON", body)
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	r, err := http.NewRequest(http.MethodGet, start(t, options())+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "attacker.example"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("got %d, want 403", answer.StatusCode)
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "[::]:0"} {
		if _, err := Listen(address, nil, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("Listen(%s): got %v, want ErrNotLoopback", address, err)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		s, err := Listen(address, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Errorf("Listen(%s): %v", address, err)
			continue
		}
		_ = s.listener.Close()
	}
}
