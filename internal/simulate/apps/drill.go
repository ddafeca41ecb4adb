package apps

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/simulate"
)

// A drill is a scene that one built-in rule must notice, as those of the
// company are for the control plane.
type drill struct {
	kind simulate.Kind
	play func(*stage)
}

// A stage is where a drill is played: somebody at the office, and an address
// that the company never uses.
type stage struct {
	*hand
	person  *simulate.Identity
	foreign string
	began   time.Time
}

func drills() []drill {
	return slices.Concat(drillsOfFiles(), drillsOfAccounts(), drillsOfDiscovery(), drillsOfAlerts())
}

// exercise plays the drills, each two hours after the one before; the last is
// over when the days end.
func (e *Estate) exercise() error {
	list := drills()
	at := e.company.Options().End.Truncate(time.Hour).Add(-2*time.Hour*time.Duration(len(list)+1) + 6*time.Minute)
	for n, dr := range list {
		people := e.company.People
		id := people[(5+3*n)%len(people)]
		s := &stage{hand: &hand{Estate: e, who: id.UPN, from: office(id), now: at}, person: id, foreign: "192.0.2." + strconv.Itoa(230+n), began: at}
		dr.play(s)
		e.tell(dr.kind, simulate.Signal{Kind: dr.kind, Actor: s.who, IP: s.from.address, First: s.began, Last: s.now, Events: 1})
		at = at.Add(2 * time.Hour)
	}
	return e.exerciseWithAzure()
}

// tell adds the story of one drill.
func (e *Estate) tell(kind simulate.Kind, signals ...simulate.Signal) {
	e.stories = append(e.stories, simulate.Story{
		Name: "Drill: " + string(kind), Summary: signals[0].Actor + " plays what the rule " + kind.Rule() + " is for.", Signals: signals,
	})
}

// exerciseWithAzure plays the drills of the rules that hold applications
// against Azure: they build upon drills of the company.
func (e *Estate) exerciseWithAzure() error {
	for _, dr := range []struct {
		kind, upon simulate.Kind
		play       func(in simulate.Signal)
	}{
		{"app alert and azure privilege", "elevate access", func(in simulate.Signal) {
			e.alerts = append(e.alerts, e.alert(in.First.Add(-30*time.Minute), velocity, "Medium", in.Actor, abroad(singapore, in.IP)))
		}},
		{"app alert address in azure", "serial console opened", func(in simulate.Signal) {
			e.alerts = append(e.alerts, e.alert(in.First.Add(-3*time.Hour), anonymous, "Medium", e.company.People[2].UPN, exit(in.IP)))
		}},
		{"risky address in azure", "container exec", func(in simulate.Signal) {
			h := &hand{Estate: e, who: e.company.People[2].UPN, from: exit(in.IP), now: in.First.Add(-2 * time.Hour)}
			h.file(sharepoint, "UNSPECIFIED", "FileAccessed", h.document())
		}},
	} {
		in, found := signalOf(e.company, dr.upon)
		if !found {
			return fmt.Errorf("the company has no drill %q, which %q builds upon", dr.upon, dr.kind)
		}
		dr.play(in)
		in.Kind = dr.kind
		e.tell(dr.kind, in)
	}
	return nil
}

// signalOf finds the signal of a kind among the company's stories.
func signalOf(c *simulate.Company, kind simulate.Kind) (simulate.Signal, bool) {
	for _, story := range c.Stories() {
		for _, s := range story.Signals {
			if s.Kind == kind && strings.Contains(s.Actor, "@") {
				return s, true
			}
		}
	}
	return simulate.Signal{}, false
}
