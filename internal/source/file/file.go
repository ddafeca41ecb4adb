// Package file is the source that reads files: exports, blobs, recordings,
// compressed or not, and standard input.
//
// Invariant: a partition is a file's content, not its name. So a renamed or
// copied file adds nothing, a file that has grown goes on where it ended, and
// a file that merely begins like another one is read from its start.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/source"
)

// Name is the source's name in positions.
const Name = "file"

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Options of a Source.
type Options struct {
	// Paths are files, directories (read with everything below them, hidden
	// files left out) or Stdin.
	Paths []string
	// Decode are the options of cutting and decoding; Decode.Format forces a
	// format on all files.
	Decode decode.Options
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Batch is the size in bytes of a delivery, source.GoodBatch if 0.
	Batch int
	// Done is called after each file, Progress after each delivery; both in
	// Run's goroutine and may be nil.
	Done     func(Report)
	Progress func(path string, read, size int64)
}

// A Report tells what became of one file.
type Report struct {
	Path   string
	Size   int64 // bytes on disk, 0 for standard input
	Counts event.Counts
	// Resumed is the number of records that were passed over because they had
	// been committed before; Counts has them as read and as duplicates.
	Resumed int64
	Err     error
}

// A Source reads files, one after the other.
type Source struct {
	opt       Options
	positions source.Positions
}

// New returns a source. Positions is asked where each file stands.
func New(positions source.Positions, opt Options) *Source {
	if opt.Batch <= 0 {
		opt.Batch = source.GoodBatch
	}
	return &Source{opt: opt, positions: positions}
}

// Run delivers all files. A file that cannot be read does not keep the others
// from being read; the errors are joined. A failed delivery ends the run.
func (s *Source) Run(ctx context.Context, deliver source.Deliver) error {
	paths, err := Expand(s.opt.Paths)
	if err != nil {
		return err
	}
	var failed []error
	for _, path := range paths {
		report := Report{Path: path}
		report.Err = s.read(ctx, &report, deliver)
		if s.opt.Done != nil {
			s.opt.Done(report)
		}
		var lost *deliveryError
		if ctx.Err() != nil || errors.As(report.Err, &lost) {
			return report.Err
		}
		failed = append(failed, report.Err)
	}
	return errors.Join(failed...)
}

// Expand replaces directories by the files below them, in order of name. A
// path that does not exist is an error.
func Expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == Stdin {
			files = append(files, path)
			continue
		}
		found, err := below(path)
		if err != nil {
			return nil, fmt.Errorf("find files: %w", err)
		}
		files = append(files, found...)
	}
	return files, nil
}

// below returns a file itself, or the files of a directory and deeper.
func below(root string) ([]string, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{root}, nil
	}
	var files []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := path != root && strings.HasPrefix(entry.Name(), "."); hidden && entry.IsDir() {
			return fs.SkipDir
		} else if hidden || entry.IsDir() {
			return nil
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return err
		}
		files = append(files, path)
		return nil
	})
	slices.Sort(files)
	return files, err
}

// read delivers one file from where it stands.
func (s *Source) read(ctx context.Context, report *Report, deliver source.Deliver) error {
	if report.Path == Stdin {
		return s.readStdin(ctx, report, deliver)
	}
	file, err := os.Open(report.Path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	report.Size = info.Size()
	place, err := s.locate(ctx, file, report.Size)
	if err != nil {
		return fmt.Errorf("find out where %s stands: %w", report.Path, err)
	}
	if place.at.whole && place.at.raw == report.Size {
		report.pass(place.at.index)
		return nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.deliverAll(ctx, file, place, report, deliver)
}

// pass counts the records up to index as known.
func (r *Report) pass(index int64) {
	r.Resumed = index
	r.Counts.Read += index
	r.Counts.Duplicate += index
}
