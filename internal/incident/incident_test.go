package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// noon is when the tests begin.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// at makes an alert, minutes after noon, about an account and an address.
func at(minutes int, account, address string) *detect.Alert {
	t := noon().Add(time.Duration(minutes) * time.Minute)
	return &detect.Alert{
		ID: fmt.Sprintf("%08d-0000-4000-8000-%012x", minutes, len(account)*1000+len(address)), Name: "Door opened by " + account,
		Severity: rules.Medium, Tactics: []string{"Impact"}, Techniques: []string{"T1485"}, Product: "Azure Sentinel",
		Time: t, Start: t.Add(-time.Minute), End: t,
		Entities: []detect.Entity{
			{Type: "account", Properties: []detect.Property{{Name: "Name", Value: account}}},
			{Type: "ip", Properties: []detect.Property{{Name: "Address", Value: address}}},
		},
		Details: []detect.Detail{{Key: "Door", Values: []string{"north"}}},
	}
}

func grouped(g rules.Grouping) *rules.Rule {
	g.Enabled = true
	if g.Lookback == 0 {
		g.Lookback = 5 * time.Hour
	}
	return &rules.Rule{ID: "0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa", Name: "Door opened", Incident: rules.IncidentConfig{Create: true, Grouping: g}}
}

// TestGrouping places alerts and tells for each the number of its incident.
func TestGrouping(t *testing.T) {
	severe := at(3, "ada", "192.0.2.1")
	severe.Severity = rules.High
	south := at(3, "ada", "192.0.2.1")
	south.Details = []detect.Detail{{Key: "Door", Values: []string{"south"}}}
	bare := at(3, "ada", "192.0.2.1")
	bare.Entities = nil
	bare2 := at(4, "ada", "192.0.2.1")
	bare2.Entities = nil
	for _, c := range []struct {
		name   string
		rule   *rules.Rule
		alerts []*detect.Alert
		want   []int
	}{
		{"off", &rules.Rule{}, []*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "ada", "192.0.2.1")}, []int{1, 2}},
		{
			"all entities", grouped(rules.Grouping{Match: rules.AllEntities}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "ADA", "192.0.2.1"), at(2, "ada", "192.0.2.2"), at(3, "bo", "192.0.2.1")},
			[]int{1, 1, 2, 3},
		},
		{"all entities, none there", grouped(rules.Grouping{Match: rules.AllEntities}), []*detect.Alert{bare, bare2}, []int{1, 2}},
		{
			"any alert", grouped(rules.Grouping{Match: rules.AnyAlert}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "bo", "192.0.2.2"), bare},
			[]int{1, 1, 1},
		},
		{
			"by account", grouped(rules.Grouping{Match: rules.Selected, ByEntities: []string{"Account"}}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "ada", "192.0.2.2"), at(2, "bo", "192.0.2.1"), bare, bare2},
			[]int{1, 1, 2, 3, 4},
		},
		{
			"by severity", grouped(rules.Grouping{Match: rules.Selected, ByAlertDetails: []string{"Severity"}}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "bo", "192.0.2.2"), severe},
			[]int{1, 1, 2},
		},
		{
			"by name", grouped(rules.Grouping{Match: rules.Selected, ByAlertDetails: []string{"DisplayName"}}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "bo", "192.0.2.2"), at(2, "ada", "192.0.2.9")},
			[]int{1, 2, 1},
		},
		{
			"by custom detail", grouped(rules.Grouping{Match: rules.Selected, ByCustomDetails: []string{"Door"}}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(1, "bo", "192.0.2.2"), south},
			[]int{1, 1, 2},
		},
		{
			"beyond the look-back", grouped(rules.Grouping{Match: rules.AnyAlert, Lookback: time.Hour}),
			[]*detect.Alert{at(0, "ada", "192.0.2.1"), at(60, "ada", "192.0.2.1"), at(61, "ada", "192.0.2.1"), at(100, "ada", "192.0.2.1")},
			[]int{1, 1, 2, 2},
		},
		{
			"late alert", grouped(rules.Grouping{Match: rules.AnyAlert, Lookback: time.Hour}),
			[]*detect.Alert{at(90, "ada", "192.0.2.1"), at(40, "ada", "192.0.2.1"), at(10, "ada", "192.0.2.1")},
			[]int{1, 1, 2},
		},
	} {
		p := &plan{keeper: &Keeper{}, rule: c.rule}
		for _, a := range c.alerts {
			p.place(a)
		}
		var got []int
		for _, a := range c.alerts {
			i := slices.IndexFunc(p.incidents, func(d *draft) bool { return slices.Contains(d.AlertIDs, a.ID) })
			got = append(got, p.incidents[i].Number)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestIncidentTakesAtMost150Alerts(t *testing.T) {
	p := &plan{keeper: &Keeper{}, rule: grouped(rules.Grouping{Match: rules.AnyAlert})}
	for i := range 160 {
		p.place(at(i, "ada", "192.0.2.1"))
	}
	if len(p.incidents) != 2 || len(p.incidents[1].AlertIDs) != 150 || p.incidents[1].Additional.Alerts != 150 {
		t.Errorf("got %d incidents, the first of %d alerts", len(p.incidents), len(p.incidents[1].AlertIDs))
	}
}

func TestClosedIncidentIsReopenedOnlyOnRequest(t *testing.T) {
	for _, reopen := range []bool{false, true} {
		p := &plan{keeper: &Keeper{}, rule: grouped(rules.Grouping{Match: rules.AnyAlert, Reopen: reopen})}
		p.place(at(0, "ada", "192.0.2.1"))
		d := p.incidents[0]
		d.before, d.changed = d.Etag, false
		d.Classification, d.ClassificationReason = "TruePositive", "SuspiciousActivity"
		d.setStatus(StatusClosed)
		p.place(at(5, "ada", "192.0.2.1"))
		if got, want := len(p.incidents), map[bool]int{false: 2, true: 1}[reopen]; got != want {
			t.Errorf("reopen %t: got %d incidents, want %d", reopen, got, want)
		}
		if reopen && (d.Status != StatusActive || d.ClosedAt != nil || d.Classification != "" || d.ModifiedBy != byReopen) {
			t.Errorf("got %s, closed %v, %q by %q", d.Status, d.ClosedAt, d.Classification, d.ModifiedBy)
		}
	}
}

func TestPlacedIncidentGathers(t *testing.T) {
	p := &plan{keeper: &Keeper{opt: Options{BaseURL: "https://x.example/"}}, rule: grouped(rules.Grouping{Match: rules.AnyAlert})}
	p.place(at(10, "ada", "192.0.2.1"))
	other := at(5, "bo", "192.0.2.2")
	other.Tactics, other.Techniques, other.Product = []string{"Persistence", "Impact"}, []string{"T1098"}, "Other"
	p.place(other)
	in := p.incidents[0]
	want := Additional{
		Alerts: 2, Products: []string{"Azure Sentinel", "Other"}, Tactics: []string{"Impact", "Persistence"},
		Techniques: []string{"T1485", "T1098"}, GroupingKey: in.Additional.GroupingKey,
	}
	if diff := cmp.Diff(want, in.Additional); diff != "" {
		t.Error(diff)
	}
	if !in.FirstActivity.Equal(noon().Add(4*time.Minute)) || !in.LastActivity.Equal(noon().Add(10*time.Minute)) {
		t.Errorf("got activity from %s to %s", in.FirstActivity, in.LastActivity)
	}
	if in.URL != "https://x.example/incidents/1" || in.ModifiedBy != byCreation || !in.Created.Equal(in.LastModified) {
		t.Errorf("got %q, by %q, created %s, modified %s", in.URL, in.ModifiedBy, in.Created, in.LastModified)
	}
}

func TestEveryChangeIsLater(t *testing.T) {
	d := &draft{Incident: &Incident{}}
	seen := map[string]bool{}
	for _, minutes := range []int{5, 5, 0, 7} {
		before := d.LastModified
		d.touch(noon().Add(time.Duration(minutes)*time.Minute), "x")
		if !d.LastModified.After(before) || seen[d.Etag] {
			t.Errorf("after %s: got %s with etag %s", before, d.LastModified, d.Etag)
		}
		seen[d.Etag] = true
	}
	if !d.FirstModified.Equal(noon().Add(5 * time.Minute)) {
		t.Errorf("got first change %s", d.FirstModified)
	}
}

func to[T any](v T) *T { return &v }

// TestApply changes a new incident and compares the state or the error.
func TestApply(t *testing.T) {
	closed := func(d *draft) {
		d.Classification, d.ClassificationReason = "FalsePositive", "InaccurateData"
		d.setStatus(StatusClosed)
	}
	for _, c := range []struct {
		name   string
		before func(*draft)
		change Change
		want   string // status classification reason, or the error
	}{
		{"take it on", nil, Change{By: "ada", Status: to(StatusActive), Owner: &Owner{AssignedTo: "Ada"}}, "Active  "},
		{"in any case", nil, Change{By: "ada", Status: to(Status("active"))}, "Active  "},
		{"close, reason follows", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("TruePositive")}, "Closed TruePositive SuspiciousActivity"},
		{"close as expected", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("BenignPositive")}, "Closed BenignPositive SuspiciousButExpected"},
		{"close as false", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("FalsePositive"), ClassificationReason: to("IncorrectAlertLogic")}, "Closed FalsePositive IncorrectAlertLogic"},
		{"close undetermined", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("Undetermined")}, "Closed Undetermined "},
		{"close again as another", closed, Change{By: "ada", Classification: to("BenignPositive")}, "Closed BenignPositive SuspiciousButExpected"},
		{"comment on a closed one", closed, Change{By: "ada", Comment: "done"}, "Closed FalsePositive InaccurateData"},
		{"open again", closed, Change{By: "ada", Status: to(StatusActive)}, "Active  "},
		{"no classification", nil, Change{By: "ada", Status: to(StatusClosed)}, `classification "" is not possible: want TruePositive, BenignPositive, FalsePositive or Undetermined`},
		{"unknown classification", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("Positive")}, `classification "Positive" is not possible`},
		{"false without reason", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("FalsePositive")}, `classificationReason "" is not possible: want IncorrectAlertLogic or InaccurateData with FalsePositive`},
		{"wrong reason", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("TruePositive"), ClassificationReason: to("InaccurateData")}, `classificationReason "InaccurateData" is not possible: want SuspiciousActivity with TruePositive`},
		{"undetermined with reason", nil, Change{By: "ada", Status: to(StatusClosed), Classification: to("Undetermined"), ClassificationReason: to("InaccurateData")}, `classificationReason "InaccurateData" is not possible: want none with Undetermined`},
		{"classified but open", nil, Change{By: "ada", Classification: to("TruePositive")}, `classification "TruePositive" is not possible: want none unless status is Closed`},
		{"unknown status", nil, Change{By: "ada", Status: to(Status("Done"))}, `status "Done" is not possible: want New, Active or Closed`},
		{"unknown severity", nil, Change{By: "ada", Severity: to(rules.Severity("Huge"))}, `severity "Huge" is not possible`},
		{"no title", nil, Change{By: "ada", Title: to("")}, `title "" is not possible: want 1 to 512 characters`},
		{"long comment", nil, Change{By: "ada", Comment: strings.Repeat("x", 30_001)}, `comment "xxx`},
		{"nobody", nil, Change{Status: to(StatusActive)}, `modifiedBy "" is not possible: want the name of who makes the change`},
	} {
		k := &Keeper{opt: Options{Now: func() time.Time { return noon().Add(time.Hour) }}}
		p := &plan{keeper: &Keeper{}, rule: &rules.Rule{}}
		p.place(at(0, "ada", "192.0.2.1"))
		d := p.incidents[0]
		if c.before != nil {
			c.before(d)
		}
		err := k.apply(d, c.change)
		got := fmt.Sprintf("%s %s %s", d.Status, d.Classification, d.ClassificationReason)
		if err != nil {
			got = err.Error()
			if invalid := (*InvalidError)(nil); !errors.As(err, &invalid) {
				t.Errorf("%s: got %T, want *InvalidError", c.name, err)
			}
		}
		if got != c.want && (err == nil || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if closedAt := d.ClosedAt != nil; err == nil && closedAt != (d.Status == StatusClosed) {
			t.Errorf("%s: got closing time %v with status %s", c.name, d.ClosedAt, d.Status)
		}
	}
}

func TestLabelsAndComments(t *testing.T) {
	k := &Keeper{opt: Options{Now: noon}}
	d := &draft{Incident: &Incident{Status: StatusNew}}
	for _, c := range []Change{
		{By: "ada", AddLabels: []string{"vip", "VIP", " ", "late"}, Comment: "first"},
		{By: "bo", AddLabels: []string{"insider"}, RemoveLabels: []string{"Late"}, Comment: "second"},
	} {
		if err := k.apply(d, c); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]Label{{"vip", "User"}, {"insider", "User"}}, d.Labels); diff != "" {
		t.Error(diff)
	}
	if len(d.Comments) != 2 || d.Comments[1].Author.Name != "bo" || d.Comments[1].Message != "second" || d.Additional.Comments != 2 || d.Comments[0].ID == d.Comments[1].ID {
		t.Errorf("got comments %+v", d.Comments)
	}
}

func TestRowReadsBack(t *testing.T) {
	closed := noon().Add(time.Hour)
	want := &Incident{
		Name: "00000001-0000-4000-8000-000000000001", Number: 7, Title: "Door", Description: "It was <open>.", Severity: rules.High,
		Status: StatusClosed, Classification: "TruePositive", ClassificationReason: "SuspiciousActivity", ClassificationComment: "yes",
		Owner: Owner{AssignedTo: "Ada", Email: "ada@x.example"}, Labels: []Label{{"vip", "User"}},
		Comments:      []Comment{{ID: "c1", Etag: "e1", Message: "hm", Author: Author{"Ada"}, Created: noon(), LastModified: noon()}},
		FirstActivity: noon(), LastActivity: noon().Add(time.Minute), Created: noon(), FirstModified: noon(), LastModified: closed,
		ClosedAt: &closed, ModifiedBy: "Ada", RuleIDs: []string{"r"}, AlertIDs: []string{"a", "b"},
		Additional: Additional{Alerts: 2, Comments: 1, Products: []string{"p"}, Tactics: []string{"Impact"}, Techniques: []string{"T1485"}, GroupingKey: "k"},
		URL:        "https://x.example/incidents/7", Provider: "Azure Sentinel", ProviderID: "7",
	}
	want.Etag = etag(closed)
	table := tables.SecurityIncident()
	rows := schema.NewRows(table)
	if err := (&Keeper{table: table}).appendRow(rows, want); err != nil {
		t.Fatal(err)
	}
	got := readRow(table.Columns, valuesOf(rows))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// valuesOf takes the first row out of a batch as a cursor would return it.
func valuesOf(rows *schema.Rows) []any {
	var values []any
	for c := range rows.Columns {
		v := &rows.Columns[c]
		switch {
		case v.Type != schema.String && !v.Valid[0]:
			values = append(values, nil)
		case v.Type == schema.String:
			values = append(values, string(v.Bytes(0)))
		case v.Type == schema.Datetime:
			values = append(values, schema.DatetimeValue(v.Ints[0]))
		case v.Type == schema.Int:
			values = append(values, int32(v.Ints[0]))
		default:
			values = append(values, schema.DynamicValue(v.Bytes(0)))
		}
	}
	return values
}

func TestQuote(t *testing.T) {
	if got, want := quote("a\"b\\c\n"), `"a\"b\\c\n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
