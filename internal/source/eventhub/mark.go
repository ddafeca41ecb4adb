package eventhub

import (
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/source/eventhub/wire"
)

// A mark is the meaning of a token: the last event that is durable, with
// sequence number -1 if all there will be is still to come. The offset is the hub's own word for its place and is never looked into: with
// geo-replication it is no number. Kafka knows the sequence number only.
type mark struct {
	sequence int64
	offset   string
}

const markVersion = "1"

// none is the mark before any event.
func none() mark { return mark{sequence: -1} }

func (m mark) String() string {
	return markVersion + ":" + strconv.FormatInt(m.sequence, 10) + ":" + m.offset
}

// parseMark reads a token. "" is none.
func parseMark(token string) (mark, error) {
	if token == "" {
		return none(), nil
	}
	version, rest, _ := strings.Cut(token, ":")
	number, offset, whole := strings.Cut(rest, ":")
	if version != markVersion || !whole {
		return mark{}, fmt.Errorf("token %q is of another version", token)
	}
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil || sequence < -1 || strconv.FormatInt(sequence, 10) != number {
		return mark{}, fmt.Errorf("token %q has no sequence number", token)
	}
	return mark{sequence, offset}, nil
}

// start is where to go on after the mark.
func (m mark) start() wire.Start {
	if m.sequence < 0 {
		return wire.Start{}
	}
	return wire.Start{After: true, Sequence: m.sequence, Offset: m.offset}
}
