package watchlist_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"nephoscope/internal/watchlist"
)

// killDir names the folder of the store in a child process of TestKill.
const killDir = "NEPHOSCOPE_WATCHLIST_KILL"

// version is a file of 500 items that all say which version it is.
func version(n int) string {
	var text strings.Builder
	text.WriteString("name,role\n")
	for i := range 500 {
		fmt.Fprintf(&text, "n%d-%d,%d\n", i, n%(i+1), n) // some keys stay, some go
	}
	return text.String()
}

// TestKillChild is what TestKill kills: it brings in one version after the
// other and says so when each is durable.
func TestKillChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("this is a child process of TestKill")
	}
	s := newSiteIn(t, dir)
	first, _ := strconv.Atoi(os.Getenv(killDir + "_FROM"))
	for n := first; ; n++ {
		s.bring(version(n), watchlist.ImportOptions{Mode: watchlist.Replace})
		fmt.Printf("version %d\n", n)
	}
}

// TestKill: after kill -9 at any moment a list is whole: of one version, not
// older than the last that was said to be durable.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	last := 0
	for round := range 4 {
		last = runAndKill(t, dir, last+1, 2+round)
		s := newSiteIn(t, dir)
		list, err := s.lists.Get(t.Context(), "vips")
		if err != nil {
			t.Fatal(err)
		}
		roles := s.asked(`_GetWatchlist("vips") | summarize count() by role`)
		got := 0
		if len(roles) == 1 {
			got, _ = strconv.Atoi(strings.Fields(roles[0])[0])
		}
		if len(roles) != 1 || !strings.HasSuffix(roles[0], " 500") || list.Items != 500 || got < last {
			t.Errorf("round %d: got %v and %d items by the list, want 500 of one version from %d on", round, roles, list.Items, last)
		}
		last = got
		s.stop()
	}
}

// runAndKill lets a child bring in some versions, kills it and returns the last
// one that it said.
func runAndKill(t *testing.T, dir string, from, count int) (last int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillChild$", "-test.v")
	child.Env = append(os.Environ(), killDir+"="+dir, fmt.Sprintf("%s_FROM=%d", killDir, from))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; seen < count && lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "version "); ok {
			last, _ = strconv.Atoi(n)
			seen++
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	if last == 0 {
		t.Fatal("the child brought nothing in")
	}
	return last
}
