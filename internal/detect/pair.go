package detect

import (
	"slices"
	"strings"

	"nephoscope/internal/rules"
)

// A revision is an alert that is filed and what it has become.
type revision struct {
	before gone
	now    risen
}

// pair finds out which of the fresh alerts are what lost ones have become; the
// others are returned in their order. Alerts about the same entities belong
// together, those of the same run first. A rule that makes one alert of a run
// has the same alert in a run whatever it is about.
func pair(rule *rules.Rule, fresh []risen, lost []gone) ([]revision, []risen, []gone) {
	var pairs []revision
	alike := []func(gone, risen) bool{
		func(g gone, a risen) bool { return g.in == a.in && aboutSame(g.Alert, a.Alert) },
		func(g gone, a risen) bool { return aboutSame(g.Alert, a.Alert) },
		func(g gone, a risen) bool { return g.in == a.in && !rule.PerResult },
		func(g gone, a risen) bool { return g.in == a.in && shareEntity(g.Alert, a.Alert) },
	}
	for _, belongs := range alike {
		left := lost[:0:0]
		for _, g := range lost {
			i := slices.IndexFunc(fresh, func(a risen) bool { return belongs(g, a) })
			if i < 0 {
				left = append(left, g)
				continue
			}
			pairs = append(pairs, revision{g, fresh[i]})
			fresh = slices.Delete(slices.Clone(fresh), i, i+1)
		}
		lost = left
	}
	return pairs, fresh, lost
}

// aboutSame tells whether two alerts have the same entities.
func aboutSame(a, b *Alert) bool { return entityKeys(a) == entityKeys(b) }

// shareEntity tells whether two alerts have an entity in common.
func shareEntity(a, b *Alert) bool {
	return slices.ContainsFunc(a.Entities, func(e Entity) bool {
		return slices.ContainsFunc(b.Entities, func(o Entity) bool { return e.Key() == o.Key() })
	})
}

// entityKeys joins the keys of all entities in order.
func entityKeys(a *Alert) string {
	keys := make([]string, len(a.Entities))
	for i, e := range a.Entities {
		keys[i] = e.Key()
	}
	slices.Sort(keys)
	return strings.Join(keys, "\x00")
}
