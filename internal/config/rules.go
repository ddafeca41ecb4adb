package config

import (
	"fmt"
	"strconv"
	"time"
)

// Rules says which rules run, and how.
type Rules struct {
	// Builtin turns on the rules that come with the program.
	Builtin bool `yaml:"builtin"`
	// Paths are files or directories with more rules. They are watched.
	Paths []string `yaml:"paths"`
	// MaxLateness is how long after its time a row may arrive and still be
	// looked at; 0 is no bound.
	MaxLateness time.Duration `yaml:"maxLateness"`
	// Parallel is how many scheduled rules run at once, beside half as many
	// near real time rules.
	Parallel int `yaml:"parallel"`
	// MaxRows and Timeout bound a run of a rule. One that needs more fails.
	MaxRows int           `yaml:"maxRows"`
	Timeout time.Duration `yaml:"timeout"`
}

// maxParallel is more than any machine runs at once with profit.
const maxParallel = 64

func defaultRules() Rules {
	return Rules{Builtin: true, MaxLateness: 48 * time.Hour, Parallel: 4, MaxRows: 1_000_000, Timeout: 10 * time.Minute}
}

func (r *Rules) problems() (list []*FieldError) {
	add := func(field, format string, args ...any) {
		list = append(list, &FieldError{Field: "rules." + field, Problem: fmt.Sprintf(format, args...)})
	}
	for i, path := range r.Paths {
		if path == "" {
			add("paths["+strconv.Itoa(i)+"]", "is empty: want a file or a directory")
		}
	}
	if r.MaxLateness < 0 {
		add("maxLateness", "is negative: want a time such as 48h, or 0 for no bound")
	}
	if r.Parallel < 1 || r.Parallel > maxParallel {
		add("parallel", "%d: want 1 to %d", r.Parallel, maxParallel)
	}
	if r.MaxRows < 1 {
		add("maxRows", "%d: want at least 1", r.MaxRows)
	}
	if r.Timeout <= 0 {
		add("timeout", "%s: want a time such as 10m", r.Timeout)
	}
	return list
}
