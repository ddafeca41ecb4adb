// Package duck is the embedded store: DuckDB files, one per day of arrival,
// attached to one engine whose own database holds only the views that queries
// see. It is where the journey's rows come to rest.
//
// Invariant: a commit writes its rows and its positions in one transaction of
// one file, the newest; whatever moment a process dies at, the next one finds
// both or neither.
package duck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"nephoscope/internal/dirlock"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Options say how a store behaves.
type Options struct {
	// Catalog declares the tables. It is required.
	Catalog schema.Catalog
	// Now tells the time of arrival; nil means time.Now.
	Now func() time.Time
	// Logger hears about files created, migrated and dropped; nil means
	// nobody does.
	Logger *slog.Logger
	// MemoryLimit bounds what DuckDB's buffers hold, in bytes; 0 means 512 MiB.
	MemoryLimit int64
	// Threads is the number of threads a query may use; 0 means one per CPU.
	Threads int
	// StageRows is how many rows of a stage's input are in Go's memory at a
	// time; 0 means 8,192.
	StageRows int
	// Retention overrides, by table name, the days that rows are kept.
	Retention map[string]int
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.StageRows == 0 {
		o.StageRows = 8192
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = 512 << 20
	}
	if o.Threads == 0 {
		o.Threads = runtime.NumCPU()
	}
	return o
}

// A Store is an open store. Its methods are safe for concurrent use; commits
// and retention go one after the other, queries run beside them.
type Store struct {
	dir    string
	opt    Options
	lock   *dirlock.Lock
	engine *engine

	// files is held for reading while a query is planned, and for writing
	// while the set of files or the views change. A query that was planned
	// holds its snapshot and needs no lock any more.
	files sync.RWMutex
	days  []*dayFile // by day; commits write the last

	// retaining is held by Retain, and taken before write.
	retaining sync.Mutex

	// write is held by whoever commits, checkpoints, or changes the set of
	// files; w belongs to its holder.
	write sync.Mutex
	w     *conn
	feed  *feed
	next  int64 // the next sequence
	ids   map[string]*idSet

	known     sync.RWMutex
	positions map[partition]string

	reading sync.Mutex
	cursors map[*cursor]struct{} // the open ones; nil once the store is closed
}

var _ store.Store = (*Store)(nil)

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the store is closed")

// Open opens the store in the folder dir/store and creates it if there is none.
// The error wraps store.ErrInUse when another process has it, and is or wraps
// a *store.VersionError when a newer program wrote it.
func Open(ctx context.Context, dir string, opt Options) (*Store, error) {
	dir, err := filepath.Abs(filepath.Join(dir, "store"))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(tempDir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("create store: %w", err)
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir: dir, opt: opt.withDefaults(), lock: l,
		positions: map[partition]string{}, ids: map[string]*idSet{}, cursors: map[*cursor]struct{}{},
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

func tempDir(dir string) string { return filepath.Join(dir, "tmp") }

func (s *Store) open(ctx context.Context) (err error) {
	if s.engine, err = openEngine(s.dir, s.opt); err != nil {
		return err
	}
	if s.w, err = s.engine.connect(); err != nil {
		return err
	}
	if s.feed, err = newFeed(s.w); err != nil {
		return err
	}
	if s.days, err = listDayFiles(s.dir); err != nil {
		return err
	}
	for _, f := range s.days {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.admit(f); err != nil {
			return err
		}
	}
	if err := s.recall(); err != nil {
		return err
	}
	return s.show(s.days)
}

func (s *Store) admit(f *dayFile) error {
	if err := f.attach(s.w); err != nil {
		return err
	}
	for _, t := range s.opt.Catalog.Tables() {
		if err := f.admits(t); err != nil {
			return err
		}
	}
	return nil
}

// recall reads from the newest file how far everything had come.
func (s *Store) recall() error {
	f := s.newest()
	if f == nil {
		return nil
	}
	s.next = f.reached()
	rows, err := s.w.all("SELECT * FROM "+f.alias+".nephoscope.positions", schema.String, schema.String, schema.String)
	if err != nil {
		return fmt.Errorf("read the positions of %s: %w", f.path, err)
	}
	for _, row := range rows {
		s.positions[partition{row[0].(string), row[1].(string)}] = row[2].(string)
	}
	return nil
}

// show makes days the files that queries see.
func (s *Store) show(days []*dayFile) error {
	s.files.Lock()
	defer s.files.Unlock()
	s.days = days
	for _, t := range s.opt.Catalog.Tables() {
		if err := s.w.exec(viewSQL(t, s.days)); err != nil {
			return fmt.Errorf("make the view of %s: %w", t.Name, err)
		}
	}
	return nil
}

// Close ends all cursors, waits for the commit and the retention under way,
// writes what is only in the log into the tables, and gives the store back to
// other processes.
func (s *Store) Close() error {
	if !s.endCursors() {
		return nil
	}
	s.retaining.Lock()
	defer s.retaining.Unlock()
	s.write.Lock()
	defer s.write.Unlock()
	return errors.Join(s.lastCheckpoint(), s.release())
}

func (s *Store) release() error {
	if s.w != nil {
		s.w.close()
	}
	if s.engine != nil {
		s.engine.close()
	}
	if s.feed != nil {
		s.feed.close()
	}
	return s.lock.Release()
}
