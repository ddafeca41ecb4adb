package eventhub

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
	"nephoscope/internal/remote"
)

const (
	secret    = "c2VjcmV0IGtleQ=="
	namespace = "Endpoint=sb://Contoso.servicebus.windows.net/;SharedAccessKeyName=reader;SharedAccessKey=" + secret
)

func TestDefaultNeedsOnlyAWayIn(t *testing.T) {
	c := Default()
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "connectionString") {
		t.Errorf("got %v, want that there is no way in", err)
	}
	c.ConnectionString = namespace
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestProblemsNameTheField(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"name":                 func(c *Config) { c.Name = "" },
		"connectionString":     func(c *Config) { c.ConnectionString = "Endpoint=sb://h/;SharedAccessKey=" + secret },
		"connectionStringFile": func(c *Config) { c.ConnectionStringFile = "beside" },
		"namespace":            func(c *Config) { c.ConnectionString, c.Namespace = "", "https://contoso" },
		"credential":           func(c *Config) { c.ConnectionString, c.Namespace, c.Credential.Method = "", "n.example", "guess" },
		"hub":                  func(c *Config) { c.Hub = "a hub" },
		"consumerGroup":        func(c *Config) { c.ConsumerGroup = "" },
		"transport":            func(c *Config) { c.Transport = "carrier pigeon" },
		"format":               func(c *Config) { c.Format = "morse" },
		"startAt":              func(c *Config) { c.StartAt = "yesterday" },
		"customEndpoint":       func(c *Config) { c.CustomEndpoint = "localhost" },
		"proxy":                func(c *Config) { c.Proxy = "http://proxy:3128" },
		"prefetch":             func(c *Config) { c.Prefetch = 5001 },
		"batch.events":         func(c *Config) { c.Batch.Events = 0 },
		"batch.bytes":          func(c *Config) { c.Batch.Bytes = -1 },
		"batch.maxWait":        func(c *Config) { c.Batch.MaxWait = time.Hour },
		"memory":               func(c *Config) { c.Memory = 1 },
		"watch":                func(c *Config) { c.Watch = 0 },
		"stall":                func(c *Config) { c.Stall = time.Second },
	} {
		c := Default()
		c.ConnectionString = namespace
		change(&c)
		problems := c.Problems()
		if len(problems) != 1 || problems[0].Field != name || !strings.Contains(c.Validate().Error(), name+": ") {
			t.Errorf("%s: got %v, want one problem of that field", name, c.Validate())
		}
		if err := c.Validate(); err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func TestTargetOfAConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connection")
	if err := os.WriteFile(file, []byte("\n"+namespace+";EntityPath=logs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HUB_CONNECTION", namespace+";EntityPath=logs")
	type want struct {
		hub, name, address string
		plain              bool
	}
	for text, w := range map[string]want{
		"connectionString: " + namespace: {
			azure.ProfileHub, "eventhub:contoso.servicebus.windows.net/insights-operational-logs/$default", "contoso.servicebus.windows.net:5671", false,
		},
		"hub: Mine\nconsumerGroup: Team\ntransport: websocket\nconnectionString: " + namespace: {
			"Mine", "eventhub:contoso.servicebus.windows.net/mine/team", "contoso.servicebus.windows.net:443", false,
		},
		"connectionStringFile: " + file: {
			"logs", "eventhub:contoso.servicebus.windows.net/logs/$default", "contoso.servicebus.windows.net:5671", false,
		},
		"transport: kafka\nconnectionStringEnv: HUB_CONNECTION": {
			"logs", "eventhub:contoso.servicebus.windows.net/logs/$default", "contoso.servicebus.windows.net:9093", false,
		},
		"namespace: n.example:7000\ncustomEndpoint: 10.0.0.1:443\ncredential: {method: managed}": {
			azure.ProfileHub, "eventhub:n.example:7000/insights-operational-logs/$default", "10.0.0.1:443", false,
		},
		"connectionString: Endpoint=sb://localhost:5672/;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;": {
			azure.ProfileHub, "eventhub:localhost/insights-operational-logs/$default", "localhost:5672", true,
		},
	} {
		c := Default()
		if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		target, err := c.target()
		got := want{target.Hub, sourceName(&target), target.DialAddress(), target.Plain}
		if err != nil || got != w {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, w)
		}
	}
}

func TestTargetRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"hub": func(c *Config) { c.Hub, c.ConnectionString = "one", namespace+";EntityPath=two" },
		"transport": func(c *Config) {
			c.Transport = remote.Kafka
			c.ConnectionString = "Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=sb%3A%2F%2Fh&sig=c2ln&se=4102444800&skn=n"
		},
		"caFile":               func(c *Config) { c.CAFile = "/nowhere/ca.pem" },
		"connectionStringEnv":  func(c *Config) { c.ConnectionString, c.ConnectionStringEnv = "", "NO_SUCH_VARIABLE" },
		"connectionStringFile": func(c *Config) { c.ConnectionString, c.ConnectionStringFile = "", "/nowhere/connection" },
	} {
		c := Default()
		c.ConnectionString = namespace
		change(&c)
		_, err := New(nil, c, Options{})
		var problem *field.Error
		if !errors.As(err, &problem) || problem.Field != name {
			t.Errorf("%s: got %v, want an error of that field", name, err)
		}
	}
}
