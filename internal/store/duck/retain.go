package duck

import (
	"context"
	"time"

	"nephoscope/internal/store"
)

// Retain drops what is older than each table's retention.
func (s *Store) Retain(ctx context.Context, now time.Time) ([]store.Dropped, error) {
	return nil, nil
}
