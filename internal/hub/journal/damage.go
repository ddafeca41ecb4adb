package journal

import "fmt"

// A DamageError tells of bytes in a segment that are not what was written,
// and which events are lost with them.
type DamageError struct {
	File string
	// Offset and Bytes are the place in the file.
	Offset, Bytes int64
	// First and Last are the sequence numbers lost; Last < First if no event
	// is.
	First, Last int64
}

func (e *DamageError) Error() string {
	if e.Last < e.First {
		return fmt.Sprintf("%s: %d bytes at %d are damaged; no event is lost", e.File, e.Bytes, e.Offset)
	}
	return fmt.Sprintf("%s: %d bytes at %d are damaged: events %d to %d are lost, unless there is a copy of the file",
		e.File, e.Bytes, e.Offset, e.First, e.Last)
}

// maxDamage is how many damaged places are remembered, so that each is logged
// and counted once; further ones are not logged at all.
const maxDamage = 10_000

// lose makes the error that tells of a damaged place, and logs and counts it
// when it is seen first. Callers hold mu, or are alone.
func (j *Journal) lose(s *segment, at step, first, last int64) *DamageError {
	e := &DamageError{File: s.path, Offset: s.offset(at.from), Bytes: at.to - at.from, First: first, Last: last}
	if j.damage[at.from] || len(j.damage) >= maxDamage {
		return e
	}
	j.damage[at.from] = true
	j.lost += last - first + 1
	j.opt.Logger.Error("segment is damaged", "file", e.File, "at", e.Offset, "bytes", e.Bytes, "first_lost", first, "last_lost", last)
	return e
}
