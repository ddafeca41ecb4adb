package hub

import "nephoscope/internal/hub/space"

// Stats are what a namespace holds and does at one moment.
type Stats struct {
	Connections int `json:"connections"`
	Links       int `json:"links"` // publishers and receivers
	// Refused counts what clients were refused, by condition, since the
	// namespace was opened: links, deliveries, and links that were ended.
	Refused map[string]int64 `json:"refused"`
	Hubs    []space.HubStats `json:"hubs"`
}

// Stats takes a look.
func (ns *Namespace) Stats() Stats {
	s := Stats{Connections: ns.door.Conns(), Refused: ns.refused.all(), Hubs: ns.Space.Stats()}
	for _, p := range ns.peers.list() {
		s.Links += len(p.held())
	}
	return s
}
