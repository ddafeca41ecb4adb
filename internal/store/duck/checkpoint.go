package duck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// DuckDB writes what a commit brings to a log, and a checkpoint moves it into
// the compressed tables. A checkpoint of a row group that is not full has to
// be done again when more rows come, so we decide when there is one: whenever
// about a row group has gathered. A commit of at least a row group does
// without: DuckDB then writes compressed rows straight away, at half the cost.
const (
	// rowGroup is the number of rows DuckDB compresses together. Larger ones
	// pack better (204 bytes for a row of 3 KB at 30,720; 250 at 10,240; 330
	// at 4,096) but a checkpoint, during which commits wait, takes longer: at
	// 10,240 about 0.1 s.
	rowGroup = 10_240
	// logLimit bounds the log, and with it the time that opening takes after
	// a crash: DuckDB replays about 400 MB a second.
	logLimit = 128 << 20
)

// checkpointIfDue runs after a commit. A checkpoint that cannot be had is no
// failure of the commit; the next one tries again.
func (s *Store) checkpointIfDue(f *dayFile) {
	due := f.logSize() >= logLimit
	for _, t := range f.tables {
		due = due || t.loose >= rowGroup
	}
	if !due {
		return
	}
	if err := f.checkpoint(s.w); err != nil {
		s.opt.Logger.Warn("checkpoint postponed", "file", f.path, "err", err)
	}
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
