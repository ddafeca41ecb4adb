package trial

import (
	"testing"
	"time"

	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

func BenchmarkOpen(b *testing.B) {
	catalog, err := tables.NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t0 := time.Now()
		db, err := duck.Open(b.Context(), b.TempDir(), duck.Options{Catalog: catalog, Threads: 1})
		if err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.Log(t1.Sub(t0), time.Since(t1))
	}
}
