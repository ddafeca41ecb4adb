package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"nephoscope/internal/kql/format"
	"nephoscope/internal/kql/syntax"
)

// maxQueryFile is the largest file of queries that is laid out.
const maxQueryFile = 4 << 20

func newKQLFmt(env *Env) *cobra.Command {
	var f formatting
	cmd := &cobra.Command{
		Use: "fmt [FILE...]", Short: "Lay out KQL queries",
		Long: "Fmt lays out queries: an operator a line, long lists broken, bodies indented. Only white space changes; comments stay.\n" +
			"Without a file, or with -, it reads standard input and prints; files are printed, or written back with -w. With --check\n" +
			"it changes nothing and names the files that are laid out otherwise; exit code 3 if there are any.",
		Example: "  nephoscope kql fmt -w rules/*.kql\n  nephoscope kql fmt - < question.kql",
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 {
				files = []string{"-"}
			}
			return f.run(env, files)
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "write the files back instead of printing them")
	cmd.Flags().BoolVarP(&f.check, "check", "l", false, "name the files that would change, and change none")
	return cmd
}

// A formatting is what is done with each file.
type formatting struct{ write, check bool }

// run lays out all files; one that cannot be does not keep the others.
func (f *formatting) run(env *Env, files []string) error {
	var wrong []error
	changed := false
	for _, name := range files {
		differs, err := f.file(env, name)
		if err != nil {
			wrong = append(wrong, err)
		}
		changed = changed || differs
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	if f.check && changed {
		return errFindings
	}
	return nil
}

func (f *formatting) file(env *Env, name string) (differs bool, err error) {
	text, err := readQueries(env, name)
	if err != nil {
		return false, err
	}
	made, bad := format.Source(text)
	if len(bad) > 0 {
		return false, atPlaces(name, text, bad)
	}
	differs = made != text
	switch {
	case f.check:
		if differs {
			say(env.Stdout, "%s\n", name)
		}
	case f.write && name != "-":
		if differs {
			err = replaceFile(name, made)
		}
	default:
		_, err = io.WriteString(env.Stdout, made)
	}
	return differs, err
}

func readQueries(env *Env, name string) (string, error) {
	in := env.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }() // only read
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, maxQueryFile+1))
	if err == nil && len(text) > maxQueryFile {
		err = fmt.Errorf("%s is larger than %d MB: no queries are", name, maxQueryFile>>20)
	}
	return string(text), err
}

// atPlaces says what is wrong in a file, with line and column.
func atPlaces(name, text string, bad []syntax.Error) error {
	list := make([]error, len(bad))
	for i, e := range bad {
		at := syntax.PositionOf(text, e.Start)
		list[i] = fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, e.Message)
	}
	return errors.Join(list...)
}

// replaceFile writes a file in one step, with the rights of the old one.
func replaceFile(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(name), ".nephoscope-fmt-*")
	if err != nil {
		return err
	}
	_, err = made.WriteString(text)
	err = errors.Join(err, made.Chmod(info.Mode().Perm()), made.Close())
	if err == nil {
		err = os.Rename(made.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(made.Name()))
	}
	return nil
}
