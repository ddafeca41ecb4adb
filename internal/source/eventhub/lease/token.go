package lease

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const tokenVersion = "1"

// A holding is the meaning of a token: who has a partition, and until when.
type holding struct {
	owner   string // empty if it was given up
	epoch   int64
	expires time.Time // in milliseconds
}

func (h holding) String() string {
	return strings.Join([]string{tokenVersion, strconv.FormatInt(h.epoch, 10), strconv.FormatInt(h.expires.UnixMilli(), 10), h.owner}, ":")
}

// parse reads a token. "" is a partition that nobody had yet.
func parse(token string) (holding, error) {
	if token == "" {
		return holding{}, nil
	}
	parts := strings.SplitN(token, ":", 4)
	if len(parts) != 4 || parts[0] != tokenVersion {
		return holding{}, fmt.Errorf("lease %q is of another version", token)
	}
	epoch, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || epoch < 0 {
		return holding{}, fmt.Errorf("lease %q has no epoch", token)
	}
	millis, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return holding{}, fmt.Errorf("lease %q has no time", token)
	}
	return holding{owner: parts[3], epoch: epoch, expires: time.UnixMilli(millis)}, nil
}

// live tells whether somebody has the partition.
func (h holding) live(now time.Time) bool { return h.owner != "" && now.Before(h.expires) }
