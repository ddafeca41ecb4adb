package duck

import (
	"context"
	"fmt"
	"unicode/utf8"

	"nephoscope/internal/event"
	"nephoscope/internal/store"
)

// A partition is what a position belongs to.
type partition struct{ source, name string }

// Position returns the stored token of a partition, "" for none.
func (s *Store) Position(_ context.Context, source, name string) (string, error) {
	s.known.RLock()
	defer s.known.RUnlock()
	return s.positions[partition{source, name}], nil
}

// agree checks that every position starts where the store is. A batch may
// move one partition by several steps.
func (s *Store) agree(steps []event.Position) (map[partition]string, error) {
	moved := map[partition]string{}
	for _, p := range steps {
		if !utf8.ValidString(p.Source) || !utf8.ValidString(p.Partition) || !utf8.ValidString(p.To) {
			return nil, fmt.Errorf("position %q of %q/%q is not valid UTF-8", p.To, p.Source, p.Partition)
		}
		key := partition{p.Source, p.Partition}
		at, ok := moved[key]
		if !ok {
			at = s.positions[key]
		}
		if at != p.From {
			return nil, &store.PositionError{Position: p, Stored: at}
		}
		moved[key] = p.To
	}
	return moved, nil
}

// step writes the moved positions into the file of the open transaction.
func (s *Store) step(f *dayFile, moved map[partition]string) error {
	for p, token := range moved {
		var err error
		if _, ok := s.positions[p]; ok {
			err = s.w.exec("UPDATE "+f.alias+`.nephoscope.positions SET token = ? WHERE source = ? AND "partition" = ?`, token, p.source, p.name)
		} else {
			err = insertPosition(s.w, f.alias, p, token)
		}
		if err != nil {
			return fmt.Errorf("store the position of %s/%s: %w", p.source, p.name, err)
		}
	}
	return nil
}

func insertPosition(c *conn, db string, p partition, token string) error {
	return c.exec("INSERT INTO "+db+".nephoscope.positions VALUES (?, ?, ?)", p.source, p.name, token)
}

// remember makes committed positions known.
func (s *Store) remember(moved map[partition]string) {
	s.known.Lock()
	defer s.known.Unlock()
	for p, token := range moved {
		s.positions[p] = token
	}
}
