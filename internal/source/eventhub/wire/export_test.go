package wire

import "github.com/twmb/franz-go/pkg/kgo"

// Kafka returns the settings of clients, for tests that produce.
func (t *Target) Kafka() []kgo.Opt { return t.kafka() }
