package eventhub

import (
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// An operation is what was tried when the hub refused: the same word of the
// hub means another thing then.
type operation int

const (
	opList operation = iota // read what the hub and its partitions hold
	opRead                  // read events
)

// remedied adds to an error of the hub what would help.
func remedied(err error, op operation) error {
	if hint := hintFor(wire.KindOf(err), op); hint != "" {
		return source.Remedy(err, hint)
	}
	return err
}

func hintFor(kind wire.Kind, op operation) string {
	switch {
	case kind == wire.NotFound && op == opList:
		return "Azure creates the hub with the first event; if events should be there, check the names of hub and namespace"
	case kind == wire.NotFound:
		return "create the consumer group, or name one that exists"
	case kind == wire.Unauthorized && op == opList:
		return "check key and policy of the connection string, or the role of the identity (Azure Event Hubs Data Receiver)"
	case kind == wire.Unauthorized:
		return "give the policy the Listen right, or the identity the role Azure Event Hubs Data Receiver"
	case kind == wire.Stolen:
		return "give each application a consumer group of its own"
	case kind == wire.Crowded:
		return "five readers have this consumer group: create one for nephoscope"
	case kind == wire.Disabled:
		return "enable the hub in the Azure portal: its status must be Active"
	case kind == wire.Busy:
		return "the namespace is at its limit: it is tried again; more throughput units help"
	}
	return ""
}
