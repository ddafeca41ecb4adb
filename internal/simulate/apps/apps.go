// Package apps makes up what the people of a simulated company do in cloud
// applications, as Cloud App Security would tell of it: activities in connected
// applications, the daily use of others that Cloud Discovery finds, and the
// alerts of the product; all for the same people, offices and days as the
// company's Azure activity, which it does not change.
//
// Invariant: the same company gives the same bytes.
//
// Outline: New lets everybody have ordinary days (everyday.go, discovery.go,
// alert.go) and, if the company has drills, plays one for every built-in rule
// over these tables (drill.go, drill_*.go). Records are written as the
// activities API answers them (record.go), rows as exports have them.
package apps

import (
	"fmt"
	"iter"
	"slices"

	"nephoscope/internal/simulate"
)

// An Estate is what happened in the applications of one company.
type Estate struct {
	company *simulate.Company
	dice    dice
	deeds   []deed // in order of time
	uses    []use  // in order of days
	alerts  []alert
	stories []simulate.Story
	leavers []string
}

// New makes the estate of a company for the company's days. It fails if the
// company has drills but lacks those that drills here build upon.
func New(c *simulate.Company) (*Estate, error) {
	e := &Estate{company: c, dice: newDice(c.Options().Seed)}
	e.work()
	e.discover()
	e.raise()
	if c.Options().Drills && len(c.Stories()) > 0 {
		if err := e.exercise(); err != nil {
			return nil, fmt.Errorf("simulate applications: %w", err)
		}
	}
	slices.SortStableFunc(e.deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	slices.SortStableFunc(e.uses, func(a, b use) int { return a.day.Compare(b.day) })
	slices.SortStableFunc(e.alerts, func(a, b alert) int { return a.at.Compare(b.at) })
	return e, nil
}

// Activities yields the activities in order of time, each one JSON object as
// the activities API answers it.
func (e *Estate) Activities() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range e.deeds {
			if !yield(e.deeds[i].record(e.company, i)) {
				return
			}
		}
	}
}

// Discovery returns the rows of McasShadowItReporting in order of days, each as
// a JSON object of its columns with the table's name as Type.
func (e *Estate) Discovery() [][]byte {
	list := make([][]byte, len(e.uses))
	for i := range e.uses {
		list[i] = e.uses[i].row(e.company)
	}
	return list
}

// Alerts returns the rows of SecurityAlert that the product's connector would
// write, in order of time, each as a JSON object of its columns.
func (e *Estate) Alerts() [][]byte {
	list := make([][]byte, len(e.alerts))
	for i := range e.alerts {
		list[i] = e.alerts[i].row()
	}
	return list
}

// Stories returns the drills, by time. Actors are user principal names, but
// for signals about Azure, which have the company's own.
func (e *Estate) Stories() []simulate.Story { return e.stories }

// Leavers returns the user principal names of those who left the company
// before its days began: what a watchlist TerminatedUsers holds.
func (e *Estate) Leavers() []string { return e.leavers }
