package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Set is the rules of some files, with what is wrong in those files.
type Set struct {
	// Rules are those that can run: of a supported kind, without an error,
	// and each id once.
	Rules    []*Rule
	Findings []Finding // of reading; Lint finds more
	// Files counts those that were looked at, Passed those of them that hold
	// no rule.
	Files, Passed int

	all     []*Rule
	foreign []File // of the loader's other form
}

// A File is a file with its name for findings.
type File struct {
	Path string
	Data []byte
}

// All returns the rules that can run and the others, as far as they were read.
func (s *Set) All() []*Rule { return s.all }

// Queries returns those of Rules that carry a query.
func (s *Set) Queries() []*Rule {
	var list []*Rule
	for _, r := range s.Rules {
		if r.Kind.Queried() {
			list = append(list, r)
		}
	}
	return list
}

//go:embed builtin/*.yaml
var builtin embed.FS

// Builtin returns the rules that ship with the product.
func Builtin() (*Set, error) {
	s := &Set{}
	err := Loader{}.walk(s, builtin, "builtin", "builtin")
	s.choose()
	return s, err
}

// Load reads rules from files and folders; see Loader.
func Load(paths ...string) (*Set, error) { return Loader{}.Load(paths...) }

// A Loader reads rules from files and folders: templates from .yaml and .yml,
// resources of the API from .json. Folders are searched at any depth, but for
// those whose name begins with a dot. Files in folders that hold no rule, as
// most of a clone of the public repository, are counted and passed over; files
// of cases (.cases.yaml) are not even counted.
type Loader struct {
	// Foreign tells whether a YAML file is of another form, such as Sigma, and
	// Convert makes rules of all such files together, which may refer to each
	// other. Nil for no other form.
	Foreign func(data []byte) bool
	Convert func(files []File) ([]*Rule, []Finding)
}

// Load reads the files at and below paths. The error is about access to files;
// what is wrong inside them becomes findings.
func (l Loader) Load(paths ...string) (*Set, error) {
	s := &Set{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("load rules: %w", err)
		}
		if !info.IsDir() {
			err = l.file(s, os.DirFS(filepath.Dir(path)), filepath.Base(path), path)
		} else {
			err = l.walk(s, os.DirFS(path), ".", path)
		}
		if err != nil {
			return nil, fmt.Errorf("load rules of %s: %w", path, err)
		}
	}
	l.convert(s)
	s.choose()
	return s, nil
}

// walk reads every rule file below dir; shown is how dir is called in findings.
func (l Loader) walk(s *Set, files fs.FS, dir, shown string) error {
	return fs.WalkDir(files, dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != dir:
			return fs.SkipDir
		case entry.IsDir() || !isRuleFile(path) || !holdsText(files, path):
			return nil
		}
		data, err := read(files, path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		s.Files++
		switch shown := filepath.Join(shown, rel); {
		case holdsRule(path, data):
			l.add(s, shown, data)
		case !l.keep(s, shown, data):
			s.Passed++
		}
		return nil
	})
}

// isRuleFile goes by the name.
func isRuleFile(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return slices.Contains([]string{".yaml", ".yml", ".json"}, ext) && !strings.HasSuffix(strings.TrimSuffix(path, filepath.Ext(path)), ".cases")
}

// holdsText tells whether a path of a folder is a file, or leads to one: a pipe
// would be waited for without end.
func holdsText(files fs.FS, path string) bool {
	info, err := fs.Stat(files, path)
	return err == nil && info.Mode().IsRegular()
}

func isJSON(path string) bool { return strings.EqualFold(filepath.Ext(path), ".json") }

// file reads a file that was named, whatever it holds.
func (l Loader) file(s *Set, files fs.FS, path, shown string) error {
	data, err := read(files, path)
	if err != nil {
		return err
	}
	s.Files++
	if holdsRule(path, data) || !l.keep(s, shown, data) {
		l.add(s, shown, data)
	}
	return nil
}

// read reads a file; one that is gone since its folder was listed is empty.
func read(files fs.FS, path string) ([]byte, error) {
	data, err := fs.ReadFile(files, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// keep notes a file of another form, if it is one.
func (l Loader) keep(s *Set, path string, data []byte) bool {
	if l.Foreign == nil || isJSON(path) || !l.Foreign(data) {
		return false
	}
	s.foreign = append(s.foreign, File{path, data})
	return true
}

// convert makes rules of the files of another form.
func (l Loader) convert(s *Set) {
	if len(s.foreign) == 0 {
		return
	}
	list, found := l.Convert(s.foreign)
	for _, r := range list {
		r.converted = true
	}
	s.add(list, found)
	s.foreign = nil
}

// add reads a file that should hold rules.
func (l Loader) add(s *Set, path string, data []byte) {
	if isJSON(path) {
		s.add(ReadARM(path, data))
		return
	}
	s.add(Read(path, data))
}

func (s *Set) add(list []*Rule, found []Finding) {
	s.all = append(s.all, list...)
	s.Findings = append(s.Findings, found...)
}

// choose fills Rules with those that can run.
func (s *Set) choose() {
	s.Findings = sortFindings(s.Findings)
	ids := map[string]bool{}
	for _, rule := range s.all {
		if rule.Kind.Runnable() && !rule.broken && !ids[rule.ID] {
			ids[rule.ID] = true
			s.Rules = append(s.Rules, rule)
		}
	}
	slices.SortStableFunc(s.Rules, func(a, b *Rule) int { return strings.Compare(a.Path, b.Path) })
}
