package rules

import (
	"fmt"
	"path"
	"time"

	"github.com/goccy/go-yaml"
)

// Cases stand in a file beside their rule, called like it but for the ending
// .cases.yaml, or in a folder tests beside it. Each says what happened and which
// alerts the rule must raise; none given means that it must stay quiet. The
// format is described in docs/reference/rule-tests.md.

// A CaseFile is the cases of one rule.
type CaseFile struct {
	Path string
	// Rule is the id or the name of the rule; empty means the rule of the
	// file that is called like this one.
	Rule  string
	Cases []Case
}

// A Case is one story and what a rule must make of it.
type Case struct {
	Name string `yaml:"name"`

	// What is stored before the rule runs. All of it can be given at once.
	Events  []CaseEvent `yaml:"events"`  // calls to Azure in short form
	Records []any       `yaml:"records"` // objects, or texts as they arrive
	Files   []string    `yaml:"files"`   // relative to the file of cases
	// Format is the input shape of Records and Files: rest, hub, storage or
	// table; empty means that it is found out.
	Format     string                     `yaml:"format"`
	Rows       map[string][]CaseRow       `yaml:"rows"`       // by table
	Series     []CaseSeries               `yaml:"series"`     // rows that are alike
	Watchlists map[string][]yaml.MapSlice `yaml:"watchlists"` // by alias

	// At is the only time to evaluate the rule at. Without it the runs after
	// From up to To are made; if they are zero those from a day before the
	// newest row to two hours after it. What is older is a past that the rule
	// looks back on.
	At   time.Time `yaml:"at"`
	From time.Time `yaml:"from"`
	To   time.Time `yaml:"to"`

	// None says that no alert is expected, as an empty list of alerts does.
	None   bool        `yaml:"none"`
	Alerts []CaseAlert `yaml:"alerts"`
	// Incidents is how many incidents the alerts make; 0 means not checked.
	// With At it can be told at run times of the rule only.
	Incidents int `yaml:"incidents"`

	Place Place `yaml:"-"` // in the file of cases
	open  func(name string) ([]byte, error)
}

// A CaseRow is a row of a table: values by column, as YAML has them. Columns
// that are not named are empty.
type CaseRow map[string]any

// A CaseAlert is an alert that must be raised. Empty fields are not checked.
type CaseAlert struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Severity    Severity `yaml:"severity"`
	Rows        int      `yaml:"rows"`
	// Entities are all entities, each as its type and title: "account
	// ada@contoso.example".
	Entities []string `yaml:"entities"`
	// CustomDetails holds all values of the keys that are named.
	CustomDetails map[string]Texts `yaml:"customDetails"`
	Tactics       []string         `yaml:"tactics"`    // all of them
	Techniques    []string         `yaml:"techniques"` // all of them
	// Count is how many such alerts there must be; 0 means 1.
	Count int `yaml:"count"`

	Place Place `yaml:"-"` // in the file of cases
}

// Texts is one text or a list of texts; numbers and truth values count as
// their texts.
type Texts []string

// UnmarshalYAML reads a scalar or a list of scalars.
func (t *Texts) UnmarshalYAML(decode func(any) error) error {
	var v any
	if err := decode(&v); err != nil {
		return err
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	*t = nil
	for _, e := range list {
		switch e.(type) {
		case map[string]any, []any:
			return fmt.Errorf("want a text or a list of texts, not %v", e)
		}
		*t = append(*t, fmt.Sprint(e))
	}
	return nil
}

// Open returns the content of one of the case's Files.
func (c *Case) Open(name string) ([]byte, error) {
	if c.open == nil || path.IsAbs(name) {
		return nil, fmt.Errorf("file %s: want a path relative to the file of cases", name)
	}
	return c.open(name)
}

// Quiet tells whether the rule must not raise any alert.
func (c *Case) Quiet() bool { return len(c.Alerts) == 0 }
