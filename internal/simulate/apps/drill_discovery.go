package apps

import (
	"strconv"
	"time"
)

// drillsOfDiscovery are about applications that nobody has approved.
func drillsOfDiscovery() []drill {
	return []drill{
		{"unsanctioned app heavy upload", func(s *stage) {
			s.use(service{id: 2001, name: "Fileferry", category: "Cloud storage", score: 4}, 1800*megabyte)
		}},
		{"new risky app in use", func(s *stage) {
			s.use(service{id: 2002, name: "Shadow Drop", category: "Cloud storage", score: 2}, 240*megabyte)
		}},
		{"many risky apps by one", func(s *stage) {
			for n := range 6 {
				s.use(service{id: 2010 + n, name: "Odd Tool " + strconv.Itoa(n+1), category: "Productivity", score: 2}, 2*megabyte)
			}
		}},
	}
}

// use lets the person send bytes to an application that day: the row is that
// of the day, which is when the drill is to be seen.
func (s *stage) use(a service, bytes int) {
	today := day(s.now)
	s.uses = append(s.uses, use{day: today, who: s.person, service: a, uploaded: bytes, total: bytes + bytes/10})
	s.from.address = s.person.Addresses()[0]
	s.began, s.now = today, today.Add(24*time.Hour-time.Second)
}

// drillsOfAlerts are about what the product's alerts say together.
func drillsOfAlerts() []drill {
	return []drill{
		{"several app alerts about one", func(s *stage) {
			for _, kind := range []alertKind{velocity, download, forwarding} {
				s.alerts = append(s.alerts, s.alert(s.now, kind, "Medium", s.who, abroad(singapore, s.foreign)))
				s.wait(5*time.Minute, 12*time.Minute)
			}
		}},
	}
}
