package schedule

import (
	"slices"
	"strings"
	"time"
)

// A State tells how a rule stands.
type State struct {
	RuleID   string        `json:"ruleId"`
	Name     string        `json:"ruleName"`
	Running  bool          `json:"running"`
	Next     time.Time     `json:"nextRunTimeUtc"`
	LastRun  *time.Time    `json:"lastRunTimeUtc,omitempty"` // when the last sweep began
	Took     time.Duration `json:"lastRunDuration"`
	Rows     int           `json:"lastRunRows"`
	Alerts   int           `json:"lastRunAlerts"`
	Failures int           `json:"failures"` // in a row
	Error    string        `json:"lastRunError,omitempty"`
}

// States tells how the rules stand that are on, in order of id.
func (s *Scheduler) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]State, 0, len(s.entries))
	for _, e := range s.entries {
		if !e.off {
			list = append(list, e.state())
		}
	}
	slices.SortFunc(list, func(a, b State) int { return strings.Compare(a.RuleID, b.RuleID) })
	return list
}

func (e *entry) state() State {
	st := State{
		RuleID: e.rule.ID, Name: e.rule.Name, Running: e.running, Next: e.due.UTC(),
		Took: e.last.Elapsed, Rows: e.last.Rows, Alerts: e.last.Alerts, Failures: e.failures + e.retries,
	}
	if !e.lastRun.IsZero() {
		t := e.lastRun.UTC()
		st.LastRun = &t
	}
	if e.lastErr != nil {
		st.Error = e.lastErr.Error()
	}
	return st
}
