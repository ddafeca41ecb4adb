package eventhub

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/field"
	"nephoscope/internal/remote"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// Name is the type of this source in the configuration.
const Name = "eventhub"

// DefaultGroup is the consumer group that every hub has.
const DefaultGroup = "$Default"

// A Config says which hub to read and how.
type Config struct {
	// Name is what people call this source; it is not part of its positions.
	Name string `yaml:"name"`

	// Way leads to the hub, which is azure.ProfileHub by default.
	remote.Way    `yaml:",inline"`
	ConsumerGroup string `yaml:"consumerGroup"`

	// StartAt is where to begin in a partition that has no position yet:
	// earliest, latest or a time as in RFC 3339.
	StartAt string `yaml:"startAt"`
	// Format forces a format on the messages' bodies; auto looks at them.
	Format event.Format `yaml:"format"`
	// Prefetch is how many events are asked for ahead; 0 is 1000.
	Prefetch int   `yaml:"prefetch"`
	Batch    Batch `yaml:"batch"`
	// Shared takes part in sharing the hub with other readers of the same
	// group that keep their leases in the same store. Such a reader has an
	// epoch: it takes a partition from any that has not.
	Shared bool `yaml:"shared"`
	// Memory is how many bytes of events the source holds at most, over all
	// partitions.
	Memory int `yaml:"memory"`
	// Watch is how often the hub is asked how far it is; Stall is how long a
	// partition may get nothing, although there is something, before it is
	// restarted.
	Watch time.Duration `yaml:"watch"`
	Stall time.Duration `yaml:"stall"`
}

// A Batch says when a batch is delivered: when it has that many events or
// bytes, or when it is that long since the one before and there is anything.
type Batch struct {
	Events  int           `yaml:"events"`
	Bytes   int           `yaml:"bytes"`
	MaxWait time.Duration `yaml:"maxWait"`
}

// Default returns what holds if nothing else is said.
func Default() Config {
	return Config{
		Name: "eventhub", Way: remote.DefaultWay(), ConsumerGroup: DefaultGroup, StartAt: "earliest", Format: event.FormatAuto,
		Batch:  Batch{Events: source.GoodRecords, Bytes: 4 << 20, MaxWait: 200 * time.Millisecond},
		Memory: 256 << 20, Watch: 30 * time.Second, Stall: 2 * time.Minute,
	}
}

// Validate returns what is wrong, one *field.Error for each field, joined, or
// nil. It reads no file and no variable.
func (c *Config) Validate() error { return c.Problems().Err() }

// Problems are what Validate joins.
func (c *Config) Problems() field.Problems {
	list := c.Way.Problems(remote.AMQP, remote.WebSocket, remote.Kafka)
	if c.Name == "" {
		list.Add("name", "is empty: want a name for people")
	}
	list.Add("consumerGroup", checkGroup(c.ConsumerGroup))
	list.Add("format", field.OneOf(c.Format, event.FormatAuto, event.FormatREST, event.FormatHub, event.FormatStorage, event.FormatTable))
	_, err := startOf(c.StartAt)
	list.Because("startAt", err)
	list.Add("prefetch", field.Between(c.Prefetch, 0, wire.MaxPrefetch))
	list.Add("batch.events", field.Between(c.Batch.Events, 1, 1_000_000))
	list.Add("batch.bytes", field.Between(c.Batch.Bytes, 1, 1<<30))
	list.Add("batch.maxWait", field.Lasting(c.Batch.MaxWait, time.Millisecond, time.Minute))
	list.Add("memory", field.Between(c.Memory, 4<<20, 64<<30))
	list.Add("watch", field.Lasting(c.Watch, time.Second, time.Hour))
	list.Add("stall", field.Lasting(c.Stall, c.Watch, 24*time.Hour))
	return list
}

// startOf reads StartAt.
func startOf(text string) (wire.Start, error) {
	switch text {
	case "", "earliest":
		return wire.Start{}, nil
	case "latest":
		return wire.Start{Latest: true}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return wire.Start{}, fmt.Errorf("%q: want earliest, latest or a time such as 2026-01-31T08:00:00Z", text)
	}
	return wire.Start{At: at}, nil
}

// groups are what consumer groups may be called.
var groups = regexp.MustCompile(`^[A-Za-z0-9$][A-Za-z0-9._$-]{0,255}$`)

func checkGroup(name string) string {
	if groups.MatchString(name) {
		return ""
	}
	return strconv.Quote(name) + ": want letters, digits, '.', '-' and '_'"
}
