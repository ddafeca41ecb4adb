package duck_test

import (
	"context"
	"testing"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(dir string, catalog schema.Catalog, now func() time.Time) (store.Store, error) {
		return duck.Open(context.Background(), dir, duck.Options{Catalog: catalog, Now: now})
	})
}
