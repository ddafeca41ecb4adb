package file

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

// headSize is how much of a file names its partition. Files that begin alike
// over this length get numbered partitions, told apart by all that was read.
// A file that was shorter when it was first read and then grew is taken for
// another one; its events are recognised all the same.
const headSize = 1024

// A place is where a file stands: the partition it belongs to, the stored
// token, and what that token says.
type place struct {
	partition string
	token     string
	at        mark
}

// A mark is the meaning of a token: how far a file was committed, and a hash
// over all that had been read of it by then.
type mark struct {
	end   int64 // offset in the unpacked data where the last message ended
	index int64 // number of records up to there
	raw   int64 // bytes of the file that had been read
	hash  string
	whole bool // nothing was left of the file by then
}

func (m mark) String() string {
	state := "part"
	if m.whole {
		state = "whole"
	}
	return fmt.Sprintf("1:%d:%d:%d:%s:%s", m.end, m.index, m.raw, m.hash, state)
}

func parseMark(token string) (mark, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 6 || parts[0] != "1" {
		return mark{}, fmt.Errorf("token %q is of another version", token)
	}
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(parts[i+1], 10, 64); err != nil {
			return mark{}, fmt.Errorf("token %q: %w", token, err)
		}
	}
	return mark{end: n[0], index: n[1], raw: n[2], hash: parts[4], whole: parts[5] == "whole"}, nil
}

// locate finds the partition whose committed part is the beginning of the
// file, or the first free one.
func (s *Source) locate(ctx context.Context, file io.ReadSeeker, size int64) (place, error) {
	head, err := partitionOf(file)
	if err != nil {
		return place{}, err
	}
	for n := 1; ; n++ {
		p := place{partition: head}
		if n > 1 {
			p.partition += "-" + strconv.Itoa(n)
		}
		if p.token, err = s.positions.Position(ctx, Name, p.partition); err != nil || p.token == "" {
			return p, err
		}
		if p.at, err = parseMark(p.token); err != nil {
			return place{}, err
		}
		same, err := begins(file, size, p.at)
		if same || err != nil {
			return p, err
		}
	}
}

// partitionOf names the partition of data by their beginning.
func partitionOf(r io.Reader) (string, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	return sum(xxh3.Hash128(head[:n])), nil
}

func sum(h xxh3.Uint128) string {
	b := h.Bytes()
	return hex.EncodeToString(b[:])
}

// begins tells whether the file begins with what the mark was made from.
func begins(file io.ReadSeeker, size int64, m mark) (bool, error) {
	if m.raw > size {
		return false, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	h := newHashing(io.LimitReader(file, m.raw))
	if _, err := io.Copy(io.Discard, h); err != nil {
		return false, err
	}
	return h.sum() == m.hash, nil
}

// hashing is a reader that keeps count and hash of what went through it.
type hashing struct {
	r io.Reader
	h *xxh3.Hasher
	n int64
}

func newHashing(r io.Reader) *hashing { return &hashing{r: r, h: xxh3.New()} }

// Read reads from the underlying reader.
func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.n += int64(n)
	_, _ = h.h.Write(p[:n]) // a hash never fails
	return n, err
}

func (h *hashing) sum() string { return sum(h.h.Sum128()) }

// locateStdin finds the partition of standard input. What was committed of it
// before is not passed over, since it cannot be compared first; its records
// are recognised one by one.
func (s *Source) locateStdin(ctx context.Context, in *bufio.Reader) (place, error) {
	head, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return place{}, err
	}
	name, err := partitionOf(bytes.NewReader(head))
	if err != nil {
		return place{}, err
	}
	p := place{partition: "stdin-" + name}
	p.token, err = s.positions.Position(ctx, Name, p.partition)
	return p, err
}
