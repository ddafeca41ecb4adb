package call

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/incident"
	"nephoscope/internal/resource"
)

func request(url string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPut, url, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestDemand(t *testing.T) {
	for _, c := range []struct {
		match, none string
		want        string
		bad         bool
	}{
		{want: resource.Any},
		{match: `"abc"`, want: "abc"},
		{match: `W/"abc"`, want: "abc"},
		{match: "abc", want: "abc"},
		{match: "*", want: resource.Existing},
		{none: "*", want: resource.Absent},
		{none: `"abc"`, bad: true},
		{match: "*", none: "*", bad: true},
		{match: `"a", "b"`, bad: true},
		{match: "none", bad: true},
	} {
		got, err := Demand(request("/", "If-Match", c.match, "If-None-Match", c.none))
		if got != c.want && !c.bad || (err != nil) != c.bad {
			t.Errorf("If-Match %s, If-None-Match %s: got %q, %v, want %q", c.match, c.none, got, err, c.want)
		}
	}
	if _, err := Etag(request("/", "If-None-Match", "*")); err == nil {
		t.Error("a change of something there takes If-None-Match")
	}
}

// TestPages follows links through lists of both sorts.
func TestPages(t *testing.T) {
	names := Names{Limit: "$top", Token: "$skipToken"}
	url, got := "http://localhost:1/list?$top=2&$filter=a%20eq%20'%26'", ""
	for url != "" {
		p, err := PageOf(request(url), names)
		if err != nil {
			t.Fatal(err)
		}
		if filter := request(url).URL.Query().Get("$filter"); filter != "a eq '&'" {
			t.Fatalf("the filter became %q", filter)
		}
		page, err := Slice(p, []int{1, 2, 3, 4, 5})
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprint(page.Value)
		url = page.NextLink
	}
	if got != "[1 2][3 4][5]" {
		t.Errorf("got pages %s", got)
	}
	p, err := PageOf(request("/list?$top=1"), names)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456700, time.UTC)
	if p, err = PageOf(request(p.Next(PastToken(at, "an id"))), names); err != nil {
		t.Fatal(err)
	}
	if past, id, err := p.After(); !past.Equal(at) || id != "an id" || err != nil {
		t.Errorf("got %s, %q, %v", past, id, err)
	}
}

func TestConflictsAreFailedPreconditionsIfThereWasOne(t *testing.T) {
	err := fmt.Errorf("change: %w", &incident.ConflictError{Number: 1, ModifiedBy: "ada"})
	for header, want := range map[string]int{"If-Match": 412, "If-None-Match": 412, "Accept": 409} {
		if got := ProblemOf(request("/", header, "*"), err); got.Status != want || !strings.Contains(got.Message, "ada") {
			t.Errorf("with %s: got %d %s, want %d", header, got.Status, got.Message, want)
		}
	}
}

func TestUnknownErrorsAreOurs(t *testing.T) {
	if got := ProblemOf(request("/"), errors.New("disk gone")); got.Status != 500 || got.Message != "disk gone" {
		t.Errorf("got %d %s, want 500 with the reason", got.Status, got.Message)
	}
}

func TestUserIsCutToALength(t *testing.T) {
	if got := User(request("/", "X-Nephoscope-User", strings.Repeat("ä", 200)), "api"); len(got) > maxUser || strings.ToValidUTF8(got, "") != got {
		t.Errorf("got %d bytes: %q", len(got), got)
	}
	if got := User(request("/"), "api"); got != "api" {
		t.Errorf("got %q, want the fallback", got)
	}
}

// TestBodiesAreRefusedInWordsOfJSON tells what is wrong with a body, and where,
// without names of our types.
func TestBodiesAreRefusedInWordsOfJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":5}`:              "the body is not what is wanted: 1:10: title is a number: want a text",
		`{"when":"yesterday"}`:     "the body is not what is wanted: 1:9: when is a text: want a time such as 2026-03-02T09:15:00Z",
		"{\"owner\":{\n\"id\":1}}": "the body is not what is wanted: 2:6: owner.id is a number: want a text",
		`{"nope":1}`:               "the body is not what is wanted: 1:2: nope is no member that is known here",
		`{"list":{}}`:              "the body is not what is wanted: 1:9: list is an object: want a list",
		`{"list":["a"]}`:           "the body is not what is wanted: 1:10: list.0 is a text: want a whole number",
		`[1]`:                      "the body is not what is wanted: 1:1: the body is a list: want an object",
		`{"title":"a","title":1}`:  "the body is no JSON: 1:14: duplicate object member name",
		`{`:                        "the body is no JSON: 1:2: unexpected EOF",
	} {
		var into struct {
			Title *string    `json:"title"`
			When  *time.Time `json:"when"`
			List  []int      `json:"list"`
			Owner struct {
				ID string `json:"id"`
			} `json:"owner"`
		}
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", JSON)
		if err := Decode(r, Small, &into); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
	}
}
