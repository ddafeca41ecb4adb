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
	all      []*Rule
}

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
	err := s.walk(builtin, "builtin", "builtin")
	s.choose()
	return s, err
}

// Load reads rules from files and folders. Folders are searched for .yaml and
// .yml files at any depth; files of cases (.cases.yaml) are passed over. The
// error is about access to files; what is wrong inside them becomes findings.
func Load(paths ...string) (*Set, error) {
	s := &Set{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("load rules: %w", err)
		}
		if !info.IsDir() {
			err = s.file(os.DirFS(filepath.Dir(path)), filepath.Base(path), path)
		} else {
			err = s.walk(os.DirFS(path), ".", path)
		}
		if err != nil {
			return nil, fmt.Errorf("load rules of %s: %w", path, err)
		}
	}
	s.choose()
	return s, nil
}

// walk reads every rule file below dir; shown is how dir is called in findings.
func (s *Set) walk(files fs.FS, dir, shown string) error {
	return fs.WalkDir(files, dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !isRuleFile(path) {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return s.file(files, path, filepath.Join(shown, rel))
	})
}

func isRuleFile(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return (ext == ".yaml" || ext == ".yml") && !strings.HasSuffix(strings.TrimSuffix(path, filepath.Ext(path)), ".cases")
}

func (s *Set) file(files fs.FS, path, shown string) error {
	data, err := fs.ReadFile(files, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone since the folder was listed
	}
	if err != nil {
		return err
	}
	s.add(Read(shown, data))
	return nil
}

func (s *Set) add(read []*Rule, found []Finding) {
	s.all = append(s.all, read...)
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
