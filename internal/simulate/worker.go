package simulate

import "time"

// Options returns what the company was made of, with defaults filled in.
func (c *Company) Options() Options { return c.opt }

// Level returns how busy the identity is at t: 1 is a usual person in office
// hours, 0 is somebody asleep or away.
func (id *Identity) Level(t time.Time) float64 { return id.habits.level(t) }

// Local returns t by the clock of the identity's office.
func (id *Identity) Local(t time.Time) time.Time { return t.Add(id.habits.offset) }

// Addresses returns where the identity calls from on ordinary days; a person's
// last one is at home. The caller may not change the list.
func (id *Identity) Addresses() []string { return id.habits.addresses }

// City returns the city of the office that the identity's team works in.
func (id *Identity) City() string { return id.team.office.city }

// Team returns the name of the identity's team.
func (id *Identity) Team() string { return id.team.name }
