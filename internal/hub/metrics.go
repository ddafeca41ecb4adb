package hub

import (
	"nephoscope/internal/amqp/wire"
)

// metrics put delivery annotations into events for a receiver that asked how
// far behind it is.
type metrics struct {
	section []byte    // nil if it did not ask
	parts   [3][]byte // of the message that is being sent
}

// newMetrics says where the partition stands now.
func (r *receiver) newMetrics() *metrics {
	if !r.metrics {
		return new(metrics)
	}
	state := r.part.State()
	return &metrics{section: wire.AppendSection(nil, wire.SectionDeliveryAnnotations, wire.Map{
		{Key: wire.Symbol("last_enqueued_sequence_number"), Value: state.Last},
		{Key: wire.Symbol("last_enqueued_offset"), Value: state.LastOffset},
		{Key: wire.Symbol("last_enqueued_time_utc"), Value: state.LastEnqueued},
		{Key: wire.Symbol("runtime_info_retrieval_time_utc"), Value: r.ns.Now()},
	})}
}

// with is the message in parts, with the annotations where they belong: behind
// the header.
func (m *metrics) with(message []byte) [][]byte {
	if m.section == nil {
		m.parts[0] = message
		return m.parts[:1]
	}
	head := 0
	if sections, err := wire.ParseSections(message); err == nil {
		head = len(sections.Header)
	}
	m.parts = [3][]byte{message[:head], m.section, message[head:]}
	return m.parts[:]
}
