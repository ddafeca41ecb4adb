package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Open opens the journal in a directory, which is made if it is not there.
// What a crash left half written at the end is cut off, and the log says how
// many bytes. Only the newest segment is read, so that it takes as long for a
// large journal as for a small one. A directory can be open once.
//
// Damage before the end does not keep a journal from opening; it is logged,
// and readers are told when they come to it. A newest segment whose head is
// damaged does, as nobody knows then how to go on.
func Open(dir string, opt Options) (*Journal, error) {
	return open(dir, opt, osDisk{})
}

func open(dir string, opt Options, d disk) (_ *Journal, err error) {
	if err := makeDir(dir, d); err != nil {
		return nil, fmt.Errorf("open partition: %w", err)
	}
	j := &Journal{
		dir: dir, opt: opt.withDefaults(), disk: d, finished: make(chan struct{}),
		producers: producers{}, tip: tip{lastPosition: -1}, damage: map[int64]bool{},
	}
	j.queue = newQueue(j.opt.QueueBytes)
	if j.lock, err = lockDir(dir); err != nil {
		return nil, fmt.Errorf("open partition: %w", err)
	}
	if err := j.load(); err != nil {
		j.letGo()
		return nil, fmt.Errorf("open partition: %w", err)
	}
	go j.run()
	return j, nil
}

// makeDir makes a directory if it is not there, and its name durable: one that
// is there may be of a process that died before it did that.
func makeDir(dir string, d disk) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(filepath.Clean(dir)))
}

// load finds the segments and recovers the newest, or makes the first.
func (j *Journal) load() error {
	if err := j.list(); err != nil {
		return err
	}
	if len(j.segments) == 0 {
		s, err := j.createSegment(head{salt: newSalt(), lastPosition: -1, created: j.opt.Now().UnixMilli()}, nil)
		if err != nil {
			return err
		}
		j.segments = append(j.segments, s)
		return nil
	}
	if err := j.recover(j.active()); err != nil {
		return err
	}
	return j.completeIndex()
}

// list reads the heads of all segment files.
func (j *Journal) list() error {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(j.dir, e.Name())
		if strings.HasSuffix(e.Name(), segmentSuffix+newSuffix) {
			if err := j.disk.remove(path); err != nil {
				return err
			}
		}
		base, ok := segmentBase(e.Name())
		if !ok {
			continue
		}
		s, err := j.openSegment(path, base)
		var unreadable *DamageError
		if errors.As(err, &unreadable) {
			j.segments = append(j.segments, &segment{path: path, head: head{base: base, first: -1}, bytes: unreadable.Bytes})
			continue
		}
		if err != nil {
			return err
		}
		j.segments = append(j.segments, s)
	}
	return j.link()
}

// openSegment reads the head of a segment file.
func (j *Journal) openSegment(path string, base int64) (*segment, error) {
	f, err := j.disk.open(path, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	h, err := readHead(f)
	if err == nil && h.base != base {
		err = fmt.Errorf("head says position %d: %w", h.base, errHead)
	}
	if errors.Is(err, errHead) {
		return nil, &DamageError{File: path, Bytes: size, First: 0, Last: -1}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &segment{path: path, head: h, stamp: newStamp(h.salt), bytes: size}, nil
}

// link puts the segments in order. Each ends where the next begins; one whose
// head is damaged is left out, and what was in it is lost.
func (j *Journal) link() error {
	sort.Slice(j.segments, func(a, b int) bool { return j.segments[a].head.base < j.segments[b].head.base })
	good := j.segments[:0]
	for i, s := range j.segments {
		if s.head.first < 0 {
			if i == len(j.segments)-1 {
				return fmt.Errorf("%s: %w: move the file away to go on without its events", s.path, errHead)
			}
			j.opt.Logger.Error("segment is unreadable, its events are lost", "file", s.path, "bytes", s.bytes)
			continue
		}
		if i < len(j.segments)-1 {
			s.end = j.segments[i+1].head.base
		}
		good = append(good, s)
	}
	j.segments = good
	return nil
}

// recover goes through the newest segment: it finds where the journal ends,
// cuts off what lies behind, and makes index and producers anew.
func (j *Journal) recover(s *segment) error {
	if err := j.hold(s); err != nil {
		return err
	}
	size, err := s.file.size()
	if err != nil {
		return err
	}
	j.tip = tip{next: s.head.first, position: s.head.base, lastPosition: s.head.lastPosition, lastTime: s.head.lastTime}
	r := recovery{j: j, s: s, tip: j.tip, end: s.head.base + max(size-headBytes, 0), hole: step{from: s.head.base, to: s.head.base}}
	if err := r.run(); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	s.end = j.tip.position
	s.bytes = s.offset(s.end)
	j.producers.forget(j.opt.MaxProducers)
	return j.cut(s, size, r.marked)
}

// cut removes what lies behind the end of the newest segment, but for the
// record that says that the journal was closed there. What is before may have
// been written and not synced when the process died, and readers will see it.
func (j *Journal) cut(s *segment, size int64, mark bool) error {
	torn := size - s.offset(s.end)
	if torn > 0 && (!mark || torn != recordHead) {
		j.opt.Logger.Warn("partition was not closed, its torn end is cut off", "file", s.path, "at", s.offset(s.end), "bytes", torn)
		if err := s.file.settle(s.offset(s.end)); err != nil {
			return err
		}
	}
	return s.file.sync()
}

// completeIndex writes the index of the segment before the newest, if a crash
// came between the two.
func (j *Journal) completeIndex() error {
	if len(j.segments) < 2 {
		return nil
	}
	s := j.segments[len(j.segments)-2]
	if err := j.hold(s); err != nil {
		return err
	}
	defer j.depart(s)
	if _, err := readIndex(s.file, s.offset(s.end)); !errors.Is(err, errIndex) {
		return err
	}
	x, err := walkIndex(s.walk(s.file, s.head.base, s.end))
	if err != nil {
		return err
	}
	j.seal(s, x)
	return nil
}
