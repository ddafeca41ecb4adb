package address

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A By says what a selector counts in.
type By uint8

// What the start of reading is given in.
const (
	Earliest   By = iota // the first event that is kept
	Latest               // the end, as it is when the receiver arrives
	ByOffset             // an event's offset
	BySequence           // an event's sequence number
	ByTime               // the time an event was enqueued
)

// A Selector says where a receiver starts.
type Selector struct {
	By        By
	Offset    string    // for ByOffset
	Sequence  int64     // for BySequence
	Time      time.Time // for ByTime, in whole milliseconds
	Inclusive bool      // whether the event at that place is wanted too
}

const maxSelector = 512

// ParseSelector reads the text of a selector filter, such as
//
//	amqp.annotation.x-opt-offset > '4096'
//
// Quotes may be left out. No filter at all is an empty text: the start.
func ParseSelector(text string) (Selector, error) {
	if len(text) > maxSelector {
		return Selector{}, fmt.Errorf("filter of %d bytes: at most %d are read", len(text), maxSelector)
	}
	if strings.TrimSpace(text) == "" {
		return Selector{By: Earliest}, nil
	}
	name, value, found := strings.Cut(text, ">")
	if !found {
		return Selector{}, fmt.Errorf("filter %q: want NAME > 'VALUE' or NAME >= 'VALUE'", text)
	}
	value, inclusive := strings.CutPrefix(value, "=")
	s := Selector{Inclusive: inclusive}
	if err := s.set(strings.ToLower(strings.TrimSpace(name)), unquote(value)); err != nil {
		return Selector{}, fmt.Errorf("filter %q: %w", text, err)
	}
	return s, nil
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

func (s *Selector) set(name, value string) error {
	switch name {
	case "amqp.annotation.x-opt-offset":
		return s.setOffset(value)
	case "amqp.annotation.x-opt-sequence-number":
		n, err := strconv.ParseInt(value, 10, 64)
		s.By, s.Sequence = BySequence, n
		return number(value, err)
	case "amqp.annotation.x-opt-enqueued-time", "amqp.annotation.x-opt-enqueuedtimeutc":
		n, err := strconv.ParseInt(value, 10, 64)
		s.By, s.Time = ByTime, time.UnixMilli(n).UTC()
		return number(value, err)
	}
	return fmt.Errorf("annotation %q selects nothing: want x-opt-offset, x-opt-sequence-number or x-opt-enqueued-time", name)
}

func (s *Selector) setOffset(value string) error {
	switch strings.ToLower(value) {
	case "-1":
		s.By = Earliest
	case "@latest":
		s.By = Latest
	default:
		s.By, s.Offset = ByOffset, value
		_, err := strconv.ParseUint(value, 10, 63)
		return number(value, err)
	}
	return nil
}

func number(value string, err error) error {
	if err != nil {
		return fmt.Errorf("value %q: want a decimal number", value)
	}
	return nil
}
