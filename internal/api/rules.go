package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/rules"
	"nephoscope/internal/schedule"
)

// Rules answers for rules; rulebook.Book does.
type Rules interface {
	RuleReader
	RuleWriter
}

// A RuleReader shows rules.
type RuleReader interface {
	List() []rulebook.Entry
	Entry(id string) (rulebook.Entry, error)
}

// A RuleWriter changes rules.
type RuleWriter interface {
	Put(ctx context.Context, rule *rules.Rule, match, by string) (rulebook.Entry, error)
	Delete(ctx context.Context, id, match, by string) error
	Enable(ctx context.Context, id, by string) error
	Disable(ctx context.Context, id, by string) error
}

// A Scheduler runs rules; schedule.Scheduler does.
type Scheduler interface {
	States() []schedule.State
	Trigger(id string) bool
}

// Compile returns what checks the queries of rules.
type Compile func(context.Context) (rules.Compile, error)

func ruleRoutes(opt Options) []route {
	const one = "/api/v1/rules/{id}"
	show := ruleShower{opt.Rules, opt.Scheduler}
	return []route{
		{"GET /api/v1/rules", show.list},
		{"POST /api/v1/rules/lint", lintRule(opt.Compile)},
		{"GET " + one, show.one},
		{"PUT " + one, putRule(show, opt.Rules, opt.Compile)},
		{"DELETE " + one, deleteRule(opt.Rules)},
		{"POST " + one + "/enable", switchRule(show, opt.Rules.Enable)},
		{"POST " + one + "/disable", switchRule(show, opt.Rules.Disable)},
		{"POST " + one + "/run", runRule(opt)},
	}
}

// A Rule is a rule with how it stands.
type Rule struct {
	ID         string         `json:"id"`
	Name       string         `json:"displayName"`
	Kind       rules.Kind     `json:"kind"`
	Severity   rules.Severity `json:"severity,omitempty"`
	Tactics    []string       `json:"tactics"`
	Techniques []string       `json:"techniques"`
	Version    string         `json:"version,omitempty"`

	Origin rulebook.Origin `json:"origin"`
	File   string          `json:"file,omitempty"`
	State  string          `json:"state"` // on or off
	// Reason says why it is off, and AutoDisabled that it failed too often.
	Reason       string     `json:"stateReason,omitempty"`
	AutoDisabled bool       `json:"autoDisabled,omitempty"`
	Etag         string     `json:"etag"`
	Modified     *time.Time `json:"lastModifiedTimeUtc,omitempty"`

	// LastRun is absent while the rule is off.
	LastRun *LastRun `json:"lastRun,omitempty"`
	// Properties are those of the rule in ARM; lists leave them out.
	Properties *rules.ARMProperties `json:"properties,omitempty"`
}

// A LastRun tells how the runs of a rule go, since the program began.
type LastRun struct {
	Running  bool       `json:"running"`
	Next     time.Time  `json:"nextTimeUtc"`
	Time     *time.Time `json:"timeUtc,omitempty"`
	Duration float64    `json:"durationMs"`
	Rows     int        `json:"rows"`
	Alerts   int        `json:"alerts"`
	Failures int        `json:"failures"` // in a row
	Error    string     `json:"error,omitempty"`
}

func ruleOf(e rulebook.Entry) Rule {
	r := Rule{
		ID: e.Rule.ID, Name: e.Rule.Name, Kind: e.Rule.Kind, Severity: e.Rule.Severity,
		Tactics: listed(e.Rule.Tactics), Techniques: listed(e.Rule.Techniques), Version: e.Rule.Version,
		Origin: e.Origin, State: "on", Reason: e.Off, AutoDisabled: e.AutoDisabled, Etag: e.Etag, Modified: momentOf(e.Modified),
	}
	if e.Origin == rulebook.File {
		r.File = e.Rule.Path
	}
	if e.Off != "" {
		r.State = "off"
	}
	return r
}

// listed makes a list that is written as one even if it is empty.
func listed(list []string) []string { return append([]string{}, list...) }

func lastRunOf(s schedule.State) *LastRun {
	return &LastRun{
		Running: s.Running, Next: s.Next, Time: s.LastRun, Duration: float64(s.Took.Microseconds()) / 1000,
		Rows: s.Rows, Alerts: s.Alerts, Failures: s.Failures, Error: s.Error,
	}
}

// A ruleShower shows rules with their runs.
type ruleShower struct {
	rules     RuleReader
	scheduler Scheduler
}

func (s ruleShower) list(w http.ResponseWriter, r *http.Request) error {
	filter, err := ruleFilter(r)
	if err != nil {
		return err
	}
	page, err := pageOf(r)
	if err != nil {
		return err
	}
	states := s.scheduler.States()
	list := []Rule{}
	for _, e := range s.rules.List() {
		if rule := ruleOf(e); filter(rule) {
			rule.LastRun = lastRunIn(states, rule.ID)
			list = append(list, rule)
		}
	}
	answer, err := call.Slice(page, list)
	if err == nil {
		call.Reply(w, http.StatusOK, answer)
	}
	return err
}

// ruleFilter reads what a list of rules is chosen by.
func ruleFilter(r *http.Request) (func(Rule) bool, error) {
	q := query{values: r.URL.Query()}
	state := word(&q, "state", []string{"on", "off"})
	origin := word(&q, "origin", []rulebook.Origin{rulebook.Builtin, rulebook.File, rulebook.API})
	kinds := words(&q, "kind", []rules.Kind{rules.Scheduled, rules.NRT, rules.IncidentCreation})
	severity := words(&q, "severity", rules.Severities())
	text := strings.ToLower(q.text("text"))
	return func(r Rule) bool {
		return (state == "" || r.State == state) && (origin == "" || r.Origin == origin) &&
			(len(kinds) == 0 || slices.Contains(kinds, r.Kind)) &&
			(len(severity) == 0 || slices.Contains(severity, r.Severity)) &&
			strings.Contains(strings.ToLower(r.Name), text)
	}, q.err
}

// lastRunIn finds how a rule runs; nil if it is not on.
func lastRunIn(states []schedule.State, id string) *LastRun {
	i, found := slices.BinarySearchFunc(states, id, func(s schedule.State, id string) int { return strings.Compare(s.RuleID, id) })
	if !found {
		return nil
	}
	return lastRunOf(states[i])
}

func (s ruleShower) one(w http.ResponseWriter, r *http.Request) error {
	e, err := s.rules.Entry(r.PathValue("id"))
	if err != nil {
		return err
	}
	if strings.Contains(r.Header.Get("Accept"), "yaml") {
		call.SetEtag(w, e.Etag)
		w.Header().Set("Content-Type", call.YAML)
		_, _ = w.Write(rules.FormatYAML(e.Rule)) // a client that went away is nobody's error
		return nil
	}
	s.reply(w, http.StatusOK, e)
	return nil
}

// reply answers with a rule, whole.
func (s ruleShower) reply(w http.ResponseWriter, status int, e rulebook.Entry) {
	rule, properties := ruleOf(e), rules.FormatARM(e.Rule).Properties
	rule.LastRun, rule.Properties = lastRunIn(s.scheduler.States(), rule.ID), &properties
	call.SetEtag(w, e.Etag)
	call.Reply(w, status, rule)
}

func deleteRule(book RuleWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		if err := book.Delete(r.Context(), r.PathValue("id"), match, call.User(r, byAPI)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// switchRule turns a rule on or off.
func switchRule(show ruleShower, turn func(ctx context.Context, id, by string) error) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := call.Media(r, call.JSON); err != nil {
			return err
		}
		id := strings.ToLower(r.PathValue("id"))
		if err := turn(r.Context(), id, call.User(r, byAPI)); err != nil {
			return err
		}
		e, err := show.rules.Entry(id)
		if err == nil {
			show.reply(w, http.StatusOK, e)
		}
		return err
	}
}

// runRule makes a rule run now; what came of it is among its runs.
func runRule(opt Options) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := call.Media(r, call.JSON); err != nil {
			return err
		}
		e, err := opt.Rules.Entry(r.PathValue("id"))
		if err != nil {
			return err
		}
		if !opt.Scheduler.Trigger(e.Rule.ID) {
			return call.Conflict("rule %s does not run: %s", e.Rule.ID, reasonOf(e))
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
}

// reasonOf says why the scheduler does not have a rule.
func reasonOf(e rulebook.Entry) string {
	if e.Off != "" {
		return e.Off
	}
	return "it was switched on just now, or is of a kind that has no runs"
}
