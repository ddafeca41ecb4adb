package file

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An Input is a file to read, or what was found in its place.
type Input struct {
	Path string
	Err  error // why it cannot be read, nil if nothing is known against it
}

// Check returns an error for the first path that does not exist.
func Check(paths []string) error {
	for _, path := range paths {
		if path == Stdin {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("find files: %w", err)
		}
	}
	return nil
}

// Expand replaces directories by the files below them, in order of name. A
// path that does not exist is an error; what cannot be read below a directory
// is an Input that says so. The directory exclude is left out.
func Expand(paths []string, exclude string) ([]Input, error) {
	if err := Check(paths); err != nil {
		return nil, err
	}
	var inputs []Input
	for _, path := range paths {
		if info, err := os.Stat(path); path == Stdin || err != nil || !info.IsDir() {
			inputs = append(inputs, Input{Path: path})
			continue
		}
		inputs = append(inputs, below(path, exclude)...)
	}
	return inputs, nil
}

// below returns the files of a directory and deeper.
func below(root, exclude string) []Input {
	var inputs []Input
	without, _ := os.Stat(exclude)                                                     // nil if there is none
	root = root + string(filepath.Separator)                                           // so that a link is followed
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // always nil
		switch {
		case err != nil:
			inputs = append(inputs, Input{path, err})
		case entry.IsDir():
			return enter(path, entry, path == root, without)
		case !strings.HasPrefix(entry.Name(), "."):
			inputs = append(inputs, regular(path)...)
		}
		return nil
	})
	slices.SortStableFunc(inputs, func(a, b Input) int { return strings.Compare(a.Path, b.Path) })
	return inputs
}

// enter says whether a walk goes into a directory.
func enter(path string, entry fs.DirEntry, named bool, without fs.FileInfo) error {
	if !named && strings.HasPrefix(entry.Name(), ".") {
		return fs.SkipDir
	}
	if info, err := os.Stat(path); err == nil && without != nil && os.SameFile(info, without) {
		return fs.SkipDir
	}
	return nil
}

// regular returns the file at path if it is one. A link to nothing is an input
// that cannot be read.
func regular(path string) []Input {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return []Input{{path, err}}
	case !info.Mode().IsRegular():
		return nil
	}
	return []Input{{Path: path}}
}
