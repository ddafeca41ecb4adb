package config

import (
	"errors"
	"strings"
	"testing"
)

type tap struct {
	Name string `yaml:"name"`
	Size int    `yaml:"size"`
	Hub  struct {
		Group string `yaml:"group"`
	} `yaml:"hub"`
}

func TestPartIsReadByItsType(t *testing.T) {
	c, err := Load(write(t, `
data: d
sources:
  - type: tap
    name: north
    size: 3
    hub: {group: blue}
  - {type: tap, name: south}
`))
	if err != nil {
		t.Fatal(err)
	}
	north, err := PartNamed(c.Sources, "north")
	if err != nil {
		t.Fatal(err)
	}
	got := tap{Size: 9}
	if err := north.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := tap{Name: "north", Size: 3}
	want.Hub.Group = "blue"
	if got != want || north.Type != "tap" {
		t.Errorf("got %+v of type %q, want %+v of type tap", got, north.Type, want)
	}
	got = tap{Size: 9}
	if err := c.Sources[1].Decode(&got); err != nil || got.Size != 9 {
		t.Errorf("got %+v, %v: want the default size 9 kept", got, err)
	}
	if _, err := PartNamed(c.Sources, "west"); !errors.Is(err, ErrNoPart) {
		t.Errorf("got %v, want ErrNoPart", err)
	}
}

func TestPartErrorsSayWhere(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no type":      {"sources:\n  - name: a\n", "nephoscope.yaml:2: sources[0].type: is missing"},
		"no name":      {"sources:\n  - type: tap\n", "nephoscope.yaml:2: sources[0].name: is \"\""},
		"bad name":     {"outputs:\n  - type: tap\n    name: a/b\n", "nephoscope.yaml:3: outputs[0].name: is \"a/b\""},
		"name twice":   {"sources:\n  - {type: tap, name: a}\n  - {type: tap, name: a}\n", "nephoscope.yaml:3: sources[1].name: \"a\" is the name"},
		"no mapping":   {"sources:\n  - tap\n", "want a mapping"},
		"text as name": {"sources:\n  - {type: tap, name: [a]}\n", "nephoscope.yaml:2"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(write(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	c, err := Load(write(t, "sources:\n  - type: tap\n    name: a\n    size: 3\n    sise: 4\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Sources[0].Decode(&tap{}); err == nil || !strings.Contains(err.Error(), "nephoscope.yaml:5") {
		t.Errorf("got %v, want file and line of the unknown field", err)
	}
	if err := c.Sources[0].Error(errors.New("hub: is empty")); !strings.Contains(err.Error(), "nephoscope.yaml:2: a: hub: is empty") {
		t.Errorf("got %v, want file, line, name and problem", err)
	}
}

func TestHubSection(t *testing.T) {
	c, err := Load(write(t, "data: d\nhub: {}\n"))
	if err != nil || c.Hub == nil {
		t.Fatalf("got %+v, %v: want a hub with defaults", c.Hub, err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"address":      {"hub:\n  listen:\n    - here\n", "nephoscope.yaml:3: hub.listen[0]: "},
		"lonely":       {"hub:\n  certificate: c.pem\n", "nephoscope.yaml:2: hub.certificate: and key go together"},
		"negative":     {"hub:\n  partitions: -1\n", "hub.partitions: or retention"},
		"unknown word": {"hub:\n  port: 5672\n", "nephoscope.yaml:2: unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Load(write(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}
