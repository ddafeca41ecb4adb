package incident_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// A player does random things to incidents with one of two keepers, now and
// then with one that has just started.
type player struct {
	s       *site
	dice    *rand.Rand
	keepers []*incident.Keeper
	alerts  []*detect.Alert
}

func (p *player) keeper() *incident.Keeper {
	i := p.dice.IntN(len(p.keepers))
	if p.dice.IntN(20) == 0 {
		p.s.wire()
		p.keepers[i] = p.s.keeper
	}
	return p.keepers[i]
}

// play does one thing. What cannot be done is refused with an error of this
// package.
func (p *player) play() error {
	ctx, k, n := p.s.t.Context(), p.keeper(), 1+p.dice.IntN(12)
	by := incident.Stamp{By: fmt.Sprintf("user%d", p.dice.IntN(3))}
	var err error
	switch p.dice.IntN(12) {
	case 0, 1:
		_, err = k.File(ctx, byAccount(), p.changes(), &store.Batch{})
	case 2:
		title, severity := "by hand", rules.Severities()[p.dice.IntN(4)]
		_, err = k.Create(ctx, "", incident.Change{By: by.By, Title: &title, Severity: &severity})
	case 3:
		_, err = k.Merge(ctx, n, []int{1 + p.dice.IntN(12)}, by)
	case 4:
		err = k.Delete(ctx, n, by)
	case 5:
		_, err = k.Reopen(ctx, n, by)
	case 6:
		_, err = k.PutTask(ctx, n, incident.Task{ID: fmt.Sprint(p.dice.IntN(3)), Title: "task"}, by)
	case 7:
		_, err = k.PutComment(ctx, n, fmt.Sprint(p.dice.IntN(3)), "comment", by)
	case 8:
		err = k.DeleteComment(ctx, n, fmt.Sprint(p.dice.IntN(3)), by)
	case 9:
		_, err = k.UpdateMany(ctx, []int{n, n + 1, n + 2}, p.change(by.By))
	case 10:
		_, err = k.RemoveAlert(ctx, n, p.alerts[p.dice.IntN(len(p.alerts))].ID, by)
	default:
		_, err = k.Update(ctx, n, p.change(by.By))
	}
	return err
}

// changes makes of some alerts new, revised, withdrawn or restored ones.
func (p *player) changes() detect.Changes {
	var c detect.Changes
	for _, i := range p.dice.Perm(len(p.alerts))[:1+p.dice.IntN(4)] {
		a := p.alerts[i]
		switch p.dice.IntN(5) {
		case 0:
			c.Revised = append(c.Revised, revised(a))
		case 1:
			c.Withdrawn = append(c.Withdrawn, withdrawn(a))
		case 2:
			c.Restored = append(c.Restored, a)
		default:
			c.New = append(c.New, a)
		}
	}
	return c
}

func (p *player) change(by string) incident.Change {
	statuses := incident.Statuses()
	status, classification := statuses[p.dice.IntN(len(statuses))], "Undetermined"
	c := incident.Change{By: by, Status: &status, AddLabels: []string{fmt.Sprint(p.dice.IntN(5))}}
	if status == incident.StatusClosed {
		c.Classification = &classification
	}
	if p.dice.IntN(3) == 0 {
		c.Owner = &incident.Owner{AssignedTo: by}
	}
	return c
}

// expected tells whether an error is one that a caller must reckon with.
func expected(err error) bool {
	for _, known := range []error{incident.ErrNotFound, incident.ErrNoAlert, incident.ErrNoComment, incident.ErrNoTask} {
		if errors.Is(err, known) {
			return true
		}
	}
	var invalid *incident.InvalidError
	var state *incident.StateError
	return err == nil || errors.As(err, &invalid) || errors.As(err, &state)
}

// TestHistoryIsWhatHappened plays with two keepers of one store. Afterwards all
// keepers, and one that begins with the table, see the same; of every incident
// the states follow one another and the last is the present one; no alert of
// the rule is in two incidents.
func TestHistoryIsWhatHappened(t *testing.T) {
	for seed := range uint64(4) {
		s := newSite(t)
		p := &player{s: s, dice: rand.New(rand.NewPCG(seed, 5)), keepers: []*incident.Keeper{s.keeper}}
		for i := range 20 {
			p.alerts = append(p.alerts, raised(i*100, fmt.Sprintf("user%d", i%5)))
		}
		s.put(p.alerts...)
		s.wire()
		p.keepers = append(p.keepers, s.keeper)
		for i := range 150 {
			if err := p.play(); !expected(err) {
				t.Fatalf("seed %d, step %d: %v", seed, i, err)
			}
		}
		s.wire() // one that begins with the table
		list := s.incidents(incident.Filter{})
		for _, k := range p.keepers {
			seen, err := k.List(t.Context(), incident.Filter{})
			if diff := cmp.Diff(list, seen); err != nil || diff != "" {
				t.Fatalf("seed %d: %v, keepers differ: %s", seed, err, diff)
			}
		}
		if len(list) < 4 {
			t.Errorf("seed %d: only %d incidents are left", seed, len(list))
		}
		s.compareHistories(list)
	}
}

func (s *site) compareHistories(list []*incident.Incident) {
	s.t.Helper()
	holder := map[string]int{}
	for _, in := range list {
		history, err := s.keeper.History(s.t.Context(), in.Number)
		if err != nil {
			s.t.Fatal(err)
		}
		if diff := cmp.Diff(in, history[len(history)-1]); diff != "" {
			s.t.Errorf("incident %d: the last state is not the present: %s", in.Number, diff)
		}
		sorted := slices.IsSortedFunc(history, func(a, b *incident.Incident) int { return a.LastModified.Compare(b.LastModified) })
		etags := map[string]bool{}
		for _, state := range history {
			etags[state.Etag] = true
		}
		if !sorted || len(etags) != len(history) {
			s.t.Errorf("incident %d: two of %d states have one time", in.Number, len(history))
		}
		if in.Additional.Alerts != len(in.AlertIDs) || in.Additional.Comments != len(in.Comments) {
			s.t.Errorf("incident %d: counts %+v are wrong", in.Number, in.Additional)
		}
		for _, id := range in.AlertIDs {
			if other := holder[id]; other != 0 {
				s.t.Errorf("alert %s is in incidents %d and %d", id, other, in.Number)
			}
			holder[id] = in.Number
		}
	}
}

// TestManyAtOnce lets keepers change one incident at the same time: every
// comment is there in the end, once.
func TestManyAtOnce(t *testing.T) {
	s := newDoorSite(t, 1)
	const keepers, comments = 3, 15
	var group sync.WaitGroup
	for range keepers {
		s.wire()
		k := s.keeper
		group.Go(func() {
			for range comments {
				if _, err := k.PutComment(t.Context(), 1, "", "x", me()); err != nil {
					t.Error(err)
				}
				if _, err := k.List(t.Context(), incident.Filter{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := len(s.number(1).Comments); got != keepers*comments {
		t.Errorf("got %d comments, want %d", got, keepers*comments)
	}
}

func TestOrders(t *testing.T) {
	s := newSite(t)
	var list []*detect.Alert
	for i, severity := range []rules.Severity{rules.Low, rules.High, rules.Informational} {
		a := raised(10-i, []string{"bo", "ada", "cy"}[i])
		a.Severity, a.End = severity, a.Start.Add(time.Duration(i)*time.Hour)
		list = append(list, a)
	}
	s.file(doorRule(rules.Grouping{}), detect.Changes{New: list})
	active := incident.StatusActive
	s.mustUpdate(t, 1, incident.Change{By: "me", Status: &active})
	for order, want := range map[incident.Order]string{
		incident.ByIncidentNumber: "[3 2 1]", incident.ByCreated: "[1 2 3]", incident.ByModified: "[1 2 3]", incident.ByFirstActivity: "[1 2 3]",
		incident.ByLastActivity: "[3 2 1]", incident.BySeverity: "[2 1 3]", incident.ByStatus: "[1 3 2]", incident.ByTitle: "[3 1 2]",
	} {
		got := numbersOf(s.incidents(incident.Filter{Order: order}))
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, want %s", order, got, want)
		}
		slices.Reverse(got)
		if up := numbersOf(s.incidents(incident.Filter{Order: order, Ascending: true})); !slices.Equal(up, got) {
			t.Errorf("%s ascending: got %v, want %v", order, up, got)
		}
	}
	if got := numbersOf(s.incidents(incident.Filter{Skip: 1, Limit: 1})); !slices.Equal(got, []int{2}) {
		t.Errorf("the second: got %v", got)
	}
	if got := numbersOf(s.incidents(incident.Filter{Skip: 5})); len(got) != 0 {
		t.Errorf("beyond the end: got %v", got)
	}
	odd := incident.Filter{Match: func(in *incident.Incident) bool { return in.Number%2 == 1 }}
	if got := numbersOf(s.incidents(odd)); !slices.Equal(got, []int{3, 1}) {
		t.Errorf("odd ones: got %v", got)
	}
}

func numbersOf(list []*incident.Incident) []int {
	var numbers []int
	for _, in := range list {
		numbers = append(numbers, in.Number)
	}
	return numbers
}
