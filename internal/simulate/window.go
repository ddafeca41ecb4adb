package simulate

import (
	"iter"
	"slices"
	"time"
)

// actor is whoever can fill an hour: an identity, or a part of the platform.
type actor struct {
	level func(time.Time) float64
	act   func(*dice, time.Time) []Event
}

// Events yields the company's events in order of time, exactly Options.Events
// of them. An event is valid until the next one is asked for. Every call
// yields the same events.
func (c *Company) Events() iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		w := newWindow(c)
		for hour := range w.hours {
			for i := range w.fill(hour) {
				if !yield(&w.due[i]) {
					return
				}
			}
		}
	}
}

// A window walks the company's days hour by hour. What an hour's activities
// leave for later hours waits in later; memory is bounded by the busiest hour.
type window struct {
	c      *Company
	d      *dice
	actors []actor
	hours  int
	levels []float64 // of each hour, all actors together
	total  float64
	quota  int // background events of the whole window
	made   int
	passed float64 // levels of the hours up to now
	story  []Event // still to come, in order of time
	due    []Event
	later  []Event
}

func newWindow(c *Company) *window {
	w := &window{c: c, d: newDice(c.opt.Seed, 3), hours: c.opt.Days * 24}
	for _, p := range c.stories {
		w.story = append(w.story, p.events...)
	}
	slices.SortStableFunc(w.story, byTime)
	w.quota = c.opt.Events - len(w.story)
	w.actors = c.actors()
	w.levels = make([]float64, w.hours)
	for h := range w.levels {
		for i := range w.actors {
			w.levels[h] += w.actors[i].level(w.at(h).Add(30 * time.Minute))
		}
		w.total += w.levels[h]
	}
	return w
}

func byTime(a, b Event) int { return a.Time.Compare(b.Time) }

func (w *window) at(hour int) time.Time {
	return w.c.opt.start().Add(time.Duration(hour) * time.Hour)
}

// fill makes the events of an hour and returns those that are due.
func (w *window) fill(hour int) []Event {
	w.due, w.later = append(w.due[:0], w.later...), w.later[:0]
	w.passed += w.levels[hour]
	target := int(w.passed / w.total * float64(w.quota))
	if hour == w.hours-1 {
		target = w.quota
	}
	for w.made < target {
		events := w.activity(hour)
		if hour == w.hours-1 {
			w.squeeze(events)
		}
		events = events[:min(len(events), w.quota-w.made)]
		w.made += len(events)
		w.due = append(w.due, events...)
	}
	w.tellStory(hour)
	w.postpone(hour)
	return w.due
}

// activity lets somebody who is at work in that hour act.
func (w *window) activity(hour int) []Event {
	at := w.at(hour).Add(w.d.span(0, time.Hour))
	n := w.d.Float64() * w.levels[hour]
	middle := w.at(hour).Add(30 * time.Minute)
	for i := range w.actors {
		if n -= w.actors[i].level(middle); n < 0 {
			return w.actors[i].act(w.d, at)
		}
	}
	return w.actors[len(w.actors)-1].act(w.d, at)
}

// squeeze moves an activity of the last hour in front of the window's end.
func (w *window) squeeze(events []Event) {
	over := slices.MaxFunc(events, byTime).Time.Sub(w.c.opt.End) + time.Second
	if over > 0 {
		for i := range events {
			events[i].Time = events[i].Time.Add(-over)
		}
	}
}

// tellStory adds the stories' events of the hour.
func (w *window) tellStory(hour int) {
	for len(w.story) > 0 && w.story[0].Time.Before(w.at(hour+1)) {
		w.due, w.story = append(w.due, w.story[0]), w.story[1:]
	}
}

// postpone sorts what there is and keeps what belongs to later hours.
func (w *window) postpone(hour int) {
	slices.SortStableFunc(w.due, byTime)
	if hour == w.hours-1 {
		return
	}
	n, _ := slices.BinarySearchFunc(w.due, w.at(hour+1), func(e Event, t time.Time) int {
		return e.Time.Compare(t)
	})
	w.later = append(w.later, w.due[n:]...)
	w.due = w.due[:n]
}

// actors returns everybody who fills hours.
func (c *Company) actors() []actor {
	var list []actor
	for _, id := range slices.Concat(c.People, c.Principals) {
		if len(id.skill) > 0 {
			list = append(list, actor{level: id.habits.level, act: id.act})
		}
	}
	people := float64(len(c.People))
	for _, e := range emitters() {
		weight := e.weight * people / 16
		list = append(list, actor{level: func(time.Time) float64 { return weight }, act: c.emit(e)})
	}
	return list
}

// act does one thing of the identity's ordinary day.
func (id *Identity) act(d *dice, at time.Time) []Event {
	s := id.shift(d, at, pick(d, id.habits.addresses))
	choose(d, id.skill).run(s, pick(d, id.team.groups))
	return s.events
}

// shift starts one for the identity.
func (id *Identity) shift(d *dice, at time.Time, ip string) *shift {
	return &shift{dice: d, company: id.company, session: id.open(d, at, ip), now: at, correlation: d.guid()}
}

// emit returns how a part of the platform acts.
func (c *Company) emit(e emitter) func(*dice, time.Time) []Event {
	var id *Identity
	if e.caller != "" {
		id = c.provider(e.caller)
	}
	return func(d *dice, at time.Time) []Event {
		s := &shift{dice: d, company: c, now: at, correlation: d.guid()}
		if id != nil {
			s.session = id.open(d, at, "")
		}
		e.run(s, c.group(d))
		return s.events
	}
}
