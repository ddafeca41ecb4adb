// Package address reads what a client writes to say where it wants to be: the
// address of a link, the names in it, the selector that says where reading
// starts, and the key that chooses a partition.
//
// It stands before everything else in the hub: text comes in, small values go
// out, and nothing here knows whether a hub of that name exists. Text is the
// peer's, so no length and no character of it is trusted.
package address

import (
	"fmt"
	"net/url"
	"strings"
)

// A Kind says what an address leads to.
type Kind uint8

// The places that a link can lead to.
const (
	Hub        Kind = iota // a hub; who sends there leaves the partition to us
	Partition              // one partition of a hub, to send to
	Reader                 // one partition as a consumer group reads it
	CBS                    // the node that takes tokens
	Management             // the node that answers questions about a hub
)

// DefaultGroup is the consumer group that every hub has.
const DefaultGroup = "$Default"

// MaxLen is the length in bytes of the longest address that is read.
const MaxLen = 2048

// An Address is where a link leads. Names keep the case they were written in.
type Address struct {
	Kind      Kind
	Hub       string // empty for the two nodes
	Group     string // of a Reader
	Partition string // of a Partition or Reader, not checked to be a number
}

// Parse reads the address of a link: a path, with or without a slash in front,
// or a whole URI whose host does not matter. The words between the names may be
// in any case.
func Parse(text string) (Address, error) {
	if len(text) > MaxLen {
		return Address{}, fmt.Errorf("address of %d bytes: at most %d are read", len(text), MaxLen)
	}
	path, err := Path(text)
	if err != nil {
		return Address{}, err
	}
	parts := strings.Split(path, "/")
	node := strings.ToLower(parts[len(parts)-1])
	switch {
	case len(parts) == 1 && node == "$cbs":
		return Address{Kind: CBS}, nil
	case len(parts) <= 2 && node == "$management":
		return Address{Kind: Management}, nil
	}
	return entity(text, parts)
}

// entity reads the path of a hub or of something inside it.
func entity(text string, parts []string) (Address, error) {
	a := Address{Hub: parts[0]}
	words := make([]string, 0, 2)
	for i := 1; i < len(parts); i += 2 {
		words = append(words, strings.ToLower(parts[i]))
	}
	switch shape := strings.Join(words, "/"); {
	case a.Hub == "":
	case shape == "" && len(parts) == 1:
		return a, nil
	case shape == "partitions" && len(parts) == 3:
		a.Kind, a.Partition = Partition, parts[2]
		return a, nil
	case shape == "consumergroups/partitions" && len(parts) == 5:
		a.Kind, a.Group, a.Partition = Reader, parts[2], parts[4]
		return a, nil
	}
	return Address{}, fmt.Errorf("address %q: want HUB, HUB/Partitions/N or HUB/ConsumerGroups/GROUP/Partitions/N", text)
}

// Path is the path of an address or of a token's resource, without slashes at
// its ends, and without scheme and host if there are any.
func Path(text string) (string, error) {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		path, _, _ = strings.Cut(path, "?")
		plain, err := url.PathUnescape(path)
		if err != nil {
			return "", fmt.Errorf("address %q: %w", text, err)
		}
		text = plain
	}
	return strings.Trim(text, "/"), nil
}

// String is the address as the service writes it.
func (a Address) String() string {
	switch a.Kind {
	case Partition:
		return a.Hub + "/Partitions/" + a.Partition
	case Reader:
		return a.Hub + "/ConsumerGroups/" + a.Group + "/Partitions/" + a.Partition
	case CBS:
		return "$cbs"
	case Management:
		return "$management"
	default:
		return a.Hub
	}
}
