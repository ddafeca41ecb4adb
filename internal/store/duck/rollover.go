package duck

import (
	"slices"
	"time"
)

// today returns the file that a commit at now writes to: the day's own, made
// if need be, or the newest when the clock has gone back.
func (s *Store) today(now time.Time) (*dayFile, error) {
	f, day := s.newest(), now.UTC().Format(time.DateOnly)
	switch {
	case f == nil || f.day < day:
		return s.rollOver(f, day)
	case f.current:
		return f, nil
	}
	tables := s.opt.Catalog.Tables()
	if f.current = f.fits(tables); f.current {
		return f, nil
	}
	if err := f.migrate(s.w, tables); err != nil {
		return nil, err
	}
	s.opt.Logger.Info("day file migrated", "file", f.path)
	return f, s.show(s.days)
}

// rollOver makes the file of a new day, after the last commit to the one
// before it.
func (s *Store) rollOver(before *dayFile, day string) (*dayFile, error) {
	if before != nil {
		if err := before.checkpoint(s.w); err != nil {
			return nil, err
		}
		if err := before.readSpans(s.w); err != nil {
			return nil, err
		}
	}
	f := newDayFile(s.dir, day, 0)
	if err := f.create(s.w, s.opt.Catalog.Tables(), before, s.next); err != nil {
		return nil, err
	}
	f.current = true
	s.opt.Logger.Info("day file created", "file", f.path)
	return f, s.show(append(slices.Clone(s.days), f))
}

// newest returns the file that commits write to, nil if there is none yet.
func (s *Store) newest() *dayFile {
	if len(s.days) == 0 {
		return nil
	}
	return s.days[len(s.days)-1]
}
