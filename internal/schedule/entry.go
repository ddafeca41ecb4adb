package schedule

import (
	"cmp"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

const (
	// slowAfter is from how long a sweep on a rule counts as slow.
	slowAfter = 10 * time.Second
	// maxJitter bounds how long after its time a rule begins.
	maxJitter = 30 * time.Second
	// quietNRT is how often a near real time rule runs for which nothing
	// arrives: rows from the future have their time come.
	quietNRT = 5 * time.Minute
	// retryFirst is the wait after a failure that may pass by itself; it
	// doubles with each further one, up to the rule's own frequency.
	retryFirst = 10 * time.Second
	// idle is how long Run waits when nothing is due.
	idle = time.Minute
)

// An entry is a rule with its clock.
type entry struct {
	rule    *rules.Rule
	sweeps  *rules.Rule // what the sweep under way, or the last one, began with
	due     time.Time
	running bool
	again   bool // asked for while it ran
	off     bool
	slow    bool // took long, or was never measured
	began   time.Time

	asked      *rules.Rule // as what follow asks for arrivals
	askedSince time.Time

	failures int // in a row, of those that do not pass by themselves
	retries  int // in a row, of the others
	last     detect.Report
	lastRun  time.Time
	lastErr  error
}

func newEntry(rule *rules.Rule, now time.Time) *entry {
	return &entry{rule: rule, due: now, slow: true}
}

// replace takes over another version of the rule, which may do better.
func (e *entry) replace(rule *rules.Rule, now time.Time) {
	e.rule, e.due, e.slow = rule, now, true
	e.failures, e.retries = 0, 0
}

// finish notes how a sweep went and when the next one is. How it went with a
// rule that was replaced meanwhile says nothing of the present one, which is
// due.
func (e *entry) finish(began, now time.Time, report detect.Report, err error) {
	e.running = false
	e.last, e.lastRun, e.lastErr = report, began, err
	again := e.again
	e.again = false
	if e.rule != e.sweeps {
		return
	}
	e.slow = now.Sub(began) >= slowAfter
	e.count(err)
	e.due = e.next(now)
	if e.retries > 0 {
		wait := min(retryFirst<<min(e.retries-1, 10), every(e.rule))
		e.due = earlier(e.due, now.Add(wait))
	}
	if again && err == nil {
		e.due = now
	}
}

// ask makes the entry due, once more if it runs just now: what it reads may be
// older than what it is asked for.
func (e *entry) ask(now time.Time) {
	e.due = earlier(e.due, now)
	e.again = e.running
}

// count counts failures in a row.
func (e *entry) count(err error) {
	var run *detect.RunError
	switch {
	case err == nil:
		e.failures, e.retries = 0, 0
	case errors.As(err, &run) && run.Permanent:
		e.failures++
	default:
		e.retries++
	}
}

// every is the time between two sweeps of a rule.
func every(rule *rules.Rule) time.Duration {
	if rule.Kind == rules.NRT {
		return quietNRT
	}
	return rule.Frequency
}

// next returns when a rule is due after t: at the next of its run times, a
// little later for each rule so that not all begin at the full hour.
func (e *entry) next(t time.Time) time.Time {
	f := every(e.rule)
	jitter := jitterOf(e.rule.ID, min(maxJitter, f/10))
	return t.Add(-jitter).Truncate(f).Add(f + jitter)
}

// jitterOf returns a delay below most that is always the same for a rule.
func jitterOf(id string, most time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // a hash takes everything
	return time.Duration(h.Sum64() % uint64(max(most, 1)))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// A lane is the places for rules of a kind. One of them is kept for rules that
// are known to be quick: so slow ones, and new ones of whom nobody knows, leave
// a way past them.
type lane struct{ all, slow int }

func (l *lane) take(slow bool) bool {
	if l.all == 0 || slow && l.slow == 0 {
		return false
	}
	l.all--
	if slow {
		l.slow--
	}
	return true
}

// start marks the entries that begin now, in the order in which they became
// due.
func (s *Scheduler) start() []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	lanes := s.lanes()
	now := s.opt.Now()
	var waiting, begin []*entry
	for _, e := range s.entries {
		if !e.running && !e.off && !e.due.After(now) {
			waiting = append(waiting, e)
		}
	}
	slices.SortFunc(waiting, func(a, b *entry) int {
		return cmp.Or(a.due.Compare(b.due), strings.Compare(a.rule.ID, b.rule.ID))
	})
	for _, e := range waiting {
		if lanes[e.rule.Kind == rules.NRT].take(e.slow) {
			e.running, e.began, e.sweeps = true, now, e.rule
			begin = append(begin, e)
		}
	}
	return begin
}

// lanes returns the places that are free, by whether they are of near real time
// rules.
func (s *Scheduler) lanes() map[bool]*lane {
	n, near := s.opt.Parallel, max(2, s.opt.Parallel/2)
	lanes := map[bool]*lane{false: {n, max(1, n-1)}, true: {near, near - 1}}
	now := s.opt.Now()
	for _, e := range s.entries {
		if e.running {
			lanes[e.rule.Kind == rules.NRT].take(e.slow || now.Sub(e.began) >= slowAfter)
		}
	}
	return lanes
}

// untilNext returns how long nothing will become due. A rule that waits for a
// place is started when one becomes free, which pokes.
func (s *Scheduler) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	wait := idle
	for _, e := range s.entries {
		if left := e.due.Sub(now); !e.running && !e.off && left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}
