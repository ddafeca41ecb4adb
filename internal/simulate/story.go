package simulate

import (
	"slices"
	"strings"
	"time"
)

// A Kind is a kind of abuse that a detection should notice, in the words of
// the built-in rule that does: "key vault purge" is for the rule in the file
// key-vault-purge.yaml.
type Kind string

// Rule returns the name of the built-in rule's file, without its ending.
func (k Kind) Rule() string { return strings.ReplaceAll(string(k), " ", "-") }

// The kinds that the stories are made of; drills have further ones.
const (
	KeysListed         Kind = "storage keys listed"
	DiagnosticsRemoved Kind = "diagnostic settings removed"
	RoleGranted        Kind = "role to new principal"
	CommandRun         Kind = "run command"
	LockRemoved        Kind = "resource lock removed"
	MassDeletion       Kind = "mass deletion"
	VaultPurged        Kind = "key vault purge"
	PolicyExempted     Kind = "policy exemption"
	ExpensiveCompute   Kind = "expensive compute"
	OpenedToWorld      Kind = "nsg open to world"
)

// A Story is one attack hidden among the company's days, as its investigator
// would tell it.
type Story struct {
	Name    string
	Summary string
	Signals []Signal // in order of time
}

// A Signal is one thing in a story that must be found.
type Signal struct {
	Kind  Kind
	Actor string // as the Caller column shows it
	IP    string
	// Resources are the ids it was done to, in lower case.
	Resources   []string
	First, Last time.Time
	Events      int
}

// Stories returns what is hidden in the window, by time.
func (c *Company) Stories() []Story {
	var list []Story
	for _, p := range c.stories {
		list = append(list, p.Story)
	}
	return list
}

// A plot is a story with its events.
type plot struct {
	Story
	events []Event
}

// cast are the identities that stories are about. Apart from the intruder's
// own principal they also have ordinary days.
type cast struct {
	insider    *Identity // a platform engineer who has given notice
	developer  *Identity // whose password was guessed
	contractor *Identity // a guest
	pipeline   *Identity // whose secret was stolen
	implant    *Identity // the principal that the thief makes
	absent     *Identity // who is away from the fifth day on
}

func newCast(c *Company, d *dice) cast {
	platform, first, second := c.teams[0], c.teams[2], c.teams[3]
	contractor := c.person(d, second, offices[0], nil)
	contractor.UPN = strings.ToLower(contractor.given) + "_quaysideit.example#EXT#@" + c.Domain
	contractor.static = nil
	contractor.render(d)
	contractor.skill = []skill{{3, restartApp}, {2, tag}, {2, startMachine}}
	contractor.habits.weight = 0.2
	implant := c.principal(d, "telemetry-agent-svc", first, nil)
	implant.role = owner
	return cast{
		insider: platform.people[1], developer: second.people[0], contractor: contractor,
		pipeline: first.deploy, implant: implant, absent: c.teams[1].people[2],
	}
}

// plan writes the stories. Each has its day counted back from the end, so
// that all but one lie in the last week and every one has a past.
func (c *Company) plan(d *dice) {
	c.stories = []*plot{
		c.openDoor(d, c.daysBefore(6, 13, 20)),
		c.stolenPipeline(d, c.daysBefore(4, 1, 50)),
		c.lastEvening(d, c.daysBefore(3, 18, 10)),
		c.foreignRig(d, c.daysBefore(2, 22, 35)),
	}
}

// daysBefore returns a time of day, UTC, that many days before the end.
func (c *Company) daysBefore(days, hour, minute int) time.Time {
	day := c.opt.End.AddDate(0, 0, -days).Truncate(24 * time.Hour)
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// scene lets an identity act in a plot and notes what must be found of it.
// Everything between the first and the last event of the scene counts.
func (p *plot) scene(s *shift, kind Kind, play func()) {
	s.next()
	from := len(s.events)
	play()
	events := s.events[from:]
	signal := Signal{
		Kind: kind, Actor: s.session.Caller(), IP: s.session.IP,
		First: slices.MinFunc(events, byTime).Time, Last: slices.MaxFunc(events, byTime).Time, Events: len(events),
	}
	seen := make(map[string]bool)
	for i := range events {
		if id := strings.ToLower(events[i].Resource.ID); !seen[id] {
			seen[id] = true
			signal.Resources = append(signal.Resources, id)
		}
	}
	p.Signals = append(p.Signals, signal)
}

// end takes over the events of the shifts the story was made of.
func (p *plot) end(shifts ...*shift) *plot {
	for _, s := range shifts {
		p.events = append(p.events, s.events...)
	}
	return p
}
