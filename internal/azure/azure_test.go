package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// scripted is a client of a server on loopback that answers as told.
func scripted(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("NEPHOSCOPE_TEST_TOKEN", "some-token")
	c, err := NewClient(Config{Method: MethodToken, Token: Secret{Env: "NEPHOSCOPE_TEST_TOKEN"}, Endpoint: server.URL}, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPagesAreFollowedOnTheSameHostOnly(t *testing.T) {
	asked := 0
	next := ""
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Query().Get("page") == "2" {
			_, _ = fmt.Fprint(w, `{"value":[{"displayName":"second"}]}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"value":[{"displayName":"first"}],"nextLink":%q}`, next)
	})
	next = c.cloud.Endpoint + "/subscriptions?page=2"
	list, err := c.Subscriptions(t.Context())
	if err != nil || len(list) != 2 || list[1].Name != "second" {
		t.Errorf("got %+v, %v, want both pages", list, err)
	}
	asked = 0
	for _, foreign := range []string{"https://elsewhere.example/subscriptions?page=2", c.cloud.Endpoint + ".elsewhere.example/subscriptions"} {
		next = foreign
		if _, err := c.Subscriptions(t.Context()); !errors.Is(err, errForeignPage) {
			t.Errorf("next page %s: got %v, want %v", foreign, err, errForeignPage)
		}
	}
}

func TestBusyAzureIsAskedAgain(t *testing.T) {
	asked := 0
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.Header().Set("Retry-After-Ms", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = fmt.Fprint(w, `{"value":[]}`)
	})
	if _, err := c.Subscriptions(t.Context()); err != nil || asked != 3 {
		t.Errorf("got %v after %d requests, want an answer to the third", err, asked)
	}
}

func TestAnswersThatAreNoAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"value":`:        "read answer to GET ",
		`{"value":"none"}`: "read answer to GET ",
	} {
		c := scripted(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) })
		_, err := c.Subscriptions(t.Context())
		wantError(t, err, want)
	}
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"value":[{"name":"odd","properties":[]}]}`)
	})
	_, err := c.Profiles().List(t.Context(), testSubscription)
	wantError(t, err, `read log profile "odd": properties:`)
}

func TestWhatAzureKeepsDifferentlyIsTold(t *testing.T) {
	s := newStand(t)
	p := s.profile()
	p.StorageAccount, p.Retention = s.account("stlogs"), Keep(90)
	kept := resource{Name: "default", Properties: []byte(`{"storageAccountId":"` + p.StorageAccount + `","retentionPolicy":{"enabled":false,"days":0}}`)}
	if got := s.Profiles().differences(kept, p); len(got) != 1 {
		t.Errorf("got %q, want a warning", got)
	}
}

func TestRegistrationIsNotAwaitedForEver(t *testing.T) {
	asked := 0
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = fmt.Fprint(w, `{"registrationState":"Registering"}`)
	})
	c.wait = func(context.Context, time.Duration) error { return nil }
	wantError(t, c.awaitRegistration(t.Context(), testSubscription), "still not registered after 5m0s")
	if asked != looks {
		t.Errorf("looked %d times, want %d", asked, looks)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("a pause in a context that has ended: got %v, want %v", err, context.Canceled)
	}
}
