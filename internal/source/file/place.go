package file

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/decode"
)

// A partition is named by the beginning of the file's unpacked data: by 1024
// bytes of it or, if there were fewer when the file was first read, by 256, 64,
// 16, 4 or 1. So a small file keeps its partition when it grows: it is looked
// for under all its shorter beginnings as well. Files that begin alike get
// numbered partitions, told apart by the hash over all that was read.
const (
	headSize = 1024
	headStep = 4
)

// A place is where a file stands: the partition it belongs to, the stored
// token, and what that token says of this file.
type place struct {
	partition string
	token     string
	at        mark
	ended     bool // there is no more in the file than was read by then
}

// locate finds the partition whose committed part is the beginning of the
// file, or the first free one.
func (s *Source) locate(ctx context.Context, file io.Reader) (place, error) {
	var left []byte
	plain, err := decode.Unpack(file, &left)
	if err != nil {
		return place{}, err
	}
	in := bufio.NewReaderSize(plain, 64<<10)
	head, _ := in.Peek(headSize) // an error comes again when the file is read
	known, free, err := s.candidates(ctx, head)
	if err != nil {
		return place{}, err
	}
	p, ok := longest(in, known)
	if !ok {
		return place{partition: free}, nil
	}
	p.ended = p.ended && len(left) == 0
	if p.at.format != s.format() {
		p.at = mark{} // what was understood then need not be what is meant now
	}
	return p, nil
}

// candidates returns the known partitions of files that begin with the head or
// a part of it, and the one that a new file would get.
func (s *Source) candidates(ctx context.Context, head []byte) (known []place, free string, err error) {
	for size := headSize; size > 0; size /= headStep {
		if size > len(head) {
			continue
		}
		for n := 1; ; n++ {
			p := place{partition: partitionOf(head[:size], n)}
			if p.token, err = s.positions.Position(ctx, Name, p.partition); err != nil {
				return nil, "", err
			}
			if p.token == "" {
				free = cmp.Or(free, p.partition)
				break
			}
			if p.at, err = parseMark(p.token); err != nil {
				return nil, "", err
			}
			known = append(known, p)
		}
	}
	return known, free, nil
}

// partitionOf names the nth partition of files that begin with head.
func partitionOf(head []byte, n int) string {
	name := fmt.Sprintf("%s@%d", text(xxh3.Hash128(head)), len(head))
	if n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	return name
}

// longest returns the place that has most of the file that begins with what
// the place was made from. It reads the file once, however many there are.
func longest(in *bufio.Reader, places []place) (best place, ok bool) {
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at.read, b.at.read) })
	h := newHashing()
	for _, p := range places {
		if _, err := io.CopyN(h, in, p.at.read-h.n); err != nil {
			break // the file is shorter, or no longer readable
		}
		if h.sum() == p.at.hash {
			_, err := in.Peek(1)
			p.ended = errors.Is(err, io.EOF)
			best, ok = p, true
		}
	}
	return best, ok
}

// locateStream finds the partition of what can be read only once. What was
// committed of it before is not passed over, since it cannot be compared first;
// its records are recognised one by one.
func (s *Source) locateStream(ctx context.Context, in *bufio.Reader) (place, error) {
	head, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return place{}, err
	}
	p := place{partition: "stdin-" + partitionOf(head, 1)}
	p.token, err = s.positions.Position(ctx, Name, p.partition)
	return p, err
}
