package eventhub

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/azure"
	"nephoscope/internal/event"
	"nephoscope/internal/field"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// Name is the type of this source in the configuration.
const Name = "eventhub"

// DefaultGroup is the consumer group that every hub has.
const DefaultGroup = "$Default"

// A Config says which hub to read and how. The way in is a connection string
// in one of three places, or else a namespace and a credential.
type Config struct {
	// Name is what people call this source; it is not part of its positions.
	Name string `yaml:"name"`

	ConnectionString     string `yaml:"connectionString"`
	ConnectionStringFile string `yaml:"connectionStringFile"`
	ConnectionStringEnv  string `yaml:"connectionStringEnv"`
	// Namespace is the fully qualified name, such as contoso.servicebus.windows.net,
	// with a port if it is not the usual one.
	Namespace  string       `yaml:"namespace"`
	Credential azure.Config `yaml:"credential"`

	// Hub is the hub's name, by default that of the connection string or else
	// azure.ProfileHub.
	Hub           string `yaml:"hub"`
	ConsumerGroup string `yaml:"consumerGroup"`
	// Transport is amqp, websocket or kafka.
	Transport wire.Transport `yaml:"transport"`
	// Proxy is the address of an HTTP proxy for websockets; without it the
	// environment's counts.
	Proxy string `yaml:"proxy"`
	// CustomEndpoint is dialled in place of the namespace: host:port.
	CustomEndpoint string `yaml:"customEndpoint"`
	// CAFile is a PEM file of certificates that are trusted in place of the
	// system's.
	CAFile string `yaml:"caFile"`

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
// bytes, or when its first event has waited that long.
type Batch struct {
	Events  int           `yaml:"events"`
	Bytes   int           `yaml:"bytes"`
	MaxWait time.Duration `yaml:"maxWait"`
}

// Default returns what holds if nothing else is said.
func Default() Config {
	return Config{
		Name: "eventhub", Credential: azure.Default(), ConsumerGroup: DefaultGroup,
		Transport: wire.AMQP, StartAt: "earliest", Format: event.FormatAuto,
		Batch:  Batch{Events: source.GoodRecords, Bytes: source.GoodBatch, MaxWait: 200 * time.Millisecond},
		Memory: 256 << 20, Watch: 30 * time.Second, Stall: 2 * time.Minute,
	}
}

// Validate returns what is wrong, one *field.Error for each field, joined, or
// nil. It reads no file and no variable.
func (c *Config) Validate() error { return c.Problems().Err() }

// Problems are what Validate joins.
func (c *Config) Problems() field.Problems {
	list := c.loginProblems()
	if c.Name == "" {
		list.Add("name", "is empty: want a name for people")
	}
	list.Add("hub", checkName(c.Hub, true))
	list.Add("consumerGroup", checkName(c.ConsumerGroup, false))
	list.Add("transport", field.OneOf(c.Transport, wire.AMQP, wire.WebSocket, wire.Kafka))
	list.Add("format", field.OneOf(c.Format, event.FormatAuto, event.FormatREST, event.FormatHub, event.FormatStorage, event.FormatTable))
	_, err := startOf(c.StartAt)
	list.Because("startAt", err)
	list.Add("customEndpoint", checkEndpoint(c.CustomEndpoint))
	list.Add("proxy", c.checkProxy())
	list.Add("prefetch", field.Between(c.Prefetch, 0, wire.MaxPrefetch))
	list.Add("batch.events", field.Between(c.Batch.Events, 1, 1_000_000))
	list.Add("batch.bytes", field.Between(c.Batch.Bytes, 1, 1<<30))
	list.Add("batch.maxWait", field.Lasting(c.Batch.MaxWait, time.Millisecond, time.Minute))
	list.Add("memory", field.Between(c.Memory, 4<<20, 64<<30))
	list.Add("watch", field.Lasting(c.Watch, time.Second, time.Hour))
	list.Add("stall", field.Lasting(c.Stall, c.Watch, 24*time.Hour))
	return list
}

// loginProblems says what is wrong with the way in.
func (c *Config) loginProblems() (list field.Problems) {
	ways := c.ways()
	switch {
	case len(ways) == 0:
		list.Addf("connectionString", "is empty: want it, connectionStringFile, connectionStringEnv, or namespace with a credential")
	case len(ways) > 1:
		list.Addf(ways[1], "is set beside %s: want one of them", ways[0])
	case ways[0] == "connectionString":
		if _, err := access.ParseConnectionString(c.ConnectionString); err != nil {
			list.Addf(ways[0], "%s", strings.TrimPrefix(err.Error(), "connection string: "))
		}
	case ways[0] == "namespace":
		if problem := checkNamespace(c.Namespace); problem != "" {
			list.Addf("namespace", "%s", problem)
		}
		if err := c.Credential.Validate(); err != nil {
			list.Addf("credential", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return list
}

// ways returns the fields that are set of those that say how to get in.
func (c *Config) ways() (set []string) {
	for _, f := range []field.Error{
		{Field: "connectionString", Problem: c.ConnectionString},
		{Field: "connectionStringFile", Problem: c.ConnectionStringFile},
		{Field: "connectionStringEnv", Problem: c.ConnectionStringEnv},
		{Field: "namespace", Problem: c.Namespace},
	} {
		if f.Problem != "" {
			set = append(set, f.Field)
		}
	}
	return set
}

// login reads the connection string from where it is; empty with a namespace.
func (c *Config) login() (string, error) {
	switch {
	case c.ConnectionStringFile != "":
		text, err := azure.Secret{File: c.ConnectionStringFile}.Read()
		return text, field.Because("connectionStringFile", err)
	case c.ConnectionStringEnv != "":
		text, err := azure.Secret{Env: c.ConnectionStringEnv}.Read()
		return text, field.Because("connectionStringEnv", err)
	}
	return strings.TrimSpace(c.ConnectionString), nil
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

// names are what hubs and consumer groups may be called.
var names = regexp.MustCompile(`^[A-Za-z0-9$][A-Za-z0-9._$-]{0,255}$`)

func checkName(name string, empty bool) string {
	if empty && name == "" || names.MatchString(name) {
		return ""
	}
	return strconv.Quote(name) + ": want letters, digits, '.', '-' and '_'"
}

func checkEndpoint(address string) string {
	if address == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
		return strconv.Quote(address) + ": want host:port"
	}
	return ""
}

func checkNamespace(name string) string {
	if host, _, ok := strings.Cut(name, ":"); !strings.Contains(name, "/") && host != "" && (!ok || checkEndpoint(name) == "") {
		return ""
	}
	return strconv.Quote(name) + ": want the fully qualified name, such as contoso.servicebus.windows.net"
}

func (c *Config) checkProxy() string {
	if c.Proxy == "" {
		return ""
	}
	if c.Transport != wire.WebSocket {
		return "is used by transport websocket only"
	}
	u, err := url.Parse(c.Proxy)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) {
		return "is not an address: want http://host:port" // it may hold a password
	}
	return ""
}
