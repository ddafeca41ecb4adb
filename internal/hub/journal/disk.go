package journal

import (
	"errors"
	"io"
	"os"
)

// A disk is the file system as a journal uses it, so that tests can let it
// fail in every way.
type disk interface {
	// open opens a file for reading and writing, with further flags.
	open(path string, flags int) (file, error)
	rename(from, to string) error
	remove(path string) error
	// syncDir makes names in a directory durable.
	syncDir(dir string) error
}

// A file is an open segment file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	extent
}

// An extent is the file as space on the disk.
type extent interface {
	// settle cuts or fills the file to a size, and returns space that was
	// reserved beyond it.
	settle(size int64) error
	// reserve asks for space, without a change of the file's size. It is only
	// a wish: a write that finds no space says so.
	reserve(offset, size int64)
	// sync makes all written bytes and the size durable.
	sync() error
	size() (int64, error)
}

// osDisk is the real file system.
type osDisk struct{}

func (osDisk) open(path string, flags int) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) remove(path string) error { return os.Remove(path) }

func (osDisk) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

type osFile struct{ *os.File }

func (f osFile) settle(size int64) error { return f.Truncate(size) }

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
