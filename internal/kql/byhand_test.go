package kql_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// testdata/byhand.txt holds queries as rules ask them, each with the SQL that a
// person would write for the same answer. BenchmarkByHand measures both in
// turn, in processor time, and tells how much dearer the compiled one is. The
// store is that of BYHAND_DATA, a directory that nephoscope ingest --data has
// filled with simulated events that end on 2026-11-27.

func BenchmarkByHand(b *testing.B) {
	dir := os.Getenv("BYHAND_DATA")
	if dir == "" {
		b.Skip("BYHAND_DATA names no store")
	}
	db, cat := openStored(b, dir)
	for i, c := range readByHand(b) {
		b.Run(fmt.Sprintf("%02d", i+1), func(b *testing.B) {
			q, err := kql.Compile(c.query, cat, kql.Options{Now: now})
			if err != nil {
				b.Fatal(err)
			}
			hand := store.Statement{SQL: c.sql, Columns: q.Columns()}
			compiled := func() [][]any { return all(b, func() (store.Cursor, error) { return q.Run(context.Background(), db) }) }
			written := func() [][]any {
				return all(b, func() (store.Cursor, error) { return db.Query(context.Background(), hand) })
			}
			if got, want := sortedTexts(compiled()), sortedTexts(written()); !slices.Equal(got, want) {
				b.Fatalf("%s: the answers differ: %d rows, by hand %d\n%s\n%s", c.title, len(got), len(want), firstOther(got, want), firstOther(want, got))
			}
			var took, byHand []time.Duration
			for b.Loop() {
				took = append(took, processorTime(func() { compiled() }))
				byHand = append(byHand, processorTime(func() { written() }))
			}
			b.ReportMetric(median(took).Seconds()*1000, "cpu-ms")
			b.ReportMetric(median(byHand).Seconds()*1000, "cpu-ms/hand")
			b.ReportMetric(median(took).Seconds()/median(byHand).Seconds(), "ratio")
		})
	}
}

func openStored(tb testing.TB, dir string) (*duck.Store, schema.Catalog) {
	tb.Helper()
	cat, err := tables.NewCatalog()
	if err != nil {
		tb.Fatal(err)
	}
	db, err := duck.Open(context.Background(), dir, duck.Options{Catalog: cat})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db, cat
}

// readByHand reads the pairs; sql is what was written by hand.
func readByHand(tb testing.TB) []goldenCase {
	tb.Helper()
	text, err := os.ReadFile("testdata/byhand.txt")
	if err != nil {
		tb.Fatal(err)
	}
	var cases []goldenCase
	for part := range strings.SplitSeq(string(text), caseLine) {
		title, rest, _ := strings.Cut(part, "\n")
		query, sql, ok := strings.Cut(rest, partLine)
		if !ok {
			tb.Fatalf("%s: there is no SQL", title)
		}
		cases = append(cases, goldenCase{title: title, query: query, sql: sql})
	}
	return cases
}

func all(tb testing.TB, open func() (store.Cursor, error)) (rows [][]any) {
	tb.Helper()
	cur, err := open()
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = cur.Close() }() // only read
	for {
		row, err := cur.Next()
		if err != nil {
			tb.Fatal(err)
		}
		if row == nil {
			return rows
		}
		rows = append(rows, row)
	}
}

// sortedTexts makes rows comparable whatever their order.
func sortedTexts(rows [][]any) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = strings.Join(texts(row), " | ")
	}
	slices.Sort(list)
	return list
}

// firstOther is the first text that the other list does not have.
func firstOther(list, other []string) string {
	for _, s := range list {
		if !slices.Contains(other, s) {
			return s
		}
	}
	return ""
}

// processorTime is what fn takes of all cores.
func processorTime(fn func()) time.Duration {
	var before, after unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &before) // cannot fail for a place in memory
	fn()
	_ = unix.Getrusage(unix.RUSAGE_SELF, &after)
	return time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
