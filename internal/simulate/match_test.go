package simulate

import (
	"slices"
	"testing"
	"time"
)

// perfect returns a sighting for every signal, shuffled against their order.
func perfect(stories []Story) []Sighting {
	var list []Sighting
	for _, story := range stories {
		for _, s := range story.Signals {
			list = append(list, Sighting{Actors: []string{s.Actor}, Resources: s.Resources, First: s.First, Last: s.Last})
		}
	}
	slices.Reverse(list)
	return list
}

func missed(found [][]int) int {
	n := 0
	for _, story := range found {
		for _, i := range story {
			if i < 0 {
				n++
			}
		}
	}
	return n
}

func TestMatchFindsEverySignalOnce(t *testing.T) {
	stories := company(t, Options{Seed: 2}).Stories()
	sightings := perfect(stories)
	found := Match(stories, sightings)
	if n := missed(found); n != 0 {
		t.Fatalf("%d signals missed, want none", n)
	}
	var used []int
	for i, story := range found {
		for j, k := range story {
			if got, want := sightings[k].First, stories[i].Signals[j].First; !got.Equal(want) {
				t.Errorf("%s: shown by a sighting of %v, want %v", stories[i].Signals[j].Kind, got, want)
			}
			used = append(used, k)
		}
	}
	slices.Sort(used)
	if len(slices.Compact(used)) != len(sightings) {
		t.Errorf("sightings were used more than once: %v", used)
	}
}

func TestMatchMissesWhatNobodySaw(t *testing.T) {
	stories := company(t, Options{Seed: 2}).Stories()
	all := perfect(stories)
	for i := range all {
		left := slices.Delete(slices.Clone(all), i, i+1)
		if n := missed(Match(stories, left)); n != 1 {
			t.Errorf("without sighting %d: %d signals missed, want 1", i, n)
		}
	}
}

func TestMatchWantsActorAndTime(t *testing.T) {
	stories := company(t, Options{Seed: 2}).Stories()
	for name, spoil := range map[string]func(*Sighting){
		"actor":    func(s *Sighting) { s.Actors = []string{"somebody.else@brightwater.example"} },
		"time":     func(s *Sighting) { s.First, s.Last = s.First.Add(72*time.Hour), s.Last.Add(72*time.Hour) },
		"resource": func(s *Sighting) { s.Resources = []string{"/subscriptions/other"} },
	} {
		all := perfect(stories)
		for i := range all {
			spoil(&all[i])
		}
		if got, want := missed(Match(stories, all)), len(all); got != want {
			t.Errorf("wrong %s: %d signals missed, want %d", name, got, want)
		}
	}
}

func TestMatchPrefersTheSignalsOwnRule(t *testing.T) {
	stories := company(t, Options{Seed: 2}).Stories()
	all := perfect(stories)
	for _, story := range stories {
		for _, s := range story.Signals {
			own := Sighting{Rules: []string{s.Kind.Rule()}, Actors: []string{s.Actor}, Resources: s.Resources, First: s.First, Last: s.Last}
			all = append(all, own)
		}
	}
	for i, story := range Match(stories, all) {
		for j, k := range story {
			if want := stories[i].Signals[j].Kind.Rule(); !slices.Contains(all[k].Rules, want) {
				t.Errorf("%s is shown by a sighting of %v, want %s", stories[i].Signals[j].Kind, all[k].Rules, want)
			}
		}
	}
}

func TestBesideCountsStrangersOnly(t *testing.T) {
	stories := company(t, Options{Seed: 2}).Stories()
	all := perfect(stories)
	for i := range all {
		all[i].Resources = nil
	}
	stranger := Sighting{Actors: []string{"nobody@brightwater.example"}, First: all[0].First, Last: all[0].Last}
	if got := Beside(stories, append(all, stranger)); got != 1 {
		t.Errorf("got %d sightings beside the stories, want 1", got)
	}
}
