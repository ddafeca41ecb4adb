package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the outputs that README.md shows")

// TestReadme runs every command of README.md's console blocks in order, in an
// empty directory, and compares what it prints with what the page says.
func TestReadme(t *testing.T) {
	page := filepath.Join("..", "..", "README.md")
	before, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	page, err = filepath.Abs(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("NEPHOSCOPE_DATA", filepath.Join(t.TempDir(), "data"))
	after := consoleBlock.ReplaceAllStringFunc(string(before), func(block string) string {
		return replay(t, block)
	})
	if *update {
		if err := os.WriteFile(page, []byte(after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(before), "\n"), strings.Split(after, "\n")); diff != "" {
		t.Errorf("README.md says (-), the program prints (+); 'make golden' rewrites the page:\n%s", diff)
	}
}

var (
	consoleBlock = regexp.MustCompile("(?s)```console\n.*?```")
	duration     = regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?(ms|s)\b`)
)

// replay returns the block with the outputs that its commands print now.
func replay(t *testing.T, block string) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("```console\n")
	for _, command := range commandsOf(block) {
		if out.Len() > len("```console\n") {
			out.WriteString("\n")
		}
		out.WriteString("$ " + command + "\n" + run(t, command))
	}
	return out.String() + "```"
}

// commandsOf returns the commands of a block; one goes on over lines until its
// quotes are closed.
func commandsOf(block string) []string {
	var list []string
	open := false
	for line := range strings.Lines(block) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case open:
			list[len(list)-1] += "\n" + line
		case strings.HasPrefix(line, "$ "):
			list = append(list, line[2:])
		default:
			continue
		}
		open = strings.Count(list[len(list)-1], "'")%2 == 1
	}
	return list
}

// run runs one command in this process. Times that differ from run to run are
// written as 1s.
func run(t *testing.T, command string) string {
	t.Helper()
	args := words(command)
	if args[0] != "nephoscope" {
		t.Fatalf("README.md runs %q: only nephoscope can be checked", command)
	}
	var stdout, stderr bytes.Buffer
	code := cli.Run(context.Background(), args[1:], cli.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "v0.0.0-test", Now: time.Now,
	})
	if code != cli.ExitDone {
		t.Errorf("README.md: %s: exit code %d: %s", command, code, stderr.String())
	}
	return duration.ReplaceAllString(stdout.String(), "1s")
}

// words splits a command at blanks outside single quotes.
func words(command string) []string {
	var list []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}
