package simulate

import "time"

// A Company is the whole made-up tenant.
type Company struct {
	Name          string
	Domain        string
	TenantID      GUID
	Subscriptions []*Subscription
	People        []*Identity
	Principals    []*Identity // service principals

	opt     Options
	teams   []*team
	stories []*plot
	// The identities that stories are about.
	cast cast
}

// A team owns resource groups and a pipeline that deploys into them.
type team struct {
	name   string
	stock  []provision
	office office
	groups []*group
	people []*Identity
	deploy *Identity

	members, app GUID // the group of its people, the identity of its applications
}

// in returns the team's groups of a stage, or all if there is none.
func (t *team) in(stage string) []*group {
	var found []*group
	for _, g := range t.groups {
		if g.stage == stage {
			found = append(found, g)
		}
	}
	if found == nil {
		return t.groups
	}
	return found
}

// An office is a place with a time zone and an address range.
type office struct {
	city   string
	offset time.Duration // east of UTC
	region string        // where its people put resources
	net    string        // first three octets, from the ranges for documentation
}

var offices = []office{
	{"Rotterdam", time.Hour, "westeurope", "203.0.113."},
	{"Gothenburg", time.Hour, "swedencentral", "203.0.113."},
	{"Pune", 5*time.Hour + 30*time.Minute, "centralindia", "198.51.100."},
	{"Halifax", -4 * time.Hour, "canadacentral", "198.51.100."},
}

// New makes the company of opt, with its stories already planned.
func New(opt Options) (*Company, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	d := newDice(opt.Seed, 1)
	c := &Company{Name: "Brightwater Freight", Domain: "brightwater.example", TenantID: d.guid(), opt: opt}
	for _, name := range []string{"Production", "Staging", "Platform", "Data", "Sandbox"} {
		c.Subscriptions = append(c.Subscriptions, newSubscription(c, d, name))
	}
	c.hire(d)
	c.engage(d)
	if opt.withStories() {
		c.plan(newDice(opt.Seed, 2))
	}
	if opt.withStories() && opt.Drills {
		c.exercise(newDice(opt.Seed, 4))
	}
	return c, nil
}

// hire makes the teams: platform and data once, application teams by volume.
func (c *Company) hire(d *dice) {
	production, staging, platform, data, sandbox := c.Subscriptions[0], c.Subscriptions[1], c.Subscriptions[2], c.Subscriptions[3], c.Subscriptions[4]
	p := c.addTeam(d, "platform", platformStock, offices[0], skillsOfPlatform())
	p.groups = []*group{platform.addGroup(p, "prod", p.office.region), platform.addGroup(p, "dev", p.office.region)}
	a := c.addTeam(d, "analytics", dataStock, offices[1], skillsOfDeveloper())
	a.groups = []*group{data.addGroup(a, "prod", a.office.region), data.addGroup(a, "dev", a.office.region)}
	for i := range c.applicationTeams() {
		t := c.addTeam(d, teamName(i), applicationStock, offices[i%len(offices)], skillsOfDeveloper())
		t.groups = []*group{
			production.addGroup(t, "prod", t.office.region),
			staging.addGroup(t, "stg", t.office.region),
			sandbox.addGroup(t, "dev", t.office.region),
		}
	}
}

// applicationTeams returns how many teams the volume keeps busy.
func (c *Company) applicationTeams() int {
	perDay := c.opt.Events / c.opt.Days
	return min(max(perDay/300, 4), 200)
}

func (c *Company) addTeam(d *dice, name string, stock []provision, o office, skills []skill) *team {
	t := &team{name: name, stock: stock, office: o, members: d.guid(), app: d.guid()}
	c.teams = append(c.teams, t)
	for range 4 {
		t.people = append(t.people, c.person(d, t, o, skills))
	}
	t.deploy = c.principal(d, "sp-"+name+"-deploy", t, skillsOfPipeline())
	t.deploy.habits = habits{
		offset: o.offset, from: 7.5, to: 19, weekend: 0.02, weight: 1.2,
		addresses: addresses("203.0.113.", 200, 4),
	}
	return t
}

// engage makes the principals that serve everybody, and the cast of stories.
func (c *Company) engage(d *dice) {
	platform := c.teams[0]
	night := habits{from: 1, to: 4.5, weekend: 1, weight: 1.5, addresses: addresses("203.0.113.", 220, 2)}
	backup := c.principal(d, "sp-backup", platform, skillsOfBackup())
	backup.habits = night
	monitor := c.principal(d, "sp-monitoring", platform, skillsOfMonitoring())
	monitor.habits = habits{from: 0, to: 24, weekend: 1, weight: 0.3, addresses: addresses("203.0.113.", 230, 2)}
	governance := c.principal(d, "sp-governance", platform, skillsOfGovernance())
	governance.habits = habits{from: 0, to: 24, weekend: 0.3, weight: 0.2, addresses: addresses("203.0.113.", 234, 2)}
	evening := c.principal(d, "sp-evening-stop", platform, []skill{{1, sendHome}})
	evening.habits = habits{from: 18, to: 20, weekend: 0, weight: 2, addresses: addresses("203.0.113.", 238, 1)}
	platform.deploy.skill = append(platform.deploy.skill, skill{4, publishRunbook})
	c.cast = newCast(c, d)
	c.holidays(d)
}

// holidays sends one person in twelve away for a while, and one until the end.
func (c *Company) holidays(d *dice) {
	for i := 7; i < len(c.People); i += 12 {
		h := &c.People[i].habits
		h.leave = c.opt.start().AddDate(0, 0, d.between(0, 6))
		h.back = h.leave.AddDate(0, 0, d.between(3, 9))
	}
	c.cast.absent.habits.leave = c.opt.start().AddDate(0, 0, 4)
	c.cast.absent.habits.back = c.opt.End
}

// group returns any group of the company, production twice as often.
func (c *Company) group(d *dice) *group {
	t := pick(d, c.teams)
	if d.chance(0.4) {
		return pick(d, t.in("prod"))
	}
	return pick(d, t.groups)
}
