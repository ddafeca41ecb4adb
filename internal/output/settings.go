package output

import (
	"fmt"
	"slices"
	"strconv"
)

// Settings are the fields that every output has in the configuration beside
// its own; an output's Config embeds them with the tag ",inline".
type Settings struct {
	// Name is kept with the output's cursors: another name is another output.
	Name string `yaml:"name"`
	// Follow says which tables the output gets, and which of their rows.
	Follow []Selection `yaml:"follow"`
	// Start is where it begins in a table without a cursor: earliest or
	// latest.
	Start Start `yaml:"start"`
	// BatchRows and BatchBytes bound what is delivered in one call.
	BatchRows  int64 `yaml:"batchRows"`
	BatchBytes int64 `yaml:"batchBytes"`
}

// DefaultSettings returns what holds if nothing else is said.
func DefaultSettings() Settings {
	return Settings{Start: Latest, BatchRows: DefaultRows, BatchBytes: DefaultBytes}
}

// A FieldError tells what is wrong with one field of a configuration.
type FieldError struct {
	Field   string // for example follow[0].table
	Problem string // with what is wanted, never a secret
}

// Error says where and what.
func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Problems are what is wrong with the fields; whether the tables exist and the
// conditions hold water is for New to say.
func (s *Settings) Problems() (list []*FieldError) {
	add := func(field, format string, args ...any) {
		list = append(list, &FieldError{field, fmt.Sprintf(format, args...)})
	}
	if s.Name == "" {
		add("name", "is empty: want a name, which is kept with the cursors")
	}
	if len(s.Follow) == 0 {
		add("follow", "is empty: want a list of tables, such as [{table: AzureActivity}]")
	}
	for i, f := range s.Follow {
		field := "follow[" + strconv.Itoa(i) + "].table"
		same := func(o Selection) bool { return o.Table == f.Table }
		switch {
		case f.Table == "":
			add(field, "is empty: want the name of a table")
		case slices.IndexFunc(s.Follow, same) < i:
			add(field, "%s is followed twice: want one condition that says both", f.Table)
		}
	}
	if s.Start != Earliest && s.Start != Latest {
		add("start", "%q: want %s or %s", s.Start, Earliest, Latest)
	}
	if s.BatchRows < 1 || s.BatchRows > 100_000 {
		add("batchRows", "%d: want 1 to 100000", s.BatchRows)
	}
	if s.BatchBytes < 1 || s.BatchBytes > 256<<20 {
		add("batchBytes", "%d: want 1 to %d", s.BatchBytes, 256<<20)
	}
	return list
}

// Feed returns the feed that the settings describe.
func (s *Settings) Feed(out Output) Feed {
	return Feed{Name: s.Name, Output: out, Follow: s.Follow, Start: s.Start, Rows: s.BatchRows, Bytes: s.BatchBytes}
}
