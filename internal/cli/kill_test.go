package cli_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// TestKill kills the ingest of a file with SIGKILL at random moments, again
// and again, until one run comes through; then every row must be there once,
// with the content of an undisturbed run. NEPHOSCOPE_KILL_ROUNDS sets the
// number of kills.
func TestKill(t *testing.T) {
	rounds := 20
	if text := os.Getenv("NEPHOSCOPE_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	} else if testing.Short() {
		rounds = 4
	}
	dir := t.TempDir()
	input := filepath.Join(dir, "events.json")
	nephoscope(t, "simulate", "--events", "12000", "--seed", "9", "--end", "2026-03-13", "--out", input)

	began := time.Now()
	calm := filepath.Join(dir, "calm")
	nephoscope(t, "ingest", "--data", calm, input)
	undisturbed := time.Since(began)
	want := contentOf(t, calm)
	if want.rows != 12_000 {
		t.Fatalf("undisturbed run: got %d rows, want 12000", want.rows)
	}

	d := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	kills := 0
	for kills < rounds {
		data := filepath.Join(dir, "killed-"+strconv.Itoa(kills))
		for !ingestAndKill(t, data, input, time.Duration(d.Float64()*float64(undisturbed))) {
			if kills++; kills >= rounds {
				nephoscope(t, "ingest", "--data", data, input)
				break
			}
		}
		if got := contentOf(t, data); got != want {
			t.Fatalf("after %d kills: got %+v, want %+v", kills, got, want)
		}
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, content %+v", kills, want)
}

// nephoscope runs the command to its end.
func nephoscope(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("nephoscope", args...).CombinedOutput(); err != nil {
		t.Fatalf("nephoscope %v: %v\n%s", args, err, out)
	}
}

// ingestAndKill starts an ingest and kills it after a while. It tells whether
// the ingest came through before that.
func ingestAndKill(t *testing.T, data, input string, after time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "nephoscope", "ingest", "--data", data, input) // the context kills with SIGKILL
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err == nil {
		return true
	}
	if exit := (*exec.ExitError)(nil); ctx.Err() == nil || errors.As(err, &exit) && exit.Exited() {
		t.Fatalf("ingest failed by itself: %v\n%s", err, &out)
	}
	return false
}

// content is what a store holds: number of rows, and a hash over all of them
// without the columns of ingestion, in order of _ItemId.
type content struct {
	rows int64
	hash string
}

func contentOf(t *testing.T, data string) content {
	t.Helper()
	_, st, done := openStore(t, data)
	defer done()
	cursor, err := st.Query(t.Context(), store.Statement{
		SQL: `SELECT count(*), md5(string_agg(md5(CAST(r AS VARCHAR)), '' ORDER BY r."_ItemId"))
			FROM (SELECT * EXCLUDE ("_TimeReceived", "_Sequence") FROM "AzureActivity") r`,
		Columns: []schema.Column{{Name: "rows", Type: schema.Long}, {Name: "hash", Type: schema.String}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	row, err := cursor.Next()
	if err != nil || row == nil {
		t.Fatalf("read content: %v, %v", row, err)
	}
	return content{row[0].(int64), row[1].(string)}
}

// openStore opens a store that no process has open, until done is called.
func openStore(t *testing.T, data string) (catalog *tables.Catalog, st *duck.Store, done func()) {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	if st, err = duck.Open(t.Context(), data, duck.Options{Catalog: catalog}); err != nil {
		t.Fatal(err)
	}
	return catalog, st, func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
