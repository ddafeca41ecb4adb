package azure

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestActivityLog(t *testing.T) {
	next := ""
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case query.Get("page") == "2":
			_, _ = fmt.Fprint(w, `{"value":[{"n":3}]}`)
		case r.URL.Path != "/subscriptions/s-1/providers/Microsoft.Insights/eventtypes/management/values" || query.Get("api-version") != "2015-04-01" ||
			query.Get("$filter") != "eventTimestamp ge '2026-01-02T03:04:05.1234567Z' and eventTimestamp le '2026-01-02T04:00:00.0000000Z'":
			t.Errorf("got %s", r.URL)
		default:
			_, _ = fmt.Fprintf(w, `{"value":[{"n":1},{"n":2}],"nextLink":%q}`, next)
		}
	})
	from, to := time.Date(2026, 1, 2, 3, 4, 5, 123_456_789, time.UTC), time.Date(2026, 1, 2, 4, 0, 0, 0, time.UTC)
	read := func(stop error) (got []string, err error) {
		err = c.ActivityLog(t.Context(), "s-1", from, to, func(events []json.RawMessage) error {
			for _, e := range events {
				got = append(got, string(e))
			}
			return stop
		})
		return got, err
	}
	next = c.cloud.Endpoint + "/subscriptions/s-1?page=2"
	if got, err := read(nil); err != nil || fmt.Sprint(got) != `[{"n":1} {"n":2} {"n":3}]` {
		t.Errorf("got %v, %v, want three events", got, err)
	}
	enough := errors.New("enough")
	if got, err := read(enough); !errors.Is(err, enough) || len(got) != 2 {
		t.Errorf("got %v, %v, want the first page and the reader's error", got, err)
	}
	next = "https://elsewhere.example/?page=2"
	if _, err := read(nil); !errors.Is(err, errForeignPage) {
		t.Errorf("a page on another host: got %v, want %v", err, errForeignPage)
	}
}
