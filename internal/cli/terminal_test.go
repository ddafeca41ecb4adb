package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A screen is a nephoscope that runs on a terminal.
type screen struct {
	cmd *exec.Cmd
	tty *os.File

	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{} // there is more text than was looked at
	done chan struct{}
}

func onTerminal(t *testing.T, args ...string) *screen {
	t.Helper()
	s := &screen{cmd: exec.Command("nephoscope", args...), news: make(chan struct{}, 1), done: make(chan struct{})} //nolint:gosec // the test's own binary
	s.cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "NO_COLOR=1")
	tty, err := pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 40, Cols: 60})
	if err != nil {
		t.Fatal(err)
	}
	s.tty = tty
	t.Cleanup(func() { _ = tty.Close() }) // the process has ended
	go func() {
		defer close(s.done)
		buf := make([]byte, 4096)
		for {
			n, err := tty.Read(buf)
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
			select {
			case s.news <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *screen) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until a text is on the screen.
func (s *screen) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !strings.Contains(s.shown(), text) {
		select {
		case <-s.news:
		case <-deadline:
			t.Fatalf("%q never appeared; there is\n%s", text, s.shown())
		}
	}
}

// exitCode waits for the end.
func (s *screen) exitCode(t *testing.T) int {
	t.Helper()
	err := s.cmd.Wait()
	<-s.done
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return s.cmd.ProcessState.ExitCode()
}

func emptyData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ingest := exec.Command("nephoscope", "ingest", "--data", dir, "-") //nolint:gosec // the test's own binary
	ingest.Stdin = strings.NewReader(`{"records":[]}`)
	if out, err := ingest.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// slow runs for much longer than a test may take.
const slow = "range x from 1 to 500000000 step 1 | extend y = hash_sha256(tostring(x)) | summarize dcount(y)"

// TestCtrlCEndsAQuery types Ctrl-C on a terminal while a query runs.
func TestCtrlCEndsAQuery(t *testing.T) {
	s := onTerminal(t, "query", "--data", emptyData(t), slow)
	s.waitFor(t, "Ctrl-C ends it")
	begun := time.Now()
	if _, err := io.WriteString(s.tty, "\x03"); err != nil {
		t.Fatal(err)
	}
	if code := s.exitCode(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("the query went on for %v", took)
	}
	if !strings.Contains(s.shown(), "query cancelled") {
		t.Errorf("the end is not told:\n%s", s.shown())
	}
}

// TestChartOnATerminal draws what render asks for, and leaves no progress behind.
func TestChartOnATerminal(t *testing.T) {
	s := onTerminal(t, "query", "--data", emptyData(t), "datatable(k:string, n:long)['read', 8, 'write', 4] | render barchart")
	if code := s.exitCode(t); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, s.shown())
	}
	if !strings.Contains(s.shown(), "read  ███") || strings.Contains(s.shown(), "rows)") {
		t.Errorf("there is no chart:\n%s", s.shown())
	}
}

// TestTimeLimitEndsAQuery needs no terminal.
func TestTimeLimitEndsAQuery(t *testing.T) {
	out, err := exec.Command("nephoscope", "query", "--data", emptyData(t), "--timeout", "300ms", slow).CombinedOutput() //nolint:gosec // the test's own binary
	if err == nil || !strings.Contains(string(out), "limit of 300ms") {
		t.Errorf("%v, %s", err, out)
	}
}
