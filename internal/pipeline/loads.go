package pipeline

import (
	"fmt"
	"sync"

	"nephoscope/internal/decode"
	"nephoscope/internal/schema"
)

// loads keep the memory of those that have been carried.
type loads struct {
	another func() *load
	most    int // bytes for which memory is kept

	mu   sync.Mutex
	free []*load
	all  int // bytes that there is memory for, in the free ones and the others
}

// take returns an empty load.
func (s *loads) take() *load {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return s.another()
	}
	l := s.free[last]
	s.free = s.free[:last]
	return l
}

// give empties a load that has carried a batch of that size, and keeps its
// memory unless there is enough of it.
func (s *loads) give(l *load, size int) {
	l.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all += max(0, size-l.carried)
	l.carried = max(l.carried, size)
	if s.all > s.most {
		s.all -= l.carried
		return
	}
	s.free = append(s.free, l)
}

// loadsOf returns a maker of loads for the tables of a catalogue.
func loadsOf(catalog Catalog, opt Options) (another func() *load, err error) {
	quarantine, ok := catalog.Table(quarantineTable)
	if !ok {
		return nil, fmt.Errorf("catalog has no table %s", quarantineTable)
	}
	return func() *load {
		return &load{
			catalog: catalog, decoder: decode.New(opt.Decode), now: opt.Now,
			tables:     make(map[*schema.Table]*schema.Rows),
			quarantine: schema.NewRows(quarantine),
			reasons:    make(map[decode.Reason]int64),
		}
	}, nil
}
