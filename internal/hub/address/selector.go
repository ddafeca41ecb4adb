package address

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/hub/journal"
)

const (
	annotation  = "amqp.annotation."
	maxSelector = 512
)

// ParseSelector reads the text of a selector filter, which says where a
// receiver starts, such as
//
//	amqp.annotation.x-opt-offset > '4096'
//
// Quotes may be left out. No filter at all is an empty text: the start.
func ParseSelector(text string) (journal.Start, error) {
	if len(text) > maxSelector {
		return journal.Start{}, fmt.Errorf("filter of %d bytes: at most %d are read", len(text), maxSelector)
	}
	if strings.TrimSpace(text) == "" {
		return journal.Earliest(), nil
	}
	name, value, found := strings.Cut(text, ">")
	if !found {
		return journal.Start{}, fmt.Errorf("filter %q: want NAME > 'VALUE' or NAME >= 'VALUE'", text)
	}
	value, inclusive := strings.CutPrefix(value, "=")
	start, err := parseStart(strings.ToLower(strings.TrimSpace(name)), unquote(value), inclusive)
	if err != nil {
		return journal.Start{}, fmt.Errorf("filter %q: %w", text, err)
	}
	return start, nil
}

func parseStart(name, value string, inclusive bool) (journal.Start, error) {
	switch name {
	case annotation + "x-opt-offset":
		return journal.AtOffset(strings.ToLower(value), inclusive)
	case annotation + "x-opt-sequence-number":
		n, err := number(value)
		return journal.AtSequence(n, inclusive), err
	case annotation + "x-opt-enqueued-time":
		n, err := number(value)
		return journal.AtTime(time.UnixMilli(n), inclusive), err
	}
	return journal.Start{}, fmt.Errorf("%q selects nothing: want %sx-opt-offset, x-opt-sequence-number or x-opt-enqueued-time",
		name, annotation)
}

func unquote(value string) string {
	value = strings.TrimSpace(value)
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(value, quote); ok {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return value
}

func number(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("value %q: want a decimal number", value)
	}
	return n, nil
}
