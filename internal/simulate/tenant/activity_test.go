package tenant_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"

	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

const layout = "2006-01-02T15:04:05.9999999Z"

// events returns the company's of one subscription that a test asks for,
// newest first.
func (s *stand) events(i int, want func(*simulate.Event) bool) (ids []string) {
	for e := range s.company.Events() {
		if e.Resource.Subscription.ID.String() == s.subscription(i) && want(e) {
			ids = append(ids, e.ID.String())
		}
	}
	slices.Reverse(ids)
	return ids
}

func TestAllPagesWithTheOfficialClient(t *testing.T) {
	s := serve(t, 4_000, tenant.Limit{})
	client, err := armmonitor.NewActivityLogsClient(s.subscription(0), static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	from, to := end.Add(-7*24*time.Hour), end.Add(-2*time.Hour)
	filter := fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s'", from.Format(layout), to.Format(layout))
	var got []string
	pages := 0
	for pager := client.NewListPager(filter, nil); pager.More(); pages++ {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Value) > 200 || page.NextLink != nil && len(page.Value) < 200 {
			t.Fatalf("page %d has %d events", pages, len(page.Value))
		}
		for _, e := range page.Value {
			got = append(got, *e.EventDataID)
		}
	}
	want := s.events(0, func(e *simulate.Event) bool { return !e.Time.Before(from) && !e.Time.After(to) })
	if pages < 2 || !slices.Equal(got, want) {
		t.Errorf("got %d events on %d pages, want these %d on several", len(got), pages, len(want))
	}
}

func TestFiltersNarrow(t *testing.T) {
	s := serve(t, 2_500, tenant.Limit{})
	var sample *simulate.Event
	for e := range s.company.Events() {
		if e.Resource.Subscription.ID.String() == s.subscription(0) && e.Resource.Group != "" && e.Caller != nil && e.Status == simulate.Failure {
			kept := *e
			sample = &kept
		}
	}
	start := "eventTimestamp ge '" + end.Add(-15*24*time.Hour).Format(layout) + "'"
	for name, test := range map[string]struct {
		filter string
		want   func(*simulate.Event) bool
	}{
		"group":       {" and resourceGroupName eq '" + strings.ToUpper(sample.Resource.Group) + "'", func(e *simulate.Event) bool { return e.Resource.Group == sample.Resource.Group }},
		"resource":    {" and resourceUri eq '" + sample.Resource.ID + "'", func(e *simulate.Event) bool { return e.Resource.ID == sample.Resource.ID }},
		"provider":    {" and resourceProvider eq '" + sample.Resource.Provider() + "'", func(e *simulate.Event) bool { return e.Resource.Provider() == sample.Resource.Provider() }},
		"correlation": {" and correlationId eq '" + sample.Correlation.String() + "'", func(e *simulate.Event) bool { return e.Correlation == sample.Correlation }},
		"caller and status": {" and caller eq '" + sample.CallerName() + "' and status eq 'Failed'", func(e *simulate.Event) bool {
			return e.CallerName() == sample.CallerName() && e.Status == simulate.Failure
		}},
		"channels": {" and eventChannels eq 'Admin, Operation' and correlationId eq '" + sample.Correlation.String() + "'", func(e *simulate.Event) bool { return e.Correlation == sample.Correlation }},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for next := s.values(start + test.filter); next != ""; {
				status, body := s.ask(t, "GET", next, "")
				page := decode[struct {
					Value    []struct{ EventDataID string }
					NextLink string
				}](t, body)
				if status != 200 {
					t.Fatalf("got %d %s", status, body)
				}
				for _, e := range page.Value {
					got = append(got, e.EventDataID)
				}
				next = strings.TrimPrefix(page.NextLink, s.server.URL)
			}
			if want := s.events(0, test.want); len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("got %d events, want %d", len(got), len(want))
			}
		})
	}
}

// values is the path of the list with a filter.
func (s *stand) values(filter string) string {
	return "/subscriptions/" + s.subscription(0) + "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=" + url.QueryEscape(filter)
}

func TestFiltersThatAreRefused(t *testing.T) {
	s := serve(t, 100, tenant.Limit{})
	now := end.Add(time.Hour)
	good := "eventTimestamp ge '" + now.Add(-time.Hour).Format(layout) + "'"
	for name, filter := range map[string]string{
		"none":             "",
		"no start":         "eventTimestamp le '2026-03-13'",
		"too old":          "eventTimestamp ge '" + now.Add(-90*24*time.Hour-time.Second).Format(layout) + "'",
		"two conditions":   good + " and resourceGroupName eq 'a' and resourceUri eq 'b'",
		"unknown property": good + " and location eq 'x'",
		"unknown operator": good + " and caller ne 'x'",
		"or":               good + " or caller eq 'x'",
		"open quote":       good + " and caller eq 'x",
		"cut off":          good + " and caller",
		"ends with and":    good + " and",
		"no time":          "eventTimestamp ge 'yesterday'",
	} {
		if status, body := s.ask(t, "GET", s.values(filter), ""); status != 400 || code(t, body) != "BadRequest" {
			t.Errorf("%s: got %d %s, want 400 BadRequest", name, status, body)
		}
	}
	for name, filter := range map[string]string{
		"90 days":                 "eventTimestamp ge '" + now.Add(-90*24*time.Hour).Format(layout) + "'",
		"no quotes, offset":       "eventTimestamp ge 2026-03-13T00:00:00+00:00",
		"offset in quotes":        "eventTimestamp ge '2026-03-13T00:00:00.1234567-07:00'",
		"quote in a value":        good + " and caller eq 'O''Neill'",
		"case of names and words": "EVENTTIMESTAMP GE '2026-03-13' AND resourceprovider EQ 'x'",
	} {
		if status, body := s.ask(t, "GET", s.values(filter), ""); status != 200 {
			t.Errorf("%s: got %d %s, want 200", name, status, body)
		}
	}
	if status, _ := s.ask(t, "GET", s.values(good)+"&$skipToken=bogus", ""); status != 400 {
		t.Errorf("a foreign token: got %d, want 400", status)
	}
}

func TestSelectLeavesTheRestAway(t *testing.T) {
	s := serve(t, 2_000, tenant.Limit{})
	start := "eventTimestamp ge '" + end.Add(-15*24*time.Hour).Format(layout) + "'"
	_, body := s.ask(t, "GET", s.values(start)+"&$select=operationName,%20Level", "")
	page := decode[struct {
		Value    []map[string]any
		NextLink string
	}](t, body)
	if len(page.Value) == 0 || !strings.Contains(page.NextLink, "select") {
		t.Fatalf("got %d events, next %q: want some, and the selection in the link", len(page.Value), page.NextLink)
	}
	for _, e := range page.Value {
		if len(e) != 4 || e["id"] == nil || e["eventTimestamp"] == nil || e["operationName"] == nil || e["level"] == nil {
			t.Fatalf("got members %v, want id, eventTimestamp, operationName, level", e)
		}
	}
}

func TestEventsAppearWithTheirSubmission(t *testing.T) {
	s := serve(t, 2_000, tenant.Limit{})
	s.clock.advance(-3 * time.Hour)
	now := s.clock.now()
	start := "eventTimestamp ge '" + now.Add(-24*time.Hour).Format(layout) + "'"
	_, body := s.ask(t, "GET", s.values(start), "")
	hidden := s.events(0, func(e *simulate.Event) bool { return e.Submitted.After(now) })
	if len(hidden) == 0 {
		t.Fatal("no event is still to come: the test sees nothing")
	}
	for _, id := range hidden {
		if strings.Contains(body, id) {
			t.Errorf("event %s is there before it was submitted", id)
		}
	}
}

func TestTenantListAndCategoriesWithTheOfficialClients(t *testing.T) {
	s := serve(t, 500, tenant.Limit{})
	list, err := armmonitor.NewTenantActivityLogsClient(static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	filter := "eventTimestamp ge '" + end.Add(-15*24*time.Hour).Format(layout) + "'"
	page, err := list.NewListPager(&armmonitor.TenantActivityLogsClientListOptions{Filter: to.Ptr(filter)}).NextPage(t.Context())
	if err != nil || len(page.Value) != 0 {
		t.Errorf("got %d events of no subscription, %v, want none", len(page.Value), err)
	}
	categories, err := armmonitor.NewEventCategoriesClient(static(ownToken), s.options())
	if err != nil {
		t.Fatal(err)
	}
	all, err := categories.NewListPager(nil).NextPage(t.Context())
	if err != nil || len(all.Value) != 8 || *all.Value[2].LocalizedValue != "Service Health" {
		t.Errorf("got %d categories, %v, want eight", len(all.Value), err)
	}
	s.Deny(owner, "microsoft.insights/eventtypes/values/read", "/providers/microsoft.insights/eventtypes/management")
	_, err = list.NewListPager(&armmonitor.TenantActivityLogsClientListOptions{Filter: to.Ptr(filter)}).NextPage(t.Context())
	if code, status := refused(t, err); status != 403 || code != "AuthorizationFailed" {
		t.Errorf("without the permission: got %d %s, want 403", status, code)
	}
}
