package eventhub

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"nephoscope/internal/azure"
	"nephoscope/internal/output"
)

const login = "Endpoint=sb://example.com/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0"

func TestConfig(t *testing.T) {
	const text = `
name: siem
follow:
  - {table: AzureActivity, where: Level == "Error"}
start: earliest
batchRows: 500
connectionString: ` + login + `
transport: websocket
proxy: http://user:pass@proxy:3128
envelope: hub-profile
partitionKey: subscription
records: 50
create: true
credential: {method: cli}
`
	cfg := Default()
	if err := yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if cfg.Name != "siem" || cfg.Start != output.Earliest || cfg.Follow[0].Where != `Level == "Error"` || cfg.Transport != "websocket" || cfg.Records != 50 || cfg.MessageBytes != 200_000 || !cfg.Create {
		t.Errorf("got %+v", cfg)
	}
	target, err := cfg.Target(cfg.defaultHub())
	if err != nil || target.Hub != azure.ProfileHub || target.Host != "example.com" || target.Proxy.Host != "proxy:3128" {
		t.Errorf("got %+v, %v", target, err)
	}
	several := Default()
	if err := yaml.UnmarshalWithOptions([]byte("envelope: rows\nfollow: [{table: A}, {table: B, where: x}]"), &several, yaml.Strict()); err != nil || len(several.Follow) != 2 || several.Follow[0] != (output.Selection{Table: "A"}) {
		t.Errorf("several tables in place of the default: got %+v, %v", several.Follow, err)
	}
	if err := yaml.UnmarshalWithOptions([]byte("nope: 1"), &cfg, yaml.Strict()); err == nil {
		t.Error("an unknown field: want an error")
	}
}

func TestConfigProblems(t *testing.T) {
	if err := validWith(func(*Config) {}); err != nil {
		t.Fatalf("the case itself is wrong: %v", err)
	}
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Name = "" }, "name: is empty"},
		{func(c *Config) { c.Follow = nil }, "follow: is empty"},
		{func(c *Config) { c.Follow = append(c.Follow, c.Follow[0]) }, "follow[1].table: AzureActivity is followed twice"},
		{func(c *Config) { c.Follow[0].Table = "SecurityAlert" }, "follow[0].table: SecurityAlert does not go into envelope hub"},
		{func(c *Config) { c.Start = "now" }, `start: "now": want earliest or latest`},
		{func(c *Config) { c.BatchRows = 0 }, "batchRows: 0: want 1 to"},
		{func(c *Config) { c.BatchBytes = -1 }, "batchBytes: -1: want 1 to"},
		{func(c *Config) { c.ConnectionString = "" }, "connectionString: is empty: want it, connectionStringFile"},
		{func(c *Config) { c.ConnectionStringEnv = "X" }, "connectionStringEnv: is set beside connectionString"},
		{func(c *Config) { c.ConnectionString = "Endpoint=sb://x/;SharedAccessKey=hunter2" }, "connectionString: "},
		{func(c *Config) { c.ConnectionString, c.Namespace = "", "https://x" }, `namespace: "https://x"`},
		{func(c *Config) { c.ConnectionString, c.Namespace, c.Credential.Method = "", "x.example", "magic" }, "credential: method"},
		{func(c *Config) { c.Hub = "a b" }, `hub: "a b": want letters`},
		{func(c *Config) { c.Transport = "kafka" }, `transport: "kafka": want amqp, websocket`},
		{func(c *Config) { c.Proxy = "http://p:1" }, "proxy: is used by transport websocket only"},
		{func(c *Config) { c.Transport, c.Proxy = "websocket", "user:hunter2@" }, "proxy: is not an address"},
		{func(c *Config) { c.CustomEndpoint = "host" }, `customEndpoint: "host": want host:port`},
		{func(c *Config) { c.Envelope = "xml" }, `envelope: "xml": want hub, hub-profile, rows, lines`},
		{func(c *Config) { c.PartitionKey = "" }, "partitionKey: is empty"},
		{func(c *Config) { c.Records = 0 }, "records: 0: want 1 to"},
		{func(c *Config) { c.MessageBytes = 0 }, "messageBytes: 0: want 1 to"},
		{func(c *Config) { c.Parallel = 0 }, "parallel: 0: want 1 to"},
		{func(c *Config) { c.ConnectionString, c.Namespace, c.Envelope = "", "x.example", Rows }, "hub: is empty: envelope rows has no hub by default"},
	} {
		err := validWith(c.change)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q and no secret", err, c.want)
		}
	}
}

func validWith(change func(*Config)) error {
	cfg := Default()
	cfg.Name, cfg.ConnectionString = "x", login
	change(&cfg)
	return cfg.Validate()
}

// TestNewProblems: what shows only when secrets are read.
func TestNewProblems(t *testing.T) {
	t.Setenv("NEPHOSCOPE_TEST_EMPTY", "")
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.ConnectionString, c.ConnectionStringFile = "", "/does/not/exist" }, "connectionStringFile: "},
		{func(c *Config) { c.ConnectionString, c.ConnectionStringEnv = "", "NEPHOSCOPE_TEST_EMPTY" }, "connectionStringEnv: "},
		{func(c *Config) { c.ConnectionString, c.Hub = login+";EntityPath=a", "b" }, `hub: "b", but the connection string is for "a"`},
		{func(c *Config) { c.Envelope = Lines }, "hub: is empty, and the connection string names none"},
		{func(c *Config) { c.CAFile = "/does/not/exist" }, "caFile: "},
	} {
		cfg := Default()
		cfg.Name, cfg.ConnectionString = "x", login
		c.change(&cfg)
		if _, err := New(cfg, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
