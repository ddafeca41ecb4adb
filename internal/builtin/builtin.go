// Package builtin is the list of what can be plugged in: sources and outputs.
// To add one, write its folder and add one line here.
package builtin

import (
	"fmt"
	"log/slog"
	"strings"

	"nephoscope/internal/config"
	"nephoscope/internal/output"
	hubout "nephoscope/internal/output/eventhub"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/file"
)

// A Connector is a kind of source.
type Connector struct {
	Name string // its type in configurations
	Doc  string
	// Use says how it is used from the command line.
	Use string
	// Open makes a source of this kind as a configuration describes it; nil
	// for a kind that has a command of its own.
	Open func(p *config.Part, n Needs) (source.Source, error)
}

// Needs are what sources are opened with.
type Needs struct {
	// Ledger keeps where the sources stand, and who reads what.
	Ledger lease.Ledger
	// Owner names this process to those that read the same hub.
	Owner  string
	Logger *slog.Logger
}

// A Receiver is a kind of output.
type Receiver struct {
	Name string // its type in configurations
	Doc  string
	// Open makes an output of this kind as a configuration describes it.
	Open func(p *config.Part, log *slog.Logger) (output.Feed, error)
}

// Receivers returns the outputs there are, in order of name.
func Receivers() []Receiver {
	return []Receiver{
		{Name: hubout.Name, Doc: "Event hubs: Azure's, and the one in this program", Open: openHubOutput},
	}
}

// OpenOutput makes the output that an entry of a configuration describes.
func OpenOutput(p *config.Part, log *slog.Logger) (output.Feed, error) {
	var types []string
	for _, r := range Receivers() {
		if r.Name == p.Type {
			return r.Open(p, log)
		}
		types = append(types, r.Name)
	}
	return output.Feed{}, p.Error(fmt.Errorf("type %q: want one of %s", p.Type, strings.Join(types, ", ")))
}

func openHubOutput(p *config.Part, log *slog.Logger) (output.Feed, error) {
	cfg := hubout.Default()
	if err := p.Decode(&cfg); err != nil {
		return output.Feed{}, err
	}
	out, err := hubout.New(cfg, hubout.Options{Logger: log})
	if err != nil {
		return output.Feed{}, p.Error(err)
	}
	return cfg.Feed(out), nil
}

// Connectors returns the sources there are, in order of name.
func Connectors() []Connector {
	return []Connector{
		{Name: eventhub.Name, Doc: "Event hubs: Azure's, and the one in this program", Use: "nephoscope serve --config FILE", Open: openEventHub},
		{Name: file.Name, Doc: "Files, directories and standard input: exports, blobs, recordings", Use: "nephoscope ingest PATH..."},
	}
}

// OpenSource makes the source that an entry of a configuration describes.
func OpenSource(p *config.Part, n Needs) (source.Source, error) {
	var types []string
	for _, c := range Connectors() {
		switch {
		case c.Open == nil:
		case c.Name == p.Type:
			return c.Open(p, n)
		default:
			types = append(types, c.Name)
		}
	}
	return nil, p.Error(fmt.Errorf("type %q: want one of %s", p.Type, strings.Join(types, ", ")))
}

// EventHub reads the entry of a hub.
func EventHub(p *config.Part) (eventhub.Config, error) {
	cfg := eventhub.Default()
	if err := p.Decode(&cfg); err != nil {
		return cfg, err
	}
	if err := cfg.Validate(); err != nil {
		return cfg, p.Error(err)
	}
	return cfg, nil
}

func openEventHub(p *config.Part, n Needs) (source.Source, error) {
	cfg, err := EventHub(p)
	if err != nil {
		return nil, err
	}
	opt := eventhub.Options{Logger: n.Logger}
	if cfg.Shared {
		opt.Owners = func(name string) lease.Owners {
			return lease.New(n.Ledger, name, lease.Options{Owner: n.Owner + "/" + cfg.Name, Logger: n.Logger})
		}
	}
	src, err := eventhub.New(n.Ledger, cfg, opt)
	if err != nil {
		return nil, p.Error(err)
	}
	return src, nil
}
