package duck

import "fmt"

// rowGroup is the number of rows DuckDB compresses together.
const rowGroup = 30_720

func (s *Store) checkpoint() error {
	if len(s.days) == 0 {
		return nil
	}
	f := s.days[len(s.days)-1]
	if err := s.w.exec("CHECKPOINT " + f.alias); err != nil {
		return fmt.Errorf("checkpoint %s: %w", f.path, err)
	}
	return nil
}

func (s *Store) checkpointIfDue(f *dayFile) error { return nil }
