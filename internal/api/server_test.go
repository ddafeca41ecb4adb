package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	spec "nephoscope/api"
	"nephoscope/internal/api/call"
)

// TestRoutesAreThoseOfTheSpec holds the two lists of calls together.
func TestRoutesAreThoseOfTheSpec(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.YAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			want = append(want, method+" "+path)
		}
	}
	for _, r := range routes(Options{Rules: nothing{}, Incidents: nobody{}}) {
		got = append(got, r.pattern)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("served, but not in the spec: %s\nin the spec, but not served: %s", without(got, want), without(want, got))
	}
}

// nothing and nobody stand for what the handlers call, and are not called.
type (
	nothing struct{ Rules }
	nobody  struct{ Incidents }
)

func (nothing) Enable(context.Context, string, string) error  { return nil }
func (nothing) Disable(context.Context, string, string) error { return nil }

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// echo answers with what came.
func echo() http.Handler {
	return call.Handler(func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			call.Reply(w, http.StatusOK, fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, len(body)))
		}
		return err
	})
}

// start runs a server until the test ends and returns its address.
func start(t *testing.T, handler http.Handler) string {
	t.Helper()
	s, err := Listen("127.0.0.1:0", handler, slog.New(slog.DiscardHandler))
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

// send makes a call with headers, given in pairs.
func send(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func TestAnswersAreGuarded(t *testing.T) {
	answer, _ := send(t, http.MethodGet, start(t, echo())+"/", "")
	for key, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"Content-Type": "application/json; charset=utf-8",
	} {
		if got := answer.Header.Get(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

func TestWhoMayCall(t *testing.T) {
	url := start(t, echo())
	host := strings.TrimPrefix(url, "http://")
	if answer, body := send(t, http.MethodGet, url+"/", "", "Sec-Fetch-Site", "cross-site"); answer.StatusCode != 200 {
		t.Errorf("a link of another site: got %d %s, want 200", answer.StatusCode, body)
	}
	for name, c := range map[string]struct {
		key, value string
		want       int
	}{
		"a name that was made to point here": {"Host", "attacker.example", 403},
		"a page of another site":             {"Origin", "https://attacker.example", 403},
		"a page of another port":             {"Origin", "http://127.0.0.1:1", 403},
		"a page in a sandbox":                {"Origin", "null", 403},
		"a form, as browsers say":            {"Sec-Fetch-Site", "cross-site", 403},
		"a page of ours":                     {"Origin", "http://" + host, 200},
		"somebody who types the address":     {"Sec-Fetch-Site", "none", 200},
		"a program":                          {"User-Agent", "curl", 200},
	} {
		if answer, body := send(t, http.MethodPost, url+"/", "{}", c.key, c.value); answer.StatusCode != c.want {
			t.Errorf("%s: got %d %s, want %d", name, answer.StatusCode, body, c.want)
		}
	}
}

func TestRepeatedSlashesAreOne(t *testing.T) {
	_, body := send(t, http.MethodGet, start(t, echo())+"//api///v1//incidents", "")
	if want := "\"GET /api/v1/incidents 0\"\n"; body != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	url := start(t, echo())
	for size, want := range map[int]int{call.Enormous: 200, call.Enormous + 1: 413} {
		if answer, _ := send(t, http.MethodPut, url+"/", strings.Repeat("x", size)); answer.StatusCode != want {
			t.Errorf("%d bytes: got %d, want %d", size, answer.StatusCode, want)
		}
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
