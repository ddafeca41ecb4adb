package rules

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// defaultInterval is how often a Watcher looks.
const defaultInterval = 2 * time.Second

// A Watcher looks for changes of the rule files below some paths. Editors that
// replace files, folders that appear later and clones that are updated in
// place are all changes. It compares names, sizes and times of modification,
// so it works on every file system, and follows links as Load does.
type Watcher struct {
	paths    []string
	interval time.Duration
}

// maxInterval bounds the time between two looks, however long they take: a
// machine that is busy for a moment is not to be taken for a large folder.
const maxInterval = 15 * time.Second

// NewWatcher makes a watcher of files and folders, which need not exist yet.
// Interval is the time between two looks; 0 means 2 s. Over very many files
// looks are rarer: a twentieth of the time, but every quarter of a minute.
func NewWatcher(interval time.Duration, paths ...string) *Watcher {
	if interval <= 0 {
		interval = defaultInterval
	}
	return &Watcher{paths: paths, interval: interval}
}

// Run calls changed after each change below the paths, when two looks in a row
// have seen the same, so that half a copy is not read; and once at the
// beginning if first is set. What changes while changed runs is a change. Run
// returns when ctx ends, with its error, or when changed returns one.
func (w *Watcher) Run(ctx context.Context, first bool, changed func(context.Context) error) error {
	known, took := w.look()
	if first {
		if err := changed(ctx); err != nil {
			return err
		}
	}
	before := known
	for {
		if err := pause(ctx, max(w.interval, min(20*took, maxInterval))); err != nil {
			return err
		}
		var now map[string]stamp
		now, took = w.look()
		if !maps.Equal(now, known) && maps.Equal(now, before) {
			if err := changed(ctx); err != nil {
				return err
			}
			known = now
		}
		before = now
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// A stamp changes when a file does.
type stamp struct {
	size     int64
	modified int64 // nanoseconds
}

// look notes the stamps of all rule files and how long that took. What cannot
// be looked at is not there.
func (w *Watcher) look() (map[string]stamp, time.Duration) {
	began := time.Now()
	seen := map[string]stamp{}
	for _, path := range w.paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.IsDir():
			lookBelow(path, seen)
		default:
			seen[path] = stampOf(info)
		}
	}
	return seen, time.Since(began)
}

func lookBelow(dir string, seen map[string]stamp) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error { // it returns only SkipDir
		switch {
		case err != nil:
			return nil
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != dir:
			return fs.SkipDir
		case entry.IsDir() || !isRuleFile(path):
			return nil
		}
		if info, err := os.Stat(path); err == nil {
			seen[path] = stampOf(info)
		}
		return nil
	})
}

func stampOf(info fs.FileInfo) stamp {
	return stamp{size: info.Size(), modified: info.ModTime().UnixNano()}
}
