package rules

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// BuiltinCases returns the cases of a built-in rule.
func BuiltinCases(rule *Rule) ([]Case, error) {
	name := strings.TrimSuffix(rule.Path, ".yaml") + ".cases.yaml"
	data, err := fs.ReadFile(builtin, name)
	if err != nil {
		return nil, fmt.Errorf("cases of rule %q: %w", rule.Name, err)
	}
	file, err := ReadCaseFile(name, data)
	if err != nil {
		return nil, err
	}
	file.opener(func(beside string) ([]byte, error) { return fs.ReadFile(builtin, path.Join(path.Dir(name), beside)) })
	return file.Cases, nil
}

// opener says how the files are opened that the cases name.
func (f *CaseFile) opener(open func(string) ([]byte, error)) {
	for i := range f.Cases {
		f.Cases[i].open = open
	}
}

// LoadCases finds the files of cases that belong to rules: those called like a
// rule's file, beside it or in a folder tests beside it or in one of the further
// folders, and those of these folders that name their rule. The rules are in
// their order, files that belong to no rule are apart. The error is the first
// fault of a file, or about access to files.
func LoadCases(list []*Rule, further ...string) (found map[*Rule][]*CaseFile, others []*CaseFile, err error) {
	paths, err := caseFiles(list, further)
	if err != nil {
		return nil, nil, err
	}
	found = map[*Rule][]*CaseFile{}
	for _, p := range paths {
		file, err := loadCases(p)
		if err != nil {
			return nil, nil, err
		}
		rule, err := ruleOf(file, list)
		if err != nil {
			return nil, nil, err
		}
		if rule == nil {
			others = append(others, file)
			continue
		}
		found[rule] = append(found[rule], file)
	}
	return found, others, nil
}

// caseFiles lists the files of cases in the folders of the rules, in the
// folders tests there, and below the further ones, each once and in order.
func caseFiles(list []*Rule, further []string) ([]string, error) {
	folders := map[string]bool{}
	for _, rule := range list {
		dir := filepath.Dir(rule.Path)
		folders[dir], folders[filepath.Join(dir, "tests")] = true, true
	}
	var paths []string
	for dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for cases: %w", err)
		}
		for _, e := range entries {
			if !e.IsDir() && isCaseFile(e.Name()) {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
	}
	for _, root := range further {
		err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && isCaseFile(p) {
				paths = append(paths, filepath.Clean(p))
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look for cases: %w", err)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

func isCaseFile(name string) bool {
	_, ok := caseStem(name)
	return ok
}

// caseStem takes the ending of a file of cases off.
func caseStem(name string) (string, bool) {
	name = filepath.Base(name)
	for _, ending := range []string{".cases.yaml", ".cases.yml"} {
		if stem, ok := strings.CutSuffix(name, ending); ok {
			return stem, true
		}
	}
	return name, false
}

func loadCases(name string) (*CaseFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	file, err := ReadCaseFile(name, data)
	if err != nil {
		return nil, err
	}
	file.opener(func(beside string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(name), filepath.FromSlash(beside)))
	})
	return file, nil
}

// ruleOf finds the rule that a file of cases is about, nil if there is none. A
// rule in the same folder comes before one of the same name elsewhere.
func ruleOf(file *CaseFile, list []*Rule) (*Rule, error) {
	stem, _ := caseStem(file.Path)
	dir := filepath.Dir(file.Path)
	var fit []*Rule
	for _, rule := range list {
		name := strings.TrimSuffix(filepath.Base(rule.Path), filepath.Ext(rule.Path))
		named := strings.EqualFold(rule.ID, file.Rule) || rule.Name == file.Rule
		if named && file.Rule != "" || name == stem && file.Rule == "" {
			fit = append(fit, rule)
		}
	}
	near := slices.DeleteFunc(slices.Clone(fit), func(r *Rule) bool {
		at := filepath.Dir(r.Path)
		return at != dir && filepath.Join(at, "tests") != dir
	})
	if len(near) > 0 {
		fit = near
	}
	switch {
	case len(fit) == 0:
		return nil, nil
	case len(fit) > 1:
		return nil, &CaseError{file.Path, Place{1, 1}, fmt.Sprintf("the cases may be of %q or of %q: name the id of one with the key rule", fit[0].Name, fit[1].Name)}
	}
	return fit[0], nil
}
