package duck_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/store/storetest"
)

// The kill test lets a child process commit numbered rows and kills it, round
// after round, at whatever moment it is in: a commit, a checkpoint, the first
// commit of a day, retention. After each kill the store must hold exactly the
// rows that its position promises.
const (
	killDir   = "NEPHOSCOPE_KILL_DIR"    // set in the child: the store to write
	killCount = "NEPHOSCOPE_KILL_ROUNDS" // rounds to run, 30 unless set
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func killTable() *schema.Table {
	return &schema.Table{Name: "Numbers", Version: 1, Columns: []schema.Column{
		{Name: "N", Type: schema.Long},
		{Name: "Text", Type: schema.String},
		{Name: "Json", Type: schema.Dynamic},
	}}
}

// scratchTable has rows that retention drops, so that files are rewritten.
func scratchTable() *schema.Table {
	return &schema.Table{Name: "Scratch", Version: 1, Retention: 2, Columns: []schema.Column{{Name: "N", Type: schema.Long}}}
}

// openKilled opens the store with a clock that makes a day of every 15,000
// rows, so that rounds see new days and retention.
func openKilled(dir string, reached *int) (*duck.Store, error) {
	return duck.Open(context.Background(), dir, duck.Options{
		Catalog: storetest.Catalog{killTable(), scratchTable()},
		Now:     func() time.Time { return killClock(*reached) },
	})
}

func killClock(reached int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, reached/15_000)
}

func reachedBy(s *duck.Store) (int, error) {
	token, err := s.Position(context.Background(), "kill", "0")
	if err != nil || token == "" {
		return 0, err
	}
	return strconv.Atoi(token)
}

// content makes the text of row n; the parent makes it again to compare.
func content(n int) (text, json string) {
	h := xxh3.HashString(strconv.Itoa(n))
	return fmt.Sprintf("text of row %d: %x", n, h), fmt.Sprintf(`{"n":%d,"pad":"%0*d"}`, n, h%700, n)
}

func numbered(id byte, n int) (key schema.ID) {
	key[0] = id
	binary.BigEndian.PutUint64(key[8:], uint64(n))
	return key
}

func writeUntilKilled(dir string) error {
	reached := 0
	s, err := openKilled(dir, &reached)
	if err != nil {
		return err
	}
	if reached, err = reachedBy(s); err != nil {
		return err
	}
	fmt.Println("ready")
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for {
		size := []int{1, 10, 300, 2000, 4000, 15_000}[rnd.IntN(6)]
		if err := commitNumbered(s, reached, size); err != nil {
			return err
		}
		reached += size
		if _, err := s.Retain(context.Background(), killClock(reached)); err != nil {
			return err
		}
	}
}

func commitNumbered(s *duck.Store, reached, size int) error {
	numbers, scratch := schema.NewRows(killTable()), schema.NewRows(scratchTable())
	for n := reached; n < reached+size; n++ {
		text, json := content(n)
		numbers.SetInt(0, int64(n))
		numbers.SetString(1, text)
		numbers.SetJSON(2, []byte(json))
		numbers.End(numbered('n', n))
		scratch.SetInt(0, int64(n))
		scratch.End(numbered('s', n))
	}
	p := event.Position{Source: "kill", Partition: "0", To: strconv.Itoa(reached + size)}
	if reached > 0 {
		p.From = strconv.Itoa(reached)
	}
	_, err := s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{numbers, scratch}, Positions: []event.Position{p}})
	return err
}

func TestKill(t *testing.T) {
	rounds := 30
	if v, err := strconv.Atoi(os.Getenv(killCount)); err == nil {
		rounds = v
	}
	if testing.Short() {
		rounds = 3
	}
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var slowest time.Duration
	total := 0
	for round := range rounds {
		killOnce(t, dir, time.Duration(rnd.Int64N(int64(400*time.Millisecond))))
		start := time.Now()
		reached := 0
		s, err := openKilled(dir, &reached)
		if err != nil {
			t.Fatalf("round %d: open after kill: %v", round, err)
		}
		slowest = max(slowest, time.Since(start))
		total = checkNumbered(t, s, total)
		if err := s.Close(); err != nil {
			t.Fatalf("round %d: close: %v", round, err)
		}
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	reached := 0
	s, err := openKilled(dir, &reached)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // nothing was written
	checkContent(t, s, 0, total)
	t.Logf("%d rounds, %d rows, slowest start %v", rounds, total, slowest)
	if slowest > 3*time.Second {
		t.Errorf("slowest start after a kill: got %v, want at most 3s", slowest)
	}
}

// killOnce starts a child and kills it some time after it is ready.
func killOnce(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), killDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Errorf("child said %q, %v", line, err)
	}
	time.Sleep(after) // the moment of the kill is what this test is about
	if err := child.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	if err := child.Wait(); err == nil || child.ProcessState.Exited() {
		t.Errorf("child ended by itself: %v", err)
	}
}

// checkNumbered compares the store with what its position promises: how many
// rows there are, and what is in those from a number on. It returns the
// position.
func checkNumbered(t *testing.T, s *duck.Store, from int) int {
	t.Helper()
	reached, err := reachedBy(s)
	if err != nil {
		t.Fatal(err)
	}
	if reached < from {
		t.Errorf("position went back from %d to %d", from, reached)
	}
	sums := ask(t, s, `SELECT concat_ws(' ', count(*), count(DISTINCT "N"), count(DISTINCT "_Sequence"), coalesce(max("N") + 1, 0)) FROM "Numbers"`, 1)
	if want := fmt.Sprintf("%d %[1]d %[1]d %[1]d", reached); sums[0][0] != want {
		t.Errorf("rows, numbers, sequences, end: got %s, want %s", sums[0][0], want)
	}
	// Of Scratch, retention keeps the last days: an unbroken end.
	sums = ask(t, s, `SELECT concat_ws(' ', count(*) - (max("N") + 1 - min("N")), max("N") + 1) FROM "Scratch" HAVING count(*) > 0`, 1)
	if want := fmt.Sprint("0 ", reached); len(sums) > 0 && sums[0][0] != want {
		t.Errorf("gaps and end of Scratch: got %s, want %s", sums[0][0], want)
	}
	checkContent(t, s, from, reached)
	return reached
}

func checkContent(t *testing.T, s *duck.Store, from, reached int) {
	t.Helper()
	cols := []schema.Column{{Name: "N", Type: schema.Long}, {Name: "Text", Type: schema.String}, {Name: "Json", Type: schema.Dynamic}}
	sql := fmt.Sprintf(`SELECT "N", "Text", "Json" FROM "Numbers" WHERE "N" >= %d ORDER BY "_Sequence"`, from)
	cur, err := s.Query(context.Background(), store.Statement{SQL: sql, Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	defer cur.Close() //nolint:errcheck // the reading is what counts
	for n := from; n < reached; n++ {
		row, err := cur.Next()
		if err != nil {
			t.Fatal(err)
		}
		text, json := content(n)
		if row == nil || row[0] != int64(n) || row[1] != text || row[2] != schema.DynamicValue(json) {
			t.Fatalf("row %d: got %.200v", n, row)
		}
	}
}
