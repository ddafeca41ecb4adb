package simulate

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Sighting is something that a detection reported, reduced to what can be
// compared with a story.
type Sighting struct {
	Rules       []string // that raised it, named as Kind.Rule does; may be empty
	Actors      []string // accounts named in it
	Resources   []string // ids of resources named in it
	First, Last time.Time
}

// Clearness below which a sighting is not taken for a signal, and how far its
// times may lie outside.
const (
	clearEnough = 0.25
	timeSlack   = 2 * time.Hour
)

// Match compares stories with sightings: for every signal of every story it
// returns the index of the sighting that shows it, -1 if none does. A sighting
// shows a signal if it names the actor, the time and a good part of the
// resources; each is given to the one signal that it shows best, and rather to
// that of its own rule.
func Match(stories []Story, sightings []Sighting) [][]int {
	type pair struct {
		story, signal, sighting int
		clear                   float64
	}
	var pairs []pair
	found := make([][]int, len(stories))
	for i := range stories {
		found[i] = make([]int, len(stories[i].Signals))
		for j := range found[i] {
			found[i][j] = -1
			for k := range sightings {
				signal := &stories[i].Signals[j]
				clear := signal.shownBy(&sightings[k])
				if clear < clearEnough {
					continue
				}
				if slices.Contains(sightings[k].Rules, signal.Kind.Rule()) {
					clear++
				}
				pairs = append(pairs, pair{i, j, k, clear})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.clear, a.clear) })
	taken := make([]bool, len(sightings))
	for _, p := range pairs {
		if !taken[p.sighting] && found[p.story][p.signal] < 0 {
			taken[p.sighting], found[p.story][p.signal] = true, p.sighting
		}
	}
	return found
}

// Beside counts the sightings that have nothing to do with any story: nobody of
// it did anything at the time.
func Beside(stories []Story, sightings []Sighting) int {
	n := 0
	for i := range sightings {
		told := slices.ContainsFunc(stories, func(story Story) bool {
			return slices.ContainsFunc(story.Signals, func(s Signal) bool { return s.near(&sightings[i]) })
		})
		if !told {
			n++
		}
	}
	return n
}

// near tells whether a sighting names the signal's actor and time.
func (s *Signal) near(seen *Sighting) bool {
	if seen.Last.Before(s.First.Add(-timeSlack)) || seen.First.After(s.Last.Add(timeSlack)) {
		return false
	}
	return slices.ContainsFunc(seen.Actors, func(a string) bool { return strings.EqualFold(a, s.Actor) })
}

// shownBy says how clearly a sighting shows the signal, from 0 to 1.
func (s *Signal) shownBy(seen *Sighting) float64 {
	if !s.near(seen) {
		return 0
	}
	var clear float64
	used := make(map[string]bool)
	for _, want := range s.Resources {
		best, by := 0.0, ""
		for _, got := range seen.Resources {
			if c := covers(strings.ToLower(got), want); c > best {
				best, by = c, got
			}
		}
		clear += best
		used[by] = true
	}
	delete(used, "")
	return clear / float64(len(s.Resources)+len(seen.Resources)-len(used))
}

// covers says how precisely one resource id names another: 1 if they are the
// same, less the further it is above it, 0 if it is elsewhere.
func covers(got, want string) float64 {
	switch {
	case got == want:
		return 1
	case got != "" && strings.HasPrefix(want, got+"/"):
		return float64(len(got)) / float64(len(want))
	default:
		return 0
	}
}
