package duck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// DuckDB writes what a commit brings to a log; a checkpoint compresses it into
// the tables' row groups. A row group that is written before it is full stays
// so, which wastes space, or is written again with the next rows, which wastes
// time. So we decide when there is a checkpoint: before the commit that would
// overfill a group that is nearly full. Merging small groups, which DuckDB does
// as a part of a checkpoint, is left to the checkpoint at the end, when nobody
// waits for a commit.
//
// A commit of at least a row group does without all that: DuckDB then writes
// compressed rows straight away, at half the cost. Best is a commit of a
// multiple of rowGroup rows, or little more.
const (
	// rowGroup is the number of rows DuckDB compresses together. Larger ones
	// pack better (204 bytes for a row of 3 KB at 30,720, 250 at 10,240, 330
	// at 4,096) but a checkpoint, during which commits wait, takes longer: at
	// 10,240 about 0.1 s.
	rowGroup = 10_240
	// nearlyFull is the part of a group that is worth writing. Commits of more
	// than a quarter of a group may leave it emptier than that; then it
	// overflows.
	nearlyFull = rowGroup * 3 / 4
	// logLimit bounds the log, and with it the time that opening takes after
	// a crash: DuckDB replays about 400 MB a second.
	logLimit = 128 << 20
	// mergeTasks bounds how many merges of small row groups the checkpoint at
	// the end does.
	mergeTasks = 4
)

// makeRoom checkpoints if the parts would overfill a row group or the log. A checkpoint
// that cannot be had stops no commit; the next one tries again.
func (s *Store) makeRoom(f *dayFile, parts []part) {
	due := f.logSize() >= logLimit
	for name, n := range newByTable(parts) {
		t := f.tables[name]
		due = due || t != nil && t.loose >= nearlyFull && t.loose+n > rowGroup
	}
	if !due {
		return
	}
	if err := f.checkpoint(s.w); err != nil {
		s.opt.Logger.Warn("checkpoint postponed", "file", f.path, "err", err)
	}
}

// lastCheckpoint is the checkpoint before the store is closed.
func (s *Store) lastCheckpoint() error {
	f := s.newest()
	if f == nil {
		return nil
	}
	if err := s.w.exec(fmt.Sprintf("SET max_vacuum_tasks = %d", mergeTasks)); err != nil {
		return err
	}
	return f.checkpoint(s.w)
}

// checkpoint moves what is only in the log into the tables.
func (f *dayFile) checkpoint(c *conn) error {
	if f.logSize() == 0 {
		return nil
	}
	if err := c.exec("CHECKPOINT " + f.alias); err != nil {
		return fmt.Errorf("checkpoint %s: %w", f.path, err)
	}
	for _, t := range f.tables {
		t.loose = 0
	}
	return nil
}

func (f *dayFile) logSize() int64 {
	info, err := os.Stat(f.path + ".wal")
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		return 1 // there is something; a checkpoint will say what is wrong
	}
	return info.Size()
}
