package output

import (
	"slices"
	"strconv"

	"nephoscope/internal/field"
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

// Problems are what is wrong with the fields; whether the tables exist and the
// conditions hold water is for New to say.
func (s *Settings) Problems() (list field.Problems) {
	if s.Name == "" {
		list.Add("name", "is empty: want a name, which is kept with the cursors")
	}
	if len(s.Follow) == 0 {
		list.Add("follow", "is empty: want a list of tables, such as [{table: AzureActivity}]")
	}
	for i, f := range s.Follow {
		name := "follow[" + strconv.Itoa(i) + "].table"
		same := func(o Selection) bool { return o.Table == f.Table }
		switch {
		case f.Table == "":
			list.Add(name, "is empty: want the name of a table")
		case slices.IndexFunc(s.Follow, same) < i:
			list.Addf(name, "%s is followed twice: want one condition that says both", f.Table)
		}
	}
	if s.Start != Earliest && s.Start != Latest {
		list.Addf("start", "%q: want %s or %s", s.Start, Earliest, Latest)
	}
	list.Add("batchRows", field.Between(s.BatchRows, 1, 100_000))
	list.Add("batchBytes", field.Between(s.BatchBytes, 1, 256<<20))
	return list
}

// Feed returns the feed that the settings describe.
func (s *Settings) Feed(out Output) Feed {
	return Feed{Name: s.Name, Output: out, Follow: s.Follow, Start: s.Start, Rows: s.BatchRows, Bytes: s.BatchBytes}
}
