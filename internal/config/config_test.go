package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nephoscope.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadOverDefaults(t *testing.T) {
	path := write(t, `
data: store
listen: "[::1]:9000"
tables: [/etc/tables, mine.yaml]
rules:
  paths: [rules]
retention:
  AzureActivity: 400
`)
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	rules := defaultRules()
	rules.Paths = []string{filepath.Join(dir, "rules")}
	want := Config{
		Data: filepath.Join(dir, "store"), Listen: "[::1]:9000",
		Tables:    []string{"/etc/tables", filepath.Join(dir, "mine.yaml")},
		Rules:     rules,
		Query:     Default().Query,
		Retention: map[string]int{"AzureActivity": 400},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration differs (-want +got):\n%s", diff)
	}
}

func TestErrorsNameLineFieldAndRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		want []string
	}{
		"unknown field":  {"data: d\nlisten: 127.0.0.1:1\nlissten: x\n", 3, []string{"lissten"}},
		"wrong type":     {"data: d\nretention:\n  A: many\n", 3, []string{"many"}},
		"syntax":         {"data: [\n", 1, nil},
		"no port":        {"data: d\n\nlisten: localhost\n", 3, []string{"listen", "host:port"}},
		"port too large": {"listen: 127.0.0.1:70000\n", 1, []string{"listen", "0 to 65535"}},
		"retention":      {"retention:\n  AzureActivity: 90\n  SecurityAlert: 0\n", 3, []string{"retention.SecurityAlert", "1 to 4383"}},
		"empty path":     {"rules:\n  paths:\n    - a\n    - ''\n", 4, []string{"rules.paths[1]", "file or a directory"}},
		"lateness":       {"rules:\n  builtin: true\n  maxLateness: -1h\n", 3, []string{"rules.maxLateness", "48h"}},
		"parallel rules": {"rules:\n  parallel: 0\n", 2, []string{"rules.parallel", "1 to 64"}},
		"rows of a run":  {"rules:\n  maxRows: -5\n", 2, []string{"rules.maxRows", "at least 1"}},
		"time of a run":  {"rules:\n  timeout: 0s\n", 2, []string{"rules.timeout", "10m"}},
		"empty data":     {"data: ''\n", 1, []string{"data", "directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, c.text))
			var field *FieldError
			if !errors.As(err, &field) {
				t.Fatalf("got %v, want a *FieldError", err)
			}
			if field.Line != c.line {
				t.Errorf("got line %d, want %d: %v", field.Line, c.line, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestEveryProblemIsReported(t *testing.T) {
	c := Config{Listen: "nowhere", Retention: map[string]int{"A": -1}}
	err := c.Validate()
	for _, want := range []string{"data", "listen", "retention.A"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
}

func TestDefaultIsValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDataDir(t *testing.T) {
	t.Setenv("NEPHOSCOPE_DATA", "/srv/n")
	if got := DataDir(); got != "/srv/n" {
		t.Errorf("got %q, want /srv/n", got)
	}
	t.Setenv("NEPHOSCOPE_DATA", "")
	t.Setenv("XDG_DATA_HOME", "/x")
	if got, want := DataDir(), filepath.Join("/x", "nephoscope"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want os.ErrNotExist", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "data: d\n", "listen: 1\nretention: {A: 3}\n", "rules:\n  paths: [a, '']\n", "a: [", "tables: &x [*x]\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse("f.yaml", []byte(text))
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("what parse took is not valid: %v", err)
		}
	})
}
