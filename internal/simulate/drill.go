package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A drill is a scene that one built-in rule must notice. Each has a person or
// machine of its own, an hour of its own and an address that the company never
// uses.
type drill struct {
	kind Kind
	play func(*stage)
	// actor chooses who does it; if nil it is somebody of the application
	// teams, by turns.
	actor func(*Company) *Identity
	from  string // address; if empty one that only drills use
}

// A stage is where a drill is played: its actor's shift, and the group of the
// actor's team that suffers.
type stage struct {
	*shift
	group *group
}

// drills lists the drills by tactic. A test holds the list against the rules.
func drills() []drill {
	return slices.Concat(
		drillsOfAccess(), drillsOfMachines(), drillsOfSecrets(), drillsOfEvasion(), drillsOfTheft(), drillsOfImpact(), drillsOfHabits(),
	)
}

// exercise plans the drills, each two hours after the one before; the last is
// over when the window ends.
func (c *Company) exercise(d *dice) {
	list := drills()
	at := c.opt.End.Truncate(time.Hour).Add(-2*time.Hour*time.Duration(len(list)+1) + 4*time.Minute)
	for i, dr := range list {
		c.stories = append(c.stories, c.drill(d, dr, i, at))
		at = at.Add(2 * time.Hour)
	}
}

// drill plays the nth drill.
func (c *Company) drill(d *dice, dr drill, n int, at time.Time) *plot {
	actor := c.turn(n)
	if dr.actor != nil {
		actor = dr.actor(c)
	}
	s := actor.shift(d, at, cmp.Or(dr.from, addresses("192.0.2.", 20+n%200, 1)[0]))
	p := &plot{Story: Story{Name: "Drill: " + string(dr.kind), Summary: actor.Name + " plays what the rule " + dr.kind.Rule() + " is for."}}
	p.scene(s, dr.kind, func() { dr.play(&stage{shift: s, group: actor.team.in("prod")[0]}) })
	return p.end(s)
}

// turn returns the person of the application teams whose turn it is.
func (c *Company) turn(n int) *Identity {
	teams := c.teams[2:]
	people := teams[n%len(teams)].people
	return people[1+n/len(teams)%(len(people)-1)]
}

// once is a drill of one call on a resource of the group. The type of the
// resource follows from the operation.
func once(kind Kind, operation, name, request string) drill {
	return drill{kind: kind, play: func(s *stage) {
		s.do(call{operation: operation, on: s.group.resource(typeOf(operation), name), request: request})
	}}
}

// upon is a drill of one call on an extension of the subscription.
func upon(kind Kind, operation, name, request string) drill {
	return drill{kind: kind, play: func(s *stage) {
		s.do(call{operation: operation, on: s.group.Subscription.self.under(typeOf(operation), name), request: request})
	}}
}

// often is a drill of the same call on n resources, called by a number.
func often(kind Kind, n int, operation, name, request string) drill {
	return drill{kind: kind, play: func(s *stage) {
		for i := range n {
			on := s.group.resource(typeOf(operation), strings.ReplaceAll(name, "#", strconv.Itoa(i+1)))
			s.do(call{operation: operation, on: on, request: request})
			s.wait(10*time.Second, 60*time.Second)
		}
	}}
}

// typeOf returns the type of the resource that an operation is about: what
// stands before write, delete or the name of the action.
func typeOf(operation string) string {
	parts := strings.Split(operation, "/")
	last := len(parts) - 1
	if parts[last] == "action" {
		last--
	}
	return strings.Join(parts[:last], "/")
}
