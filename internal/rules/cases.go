package rules

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
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
	Watchlists map[string][]yaml.MapSlice `yaml:"watchlists"` // by alias

	// At is the only time to evaluate the rule at; zero means all runs whose
	// windows hold rows.
	At time.Time `yaml:"at"`

	// None says that no alert is expected, as an empty list of alerts does.
	None   bool        `yaml:"none"`
	Alerts []CaseAlert `yaml:"alerts"`
	// Incidents is how many incidents the alerts make; 0 means not checked.
	Incidents int `yaml:"incidents"`

	Place Place `yaml:"-"` // in the file of cases
	files fs.FS
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

// BuiltinCases returns the cases of a built-in rule.
func BuiltinCases(rule *Rule) ([]Case, error) {
	name := strings.TrimSuffix(rule.Path, ".yaml") + ".cases.yaml"
	file, err := loadCases(builtin, name, name)
	if err != nil {
		return nil, fmt.Errorf("cases of rule %q: %w", rule.Name, err)
	}
	return file.Cases, nil
}

// loadCases reads a file of cases; shown is how it is called in errors.
func loadCases(files fs.FS, name, shown string) (*CaseFile, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	file, err := ReadCaseFile(shown, data)
	if err != nil {
		return nil, err
	}
	beside, err := fs.Sub(files, path.Dir(name))
	if err != nil {
		return nil, err
	}
	for i := range file.Cases {
		file.Cases[i].files = beside
	}
	return file, nil
}

// ReadCases reads the cases of a file; see ReadCaseFile.
func ReadCases(name string, data []byte) ([]Case, error) {
	file, err := ReadCaseFile(name, data)
	if err != nil {
		return nil, err
	}
	return file.Cases, nil
}

// Open returns the content of one of the case's Files.
func (c *Case) Open(name string) ([]byte, error) {
	if c.files == nil {
		return nil, fmt.Errorf("file %s: the cases were not read from a folder", name)
	}
	data, err := fs.ReadFile(c.files, path.Clean(name))
	if err != nil {
		return nil, fmt.Errorf("a case names a file that cannot be read, relative to the file of cases: %w", err)
	}
	return data, nil
}

// Quiet tells whether the rule must not raise any alert.
func (c *Case) Quiet() bool { return len(c.Alerts) == 0 }
