package remote

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
)

const (
	secret = "c2VjcmV0IGtleQ=="
	login  = "Endpoint=sb://Contoso.servicebus.windows.net/;SharedAccessKeyName=some;SharedAccessKey=" + secret
)

// with is a good way, changed.
func with(change func(*Way)) *Way {
	w := DefaultWay()
	w.ConnectionString = login
	change(&w)
	return &w
}

func TestProblemsOfAWay(t *testing.T) {
	if list := with(func(*Way) {}).Problems(AMQP); len(list) > 0 {
		t.Fatalf("the way itself is wrong: %v", list.Err())
	}
	for want, change := range map[string]func(*Way){
		"connectionString: is empty: want it, connectionStringFile, ": func(w *Way) { w.ConnectionString = "" },
		"connectionString: ": func(w *Way) { w.ConnectionString = "Endpoint=sb://h/;SharedAccessKey=" + secret },
		"connectionStringEnv: is set beside connectionString: want one of ": func(w *Way) { w.ConnectionStringEnv = "X" },
		"namespace: is set beside connectionString":                         func(w *Way) { w.Namespace = "n.example" },
		`namespace: "https://x": want the fully qualified name`:             func(w *Way) { w.ConnectionString, w.Namespace = "", "https://x" },
		`namespace: "n.example:x": want the fully qualified name`:           func(w *Way) { w.ConnectionString, w.Namespace = "", "n.example:x" },
		"credential: method":                         func(w *Way) { w.ConnectionString, w.Namespace, w.Credential.Method = "", "n.example", "guess" },
		`hub: "a b": want letters`:                   func(w *Way) { w.Hub = "a b" },
		`transport: "kafka": want amqp, websocket`:   func(w *Way) { w.Transport = Kafka },
		`customEndpoint: "h": want host:port`:        func(w *Way) { w.CustomEndpoint = "h" },
		`customEndpoint: "h:70000": want host:port`:  func(w *Way) { w.CustomEndpoint = "h:70000" },
		"proxy: is used by transport websocket only": func(w *Way) { w.Proxy = "http://p:1" },
		"proxy: is not an address":                   func(w *Way) { w.Transport, w.Proxy = WebSocket, secret+"@" },
	} {
		list := with(change).Problems(AMQP, WebSocket)
		if len(list) != 1 || !strings.HasPrefix(list[0].Error(), want) || strings.Contains(list[0].Error(), secret) {
			t.Errorf("got %v, want one problem %s, and no secret", list.Err(), want)
		}
	}
}

func TestTargetOfAWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connection")
	if err := os.WriteFile(file, []byte("\n"+login+";EntityPath=logs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HUB_CONNECTION", login)
	for _, c := range []struct {
		change                 func(*Way)
		hub, hostPort, dialled string
	}{
		{func(*Way) {}, "usual", "contoso.servicebus.windows.net:5671", "contoso.servicebus.windows.net:5671"},
		{func(w *Way) { w.Hub, w.Transport = "Mine", WebSocket }, "Mine", "contoso.servicebus.windows.net:443", "contoso.servicebus.windows.net:443"},
		{func(w *Way) { w.ConnectionString, w.ConnectionStringFile = "", file }, "logs", "contoso.servicebus.windows.net:5671", "contoso.servicebus.windows.net:5671"},
		{
			func(w *Way) { w.ConnectionString, w.ConnectionStringEnv, w.Transport = "", "HUB_CONNECTION", Kafka },
			"usual", "contoso.servicebus.windows.net:9093", "contoso.servicebus.windows.net:9093",
		},
		{
			func(w *Way) {
				w.ConnectionString, w.Namespace, w.CustomEndpoint = "", "N.example:7000", "10.0.0.1:443"
				w.Credential.Method = azure.MethodManaged
			},
			"usual", "n.example:7000", "10.0.0.1:443",
		},
	} {
		w := with(c.change)
		target, err := w.Target("usual")
		if err != nil || target.Hub != c.hub || target.HostPort() != c.hostPort || target.DialAddress() != c.dialled || target.Login.EntityPath != "" {
			t.Errorf("got %s at %s, dialled at %s, %v, want %+v", target.Hub, target.HostPort(), target.DialAddress(), err, c)
		}
	}
}

func TestTargetRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Way){
		"hub: is empty, and the connection string names none": func(*Way) {},
		`hub: "one", but the connection string is for "two"`:  func(w *Way) { w.Hub, w.ConnectionString = "one", login+";EntityPath=two" },
		"connectionStringFile: ":                              func(w *Way) { w.ConnectionString, w.ConnectionStringFile = "", "/nowhere/connection" },
		"connectionStringEnv: ":                               func(w *Way) { w.ConnectionString, w.ConnectionStringEnv = "", "NO_SUCH_VARIABLE" },
		"caFile: open /nowhere/ca.pem":                        func(w *Way) { w.Hub, w.CAFile = "h", "/nowhere/ca.pem" },
		"caFile: " + empty + " holds no cert":                 func(w *Way) { w.Hub, w.CAFile = "h", empty },
	} {
		_, err := with(change).Target("")
		var problem *field.Error
		if !errors.As(err, &problem) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
