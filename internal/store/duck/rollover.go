package duck

import (
	"time"
)

// today returns the file that a commit at now writes to: the day's own, made
// if need be, or the newest when the clock has gone back.
func (s *Store) today(now time.Time) (*dayFile, error) {
	day := now.UTC().Format(time.DateOnly)
	tables := s.opt.Catalog.Tables()
	if n := len(s.days); n > 0 && s.days[n-1].day >= day {
		f := s.days[n-1]
		if f.current(tables) {
			return f, nil
		}
		if err := f.migrate(s.w, tables); err != nil {
			return nil, err
		}
		return f, s.showAll()
	}
	f := newDayFile(s.dir, day, 0)
	if err := f.create(s.w, tables, s.positions, s.next); err != nil {
		return nil, err
	}
	s.files.Lock()
	defer s.files.Unlock()
	s.days = append(s.days, f)
	return f, s.showAll()
}
