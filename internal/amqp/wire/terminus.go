package wire

// A Terminus is one end of a link, a source or a target (spec sections 3.5.3
// and 3.5.4). A target has no DistributionMode, Filter, DefaultOutcome and
// Outcomes.
type Terminus struct {
	Address      string
	Durable      uint32
	ExpiryPolicy Symbol
	Timeout      uint32 // seconds
	Dynamic      bool
	// DynamicProperties are those of the node that Dynamic asks for.
	DynamicProperties Map
	DistributionMode  Symbol
	// Filter maps names to what is usually a Described value.
	Filter         Map
	DefaultOutcome any
	Outcomes       []Symbol
	Capabilities   []Symbol
	// Coordinator is set for the target of a transaction controller, which
	// has no other field here.
	Coordinator bool
}
