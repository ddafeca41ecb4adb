// Package simulate makes up a company and what happens in its Azure
// subscriptions: people with working hours, pipelines, nightly jobs, the
// platform's own records, and a few attacks hidden among them. It stands
// before the journey: its output is what a source would receive. The demo,
// the tests and the benchmarks live on it.
//
// Invariant: the same Options give the same bytes. Nothing here is random
// beyond the seed, and no clock is read.
//
// Outline: New builds the company (company.go, resource.go). Company.Events
// walks the window hour by hour, lets people and machines act (activity.go,
// platform.go), mixes in the stories (story.go, story_*.go) and, if asked, the
// drills (drill.go, drill_*.go), and yields events in order of time. A Writer
// (writer.go) puts them into one of the shapes that Azure exports.
package simulate

import (
	"fmt"
	"time"
)

// Defaults of Options.
const (
	DefaultDays   = 14
	DefaultEvents = 24_000
	// LeastForStories is the number of events below which no story is
	// hidden: the company would be doing little else.
	LeastForStories = 2_000
	// LeastDaysForStories is the number of days below which no story is
	// hidden: nothing can stand out without a past.
	LeastDaysForStories = 7
)

// Options choose a company and its days.
type Options struct {
	Seed uint64
	// End is where the window ends, exclusive. It must be set.
	End time.Time
	// Days is the length of the window, DefaultDays if 0.
	Days int
	// Events is the exact number of events, DefaultEvents if 0. A company
	// with more events has more teams, not busier people.
	Events int
	// Drills adds a scene for every built-in rule of the control plane, each
	// told as a story with one signal. They need as much room as stories.
	Drills bool
	// Quiet leaves the stories out, and drills too: nothing bad happens.
	Quiet bool
}

func (o *Options) complete() error {
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	if o.Events == 0 {
		o.Events = DefaultEvents
	}
	switch {
	case o.End.IsZero():
		return fmt.Errorf("simulate: no end time")
	case o.Days < 1 || o.Days > 366:
		return fmt.Errorf("simulate: %d days: want 1 to 366", o.Days)
	case o.Events < 1:
		return fmt.Errorf("simulate: %d events: want 1 or more", o.Events)
	}
	o.End = o.End.UTC().Truncate(time.Second)
	return nil
}

// start returns the beginning of the window.
func (o *Options) start() time.Time { return o.End.AddDate(0, 0, -o.Days) }

// withStories tells whether the window has room for stories.
func (o *Options) withStories() bool {
	return !o.Quiet && o.Events >= LeastForStories && o.Days >= LeastDaysForStories
}
