package amqp

import (
	"slices"
	"sort"

	"nephoscope/internal/amqp/wire"
)

// maxSent is how many deliveries of a session may wait for the peer to settle
// them.
const maxSent = 1 << 14

// sent is a delivery that the peer has not settled.
type sent struct {
	id uint32
	l  *Link
}

// forgetSent forgets the deliveries of a link that has ended. The caller holds
// mu.
func (s *session) forgetSent(l *Link) {
	s.unsettled = slices.DeleteFunc(s.unsettled, func(d sent) bool { return d.l == l })
}

// onDisposition forgets what the peer has settled. A peer that only says how
// it went, in receiver settle mode second, is told that we have settled.
func (c *Conn) onDisposition(channel uint16, d *wire.Disposition) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil || s.ended || d.Role != wire.RoleReceiver {
		return err
	}
	if !d.Settled && d.State.Outcome == wire.OutcomeNone {
		return nil
	}
	from, to := s.sentBetween(d.First, d.Last)
	if from == to {
		return nil
	}
	full := len(s.unsettled) >= maxSent
	s.unsettled = slices.Delete(s.unsettled, from, to)
	if full {
		s.wakeSenders()
	}
	if !d.Settled {
		c.emit(channel, &wire.Disposition{
			Role:    wire.RoleSender,
			First:   d.First,
			Last:    d.Last,
			Settled: true,
			State:   d.State,
		})
	}
	return nil
}

// sentBetween finds the deliveries from first to last among the unsettled
// ones. Ids go around; those that are unsettled are never far apart.
func (s *session) sentBetween(first, last uint32) (from, to int) {
	if len(s.unsettled) == 0 {
		return 0, 0
	}
	base := s.unsettled[0].id
	from = sort.Search(len(s.unsettled), func(i int) bool {
		return int32(s.unsettled[i].id-base) >= int32(first-base)
	})
	to = sort.Search(len(s.unsettled), func(i int) bool {
		return int32(s.unsettled[i].id-base) > int32(last-base)
	})
	return from, max(from, to)
}
