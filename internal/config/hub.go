package config

import (
	"fmt"
	"strconv"
	"time"
)

// Hub is the embedded event hub.
type Hub struct {
	// Data is its directory, hub below the data directory if empty.
	Data string `yaml:"data"`
	// Listen are its addresses, host:port. Each speaks AMQP, AMQP over TLS and
	// AMQP over websocket, as the client wishes; without TLS on loopback only.
	Listen []string `yaml:"listen"`
	// Certificate and Key are PEM files; without them the hub makes an
	// authority of its own, whose certificates are valid for localhost and
	// Names.
	Certificate string   `yaml:"certificate"`
	Key         string   `yaml:"key"`
	Names       []string `yaml:"names"`
	// Partitions, Retention and MaxBytes (of one partition) are those of hubs
	// that are made by their first event; 0 is the hub's default.
	Partitions int           `yaml:"partitions"`
	Retention  time.Duration `yaml:"retention"`
	MaxBytes   int64         `yaml:"maxBytes"`
}

// DefaultHubListen is where the hub listens if nothing is said: on the port of
// plain AMQP, which clients use with UseDevelopmentEmulator=true.
const DefaultHubListen = "127.0.0.1:5672"

func (h *Hub) problems() []*FieldError {
	var list []*FieldError
	add := func(field, format string, args ...any) {
		list = append(list, &FieldError{Field: "hub." + field, Problem: fmt.Sprintf(format, args...)})
	}
	for i, address := range h.Listen {
		if problem := checkAddress(address); problem != "" {
			add("listen["+strconv.Itoa(i)+"]", "%s", problem)
		}
	}
	if (h.Certificate == "") != (h.Key == "") {
		add("certificate", "and key go together: want both files or neither")
	}
	if h.Partitions < 0 || h.Retention < 0 || h.MaxBytes < 0 {
		add("partitions", "or retention or maxBytes is negative: want a number, or 0 for the default")
	}
	return list
}
