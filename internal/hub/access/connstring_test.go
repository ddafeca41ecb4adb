package access

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseConnectionString(t *testing.T) {
	for _, c := range []struct {
		text    string
		want    ConnectionString
		address string
		source  string
	}{
		{
			"Endpoint=sb://ns.example.com/;SharedAccessKeyName=Root;SharedAccessKey=a+b/c==",
			ConnectionString{Host: "ns.example.com", KeyName: "Root", Key: "a+b/c=="},
			"ns.example.com:5671", "sb://ns.example.com/",
		},
		{
			" endpoint = SB://localhost:9671 ; SHAREDACCESSKEY=k= ; sharedaccesskeyname=n ; entitypath=logs ; ",
			ConnectionString{Host: "localhost", Port: 9671, KeyName: "n", Key: "k=", EntityPath: "logs"},
			"localhost:9671", "sb://localhost:9671/logs",
		},
		{
			"Endpoint=sb://localhost;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true;",
			ConnectionString{Host: "localhost", KeyName: "n", Key: "k", Emulator: true},
			"localhost:5672", "sb://localhost/",
		},
		{
			"Endpoint=sb://[::1]:5672/;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=False",
			ConnectionString{Host: "::1", Port: 5672, KeyName: "n", Key: "k"},
			"[::1]:5672", "sb://[::1]:5672/",
		},
		{
			"EntityPath=logs;SharedAccessSignature=SharedAccessSignature sr=a&sig=b%3d&se=1&skn=c;Endpoint=sb://h/",
			ConnectionString{Host: "h", Signature: "SharedAccessSignature sr=a&sig=b%3d&se=1&skn=c", EntityPath: "logs"},
			"h:5671", "sb://h/logs",
		},
	} {
		got, err := ParseConnectionString(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v, want %v", c.text, got, err, c.want)
			continue
		}
		if got.Address() != c.address || got.Resource() != c.source {
			t.Errorf("%s: got address %s and resource %s, want %s and %s", c.text, got.Address(), got.Resource(), c.address, c.source)
		}
		if back, err := ParseConnectionString(got.Text()); err != nil || back != got {
			t.Errorf("%s: its text gives %v, %v", c.text, back, err)
		}
	}
}

func TestParseConnectionStringErrors(t *testing.T) {
	const rest = ";SharedAccessKeyName=n;SharedAccessKey=secret"
	for _, c := range []struct{ name, text, part, problem string }{
		{"empty", "", "", "it is empty"},
		{"only separators", " ; ;", "", "it is empty"},
		{"no Endpoint", rest, "Endpoint", "is missing"},
		{"no key name", "Endpoint=sb://h/;SharedAccessKey=secret", "SharedAccessKeyName", "is missing"},
		{"no key", "Endpoint=sb://h/;SharedAccessKeyName=n", "SharedAccessKey", "is missing"},
		{"neither", "Endpoint=sb://h/", "SharedAccessKeyName", "so is SharedAccessKey"},
		{"empty key", "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=", "SharedAccessKey", "is empty"},
		{"twice", "Endpoint=sb://h/" + rest + ";sharedaccesskey=secret", "SharedAccessKey", "twice"},
		{"both ways", "Endpoint=sb://h/" + rest + ";SharedAccessSignature=SharedAccessSignature secret", "SharedAccessSignature", "beside"},
		{"bad signature", "Endpoint=sb://h/;SharedAccessSignature=secret", "SharedAccessSignature", "does not begin"},
		{"unknown name", "Endpoint=sb://h/;Transport=Amqp" + rest, "", `unknown name "Transport"`},
		{"a key in place of a name", "Endpoint=sb://h/;secret0/+=" + rest, "", "unknown name (not shown)"},
		{"no equals sign", "Endpoint=sb://h/;secret", "", "part 2 has no '='"},
		{"other scheme", "Endpoint=https://h/" + rest, "Endpoint", "sb://"},
		{"no scheme", "Endpoint=h" + rest, "Endpoint", "sb://"},
		{"no host", "Endpoint=sb://" + rest, "Endpoint", "host name"},
		{"bad host", "Endpoint=sb://a b/" + rest, "Endpoint", "host name"},
		{"bad address", "Endpoint=sb://[::g]/" + rest, "Endpoint", "host name"},
		{"bad port", "Endpoint=sb://h:0/" + rest, "Endpoint", "port"},
		{"huge port", "Endpoint=sb://h:65536/" + rest, "Endpoint", "port"},
		{"path", "Endpoint=sb://h/logs" + rest, "Endpoint", "EntityPath"},
		{"semicolon forgotten", "Endpoint=sb://h/ SharedAccessKey=secret;SharedAccessKeyName=n;SharedAccessKey=secret", "Endpoint", "(not shown)"},
		{"bad flag", "Endpoint=sb://h/" + rest + ";UseDevelopmentEmulator=yes", "UseDevelopmentEmulator", "true nor false"},
	} {
		_, err := ParseConnectionString(c.text)
		var e *ConnectionStringError
		switch {
		case !errors.As(err, &e) || e.Part != c.part || !strings.Contains(err.Error(), c.problem):
			t.Errorf("%s: got %v, want part %q and %q", c.name, err, c.part, c.problem)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: the key shows in %v", c.name, err)
		}
	}
}

func TestConnectionStringHidesTheKey(t *testing.T) {
	for _, c := range []ConnectionString{
		{Host: "h", KeyName: "name", Key: "secret", EntityPath: "logs", Emulator: true},
		{Host: "h", Signature: "SharedAccessSignature secret", EntityPath: "logs"},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("connection", "to", c)
		for _, text := range []string{c.String(), fmt.Sprintf("%v %+v %#v", c, &c, c), log.String()} {
			if strings.Contains(text, "secret") || !strings.Contains(text, "EntityPath=logs") {
				t.Errorf("got %q", text)
			}
		}
		if !strings.Contains(c.Text(), "secret") {
			t.Errorf("Text hides the key: %q", c.Text())
		}
	}
}

func FuzzParseConnectionString(f *testing.F) {
	f.Add("Endpoint=sb://ns.example.com:5671/;SharedAccessKeyName=Root;SharedAccessKey=a+b/c==;EntityPath=logs;UseDevelopmentEmulator=true")
	f.Add("SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1&skn=c;Endpoint=sb://[::1]/")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConnectionString(text)
		if err != nil {
			if e := (*ConnectionStringError)(nil); !errors.As(err, &e) {
				t.Errorf("got %T", err)
			}
			return
		}
		if back, err := ParseConnectionString(c.Text()); err != nil || back != c {
			t.Errorf("%q: its text gives %v, %v", text, back, err)
		}
	})
}
