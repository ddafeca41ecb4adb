package duck

import "time"

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
		return f, s.show(s.days)
	}
	if n := len(s.days); n > 0 {
		if err := s.days[n-1].checkpoint(s.w); err != nil {
			return nil, err
		}
	}
	f := newDayFile(s.dir, day, 0)
	if err := f.create(s.w, tables, s.positions, s.next); err != nil {
		return nil, err
	}
	s.opt.Logger.Info("day file created", "file", f.path)
	return f, s.show(append(s.days, f))
}
