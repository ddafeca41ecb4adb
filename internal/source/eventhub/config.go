package eventhub

import (
	"errors"
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
	"nephoscope/internal/hub/access"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// The hubs that Azure Monitor makes by itself, with the first event.
const (
	OperationalLogs = "insights-operational-logs" // of a log profile
	ActivityLogs    = "insights-activity-logs"    // of a diagnostic setting
)

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
	// OperationalLogs.
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
// bytes, or when it is that long since the one before and there is anything.
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
		Batch:  Batch{Events: source.GoodRecords, Bytes: 4 << 20, MaxWait: 200 * time.Millisecond},
		Memory: 256 << 20, Watch: 30 * time.Second, Stall: 2 * time.Minute,
	}
}

// A FieldError tells what is wrong with one field of a Config.
type FieldError struct {
	Field   string // for example batch.maxWait
	Problem string // with what is wanted, never a secret
}

// Error says where and what.
func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Validate returns what is wrong, one *FieldError for each field, joined, or
// nil. It reads no file and no variable.
func (c *Config) Validate() error {
	var list []error
	for _, p := range c.Problems() {
		list = append(list, p)
	}
	return errors.Join(list...)
}

// Problems are what Validate joins.
func (c *Config) Problems() []*FieldError {
	list := c.loginProblems()
	add := func(field, problem string) {
		if problem != "" {
			list = append(list, &FieldError{field, problem})
		}
	}
	if c.Name == "" {
		add("name", "is empty: want a name for people")
	}
	add("hub", checkName(c.Hub, true))
	add("consumerGroup", checkName(c.ConsumerGroup, false))
	add("transport", oneOf(string(c.Transport), string(wire.AMQP), string(wire.WebSocket), string(wire.Kafka)))
	add("format", oneOf(string(c.Format), string(event.FormatAuto), string(event.FormatREST), string(event.FormatHub), string(event.FormatStorage), string(event.FormatTable)))
	if _, err := startOf(c.StartAt); err != nil {
		add("startAt", err.Error())
	}
	add("customEndpoint", checkEndpoint(c.CustomEndpoint))
	add("proxy", c.checkProxy())
	add("prefetch", between(c.Prefetch, 0, wire.MaxPrefetch))
	add("batch.events", between(c.Batch.Events, 1, 1_000_000))
	add("batch.bytes", between(c.Batch.Bytes, 1, 1<<30))
	add("batch.maxWait", longer(c.Batch.MaxWait, time.Millisecond, time.Minute))
	add("memory", between(c.Memory, 4<<20, 64<<30))
	add("watch", longer(c.Watch, time.Second, time.Hour))
	add("stall", longer(c.Stall, c.Watch, 24*time.Hour))
	return list
}

// loginProblems says what is wrong with the way in.
func (c *Config) loginProblems() (list []*FieldError) {
	add := func(field, format string, args ...any) {
		list = append(list, &FieldError{field, fmt.Sprintf(format, args...)})
	}
	ways := c.ways()
	switch {
	case len(ways) == 0:
		add("connectionString", "is empty: want it, connectionStringFile, connectionStringEnv, or namespace with a credential")
	case len(ways) > 1:
		add(ways[1], "is set beside %s: want one of them", ways[0])
	case ways[0] == "connectionString":
		if _, err := access.ParseConnectionString(c.ConnectionString); err != nil {
			add(ways[0], "%s", strings.TrimPrefix(err.Error(), "connection string: "))
		}
	case ways[0] == "namespace":
		if problem := checkNamespace(c.Namespace); problem != "" {
			add("namespace", "%s", problem)
		}
		if err := c.Credential.Validate(); err != nil {
			add("credential", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return list
}

// ways returns the fields that are set of those that say how to get in.
func (c *Config) ways() (set []string) {
	for _, f := range []FieldError{
		{"connectionString", c.ConnectionString},
		{"connectionStringFile", c.ConnectionStringFile},
		{"connectionStringEnv", c.ConnectionStringEnv},
		{"namespace", c.Namespace},
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
		return text, wrapField("connectionStringFile", err)
	case c.ConnectionStringEnv != "":
		text, err := azure.Secret{Env: c.ConnectionStringEnv}.Read()
		return text, wrapField("connectionStringEnv", err)
	}
	return strings.TrimSpace(c.ConnectionString), nil
}

func wrapField(field string, err error) error {
	if err == nil {
		return nil
	}
	return &FieldError{field, err.Error()}
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

func oneOf(word string, words ...string) string {
	if slices.Contains(words, word) {
		return ""
	}
	return strconv.Quote(word) + ": want " + strings.Join(words, ", ")
}

func between(n, least, most int) string {
	if n >= least && n <= most {
		return ""
	}
	return fmt.Sprintf("%d: want %d to %d", n, least, most)
}

func longer(d, least, most time.Duration) string {
	if d >= least && d <= most {
		return ""
	}
	return fmt.Sprintf("%s: want %s to %s", d, least, most)
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
