// Package builtin is the list of what can be plugged in: sources now, outputs
// later. To add one, write its folder and add one line here.
package builtin

import "nephoscope/internal/source/file"

// A Connector is a source as people see it in lists.
type Connector struct {
	Name string
	Doc  string
	// Use says how it is used from the command line.
	Use string
}

// Connectors returns the sources there are, in order of name.
func Connectors() []Connector {
	return []Connector{
		{Name: file.Name, Doc: "Files, directories and standard input: exports, blobs, recordings", Use: "nephoscope ingest PATH..."},
	}
}
