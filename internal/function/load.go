package function

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// parserYAML is a file of the public rule repository in both of its forms: a
// saved function, and a parser of the normalised schemas (ASIM).
type parserYAML struct {
	Function struct {
		Title   string `yaml:"Title"`
		Version string `yaml:"Version"`
	} `yaml:"Function"`
	Category           string `yaml:"Category"`
	Description        string `yaml:"Description"`
	FunctionName       string `yaml:"FunctionName"`
	FunctionAlias      string `yaml:"FunctionAlias"`
	FunctionParameters string `yaml:"FunctionParameters"`
	FunctionQuery      string `yaml:"FunctionQuery"`

	Parser struct {
		Title   string `yaml:"Title"`
		Version string `yaml:"Version"`
	} `yaml:"Parser"`
	ParserName   string `yaml:"ParserName"`
	BuiltIn      string `yaml:"EquivalentBuiltInParser"`
	ParserQuery  string `yaml:"ParserQuery"`
	ParserParams []struct {
		Name    string `yaml:"Name"`
		Type    string `yaml:"Type"`
		Default any    `yaml:"Default"`
	} `yaml:"ParserParams"`
}

// A Problem is a file that could not be read.
type Problem struct {
	Path string
	Err  error
}

// Error says which file and why.
func (p Problem) Error() string { return p.Path + ": " + p.Err.Error() }

// maxFile bounds a file of a function.
const maxFile = 1 << 20

// Load reads the functions of files and, at any depth, of folders, in order of
// their paths. In folders, YAML files that hold no function are passed over.
// What is wrong with a file is a problem and does not keep others from being
// read; the error is about access to the paths themselves.
func Load(paths ...string) ([]*Function, []Problem, error) {
	var list []*Function
	var problems []Problem
	add := func(path string, named bool) {
		found, err := read(path)
		switch {
		case err == nil && len(found) == 0 && named:
			problems = append(problems, Problem{path, errors.New("there is no function in it: want FunctionName and FunctionQuery, or ParserName and ParserQuery")})
		case err != nil:
			problems = append(problems, Problem{path, err})
		}
		list = append(list, found...)
	}
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			ext := strings.ToLower(filepath.Ext(path))
			if entry.Type().IsRegular() && (path == root || ext == ".yaml" || ext == ".yml") {
				add(path, path == root)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("load functions: %w", err)
		}
	}
	return list, problems, nil
}

// read reads a file; one that holds no function gives none.
func read(path string) ([]*Function, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := Read(text)
	for _, f := range list {
		f.Source = path
	}
	return list, err
}

// Read reads the functions of a YAML file of the public rule repository: none if
// it holds none, two if one has a second name, and checks them.
func Read(text []byte) ([]*Function, error) {
	var y parserYAML
	if err := yaml.Unmarshal(text, &y); err != nil {
		if !strings.Contains(string(text), "FunctionQuery:") && !strings.Contains(string(text), "ParserQuery:") {
			return nil, nil // some other file
		}
		return nil, errors.New(yaml.FormatError(err, false, false))
	}
	f, names := y.function()
	if f == nil {
		return nil, nil
	}
	var list []*Function
	for _, name := range names {
		named := *f
		named.Name = name
		if _, err := named.parse(); err != nil {
			return nil, err
		}
		list = append(list, &named)
	}
	if len(list) == 0 {
		return nil, errors.New("the function has no name: want FunctionName or ParserName")
	}
	return list, nil
}

// function is what a file says, with all names that queries call it by.
func (y *parserYAML) function() (*Function, []string) {
	f := &Function{Category: y.Category, Description: strings.TrimSpace(y.Description)}
	var names []string
	switch {
	case y.FunctionQuery != "":
		f.Title, f.Version, f.Body, f.Parameters = y.Function.Title, y.Function.Version, y.FunctionQuery, y.FunctionParameters
		names = []string{y.FunctionAlias, y.FunctionName}
	case y.ParserQuery != "":
		f.Title, f.Version, f.Body, f.Parameters = y.Parser.Title, y.Parser.Version, y.ParserQuery, y.parameters()
		names = []string{y.ParserName, y.BuiltIn}
	default:
		return nil, nil
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	slices.Sort(names)
	return f, slices.Compact(names)
}

// parameters writes the parameters as KQL does. The default of a text stands
// without quotes in the file, other defaults as they are.
func (y *parserYAML) parameters() string {
	list := make([]string, len(y.ParserParams))
	for i, p := range y.ParserParams {
		list[i] = p.Name + ":" + p.Type
		if p.Default == nil {
			continue
		}
		value := fmt.Sprint(p.Default)
		if p.Type == "string" && !strings.HasPrefix(value, `"`) && !strings.HasPrefix(value, "'") {
			value = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
		}
		list[i] += "=" + value
	}
	return strings.Join(list, ", ")
}
