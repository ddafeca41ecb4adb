package eventhub

import (
	"strconv"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
	"nephoscope/internal/output"
	"nephoscope/internal/output/activity"
	"nephoscope/internal/remote"
)

// Name is the type of this output in the configuration.
const Name = "eventhub"

// An Envelope is a form of the messages' bodies.
type Envelope string

// The envelopes.
const (
	// Hub and HubProfile are {"records":[...]} as Azure streams it, of
	// diagnostic settings and of log profiles. They carry AzureActivity.
	Hub        = Envelope(activity.Setting)
	HubProfile = Envelope(activity.Profile)
	// Rows is {"records":[...]} with the rows of any table as they are.
	Rows Envelope = "rows"
	// Lines is one row a line.
	Lines Envelope = "lines"
)

// Envelopes returns all envelopes in the order of the documentation.
func Envelopes() []Envelope { return []Envelope{Hub, HubProfile, Rows, Lines} }

// azure tells whether an envelope is one of Azure's own.
func (e Envelope) azure() bool { return e == Hub || e == HubProfile }

// The partition keys that are no column.
const (
	NoKey           = "none"
	SubscriptionKey = "subscription"
)

// A Config says what to publish, to which hub, and how.
type Config struct {
	output.Settings `yaml:",inline"`
	// Way leads to the hub, which is that of the envelope by default.
	remote.Way `yaml:",inline"`

	// Envelope is the form of the messages: hub, hub-profile, rows or lines.
	Envelope Envelope `yaml:"envelope"`
	// PartitionKey is none, subscription or the name of a column. Rows with
	// the same key stay in order; without one the hub spreads them, in no
	// order.
	PartitionKey string `yaml:"partitionKey"`
	// Records is how many records a message holds at most, and MessageBytes
	// how large it becomes unless one record alone is larger.
	Records      int `yaml:"records"`
	MessageBytes int `yaml:"messageBytes"`
	// Parallel is how many batches are sent at once: of different keys, or
	// any if there is none.
	Parallel int `yaml:"parallel"`
	// Create makes the hub if it is not there, which takes a policy with the
	// right Manage. Our own hub does that in any case.
	Create bool `yaml:"create"`
}

// Default returns what holds if nothing else is said.
func Default() Config {
	c := Config{
		Settings: output.DefaultSettings(), Way: remote.DefaultWay(),
		Envelope: Hub, PartitionKey: NoKey, Records: 100, MessageBytes: 200_000, Parallel: 8,
	}
	c.Follow = []output.Selection{{Table: activity.Table}}
	return c
}

// Validate returns what is wrong, one *field.Error for each field, joined, or
// nil. It reads no file and no variable.
func (c *Config) Validate() error { return c.Problems().Err() }

// Problems are what Validate joins.
func (c *Config) Problems() field.Problems {
	list := append(c.Settings.Problems(), c.Way.Problems(remote.AMQP, remote.WebSocket)...)
	list.Add("envelope", field.OneOf(c.Envelope, Envelopes()...))
	for i, f := range c.Follow {
		if c.Envelope.azure() && f.Table != activity.Table {
			list.Addf("follow["+strconv.Itoa(i)+"].table", "%s does not go into envelope %s, which is for %s: want %s or %s", f.Table, c.Envelope, activity.Table, Rows, Lines)
		}
	}
	if c.PartitionKey == "" {
		list.Addf("partitionKey", "is empty: want %s, %s or the name of a column", NoKey, SubscriptionKey)
	}
	list.Add("records", field.Between(c.Records, 1, 100_000))
	list.Add("messageBytes", field.Between(c.MessageBytes, 1, 20<<20))
	list.Add("parallel", field.Between(c.Parallel, 1, 256))
	if c.Hub == "" && !c.Envelope.azure() && c.ConnectionString == "" && c.ConnectionStringEnv == "" && c.ConnectionStringFile == "" {
		list.Addf("hub", "is empty: envelope %s has no hub by default", c.Envelope)
	}
	return list
}

// defaultHub is the hub that Azure uses for an envelope, "" for none.
func (c *Config) defaultHub() string {
	switch c.Envelope {
	case Hub:
		return azure.DiagnosticHub
	case HubProfile:
		return azure.ProfileHub
	}
	return ""
}
