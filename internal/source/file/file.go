// Package file is the source that reads files: exports, blobs, recordings,
// compressed or not, and standard input.
//
// Invariant: a partition is a file's content, not its name. So a renamed or
// copied file adds nothing, a file that has grown goes on where it ended, and
// a file that merely begins like another one is read from its start.
//
// Outline: expand finds the files, place finds where each one stands, deliver
// cuts the rest of it into batches, tail looks after a last record that is not
// all there yet.
package file

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
	// files left out) or Stdin. What is no regular file is read like Stdin if
	// it is named here, and left out below a directory.
	Paths []string
	// Exclude is a directory whose files are never read, such as the one that
	// they are stored in; none if empty.
	Exclude string
	// Decode are the options of cutting and decoding; Decode.Format forces a
	// format on all files. A file that was read in another one is read again.
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
	inputs, err := Expand(s.opt.Paths, s.opt.Exclude)
	if err != nil {
		return err
	}
	var failed []error
	for _, in := range inputs {
		report := Report{Path: in.Path, Err: in.Err}
		if report.Err == nil {
			report.Err = s.read(ctx, &report, deliver)
		}
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

// format returns the format that is forced.
func (s *Source) format() event.Format { return cmp.Or(s.opt.Decode.Format, event.FormatAuto) }

// read delivers one file from where it stands.
func (s *Source) read(ctx context.Context, report *Report, deliver source.Deliver) error {
	if report.Path == Stdin {
		return s.readStream(ctx, s.opt.Stdin, report, deliver)
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
	if !info.Mode().IsRegular() {
		return s.readStream(ctx, file, report, deliver)
	}
	report.Size = info.Size()
	return s.readFile(ctx, file, report, deliver)
}

// readStream delivers standard input, or a pipe with a name.
func (s *Source) readStream(ctx context.Context, r io.Reader, report *Report, deliver source.Deliver) error {
	in := bufio.NewReaderSize(r, 64<<10)
	place, err := s.locateStream(ctx, in)
	if err != nil {
		return fmt.Errorf("find out where %s stands: %w", report.Path, err)
	}
	return s.deliverAll(ctx, in, place, nil, report, deliver)
}

// readFile delivers a file that can be read more than once.
func (s *Source) readFile(ctx context.Context, file io.ReadSeeker, report *Report, deliver source.Deliver) error {
	place, err := s.locate(ctx, file)
	if err != nil {
		return fmt.Errorf("find out where %s stands: %w", report.Path, err)
	}
	if place.at.whole && place.ended {
		report.pass(place.at.records())
		return nil
	}
	var tail []byte
	if place.at.tail > 0 {
		if tail, err = tailOf(file, place.at); err != nil {
			return fmt.Errorf("read again what %s ended with: %w", report.Path, err)
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.deliverAll(ctx, file, place, tail, report, deliver)
}

// pass counts the records up to index as known.
func (r *Report) pass(index int64) {
	r.Resumed = index
	r.Counts.Read += index
	r.Counts.Duplicate += index
}
