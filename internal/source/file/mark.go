package file

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/event"
)

// A mark is the meaning of a token: how far a file was committed, and a hash
// over all that had been read of it by then. Everything counts in the unpacked
// data, so that a compressed copy is the same file.
type mark struct {
	format event.Format // that the file was read in; another one reads it again
	end    int64        // offset where the last whole message ended
	index  int64        // number of records up to there
	read   int64        // bytes that had been read
	hash   string       // of those
	tail   int64        // size of the incomplete record that the file ended with
	whole  bool         // nothing but the tail was left of the file
}

const markVersion = "2"

func (m mark) String() string {
	state := "part"
	if m.whole {
		state = "whole"
	}
	return fmt.Sprintf("%s:%s:%s:%s:%d:%d:%d:%d", markVersion, m.format, state, m.hash, m.end, m.index, m.read, m.tail)
}

func parseMark(token string) (mark, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 8 || parts[0] != markVersion {
		return mark{}, fmt.Errorf("token %q is of another version", token)
	}
	m := mark{format: event.Format(parts[1]), whole: parts[2] == "whole", hash: parts[3]}
	for i, n := range []*int64{&m.end, &m.index, &m.read, &m.tail} {
		var err error
		if *n, err = strconv.ParseInt(parts[i+4], 10, 64); err != nil {
			return mark{}, fmt.Errorf("token %q: %w", token, err)
		}
	}
	return m, nil
}

// records returns the number of records in a whole file.
func (m mark) records() int64 {
	if m.tail > 0 {
		return m.index + 1
	}
	return m.index
}

// hashing keeps count and hash of what is written to it.
type hashing struct {
	h *xxh3.Hasher
	n int64
}

func newHashing() *hashing { return &hashing{h: xxh3.New()} }

// Write never fails.
func (h *hashing) Write(p []byte) (int, error) {
	h.n += int64(len(p))
	return h.h.Write(p)
}

func (h *hashing) sum() string { return text(h.h.Sum128()) }

func text(h xxh3.Uint128) string {
	b := h.Bytes()
	return hex.EncodeToString(b[:])
}
