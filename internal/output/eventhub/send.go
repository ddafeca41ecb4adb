package eventhub

import (
	"context"
	"errors"
	"fmt"

	"nephoscope/internal/output"
)

// A publisher is a hub to send to.
type publisher interface {
	// batch returns an empty batch for messages with a partition key, ""
	// for none.
	batch(ctx context.Context, key string) (batch, error)
	// send returns nil when the hub has the batch for good.
	send(ctx context.Context, b batch) error
	close(ctx context.Context) error
}

// A batch is messages that the hub takes together or not at all.
type batch interface {
	// add adds a message, or returns errFull if there is no room for it.
	add(m *message) error
	count() int
}

// errFull tells that a batch has no room for a message.
var errFull = errors.New("the batch is full")

// A sender sends the messages of one key one after the other.
type sender struct {
	hub     publisher
	cfg     *Config
	key     string
	refused []output.Refusal
}

// send sends messages in batches as full as the hub allows.
func (s *sender) send(ctx context.Context, messages []message) error {
	for len(messages) > 0 {
		b, err := s.hub.batch(ctx, s.key)
		if err != nil {
			return err
		}
		for len(messages) > 0 {
			err = b.add(&messages[0])
			if err != nil {
				break
			}
			messages = messages[1:]
		}
		switch {
		case err != nil && !errors.Is(err, errFull):
			return err
		case b.count() == 0:
			messages = s.smaller(messages)
			continue
		}
		if err := s.hub.send(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// smaller takes apart the first message, which is too large for an empty
// batch. What is one record then will never be taken.
func (s *sender) smaller(messages []message) []message {
	m := messages[0]
	if len(m.records) == 1 {
		s.refused = append(s.refused, output.Refusal{
			Row: m.records[0].row, Reason: output.TooLarge,
			Detail: fmt.Sprintf("a message of %d bytes is larger than the hub takes", len(m.body)),
		})
		return messages[1:]
	}
	middle := len(m.records) / 2
	return append([]message{s.cfg.message(m.records[:middle]), s.cfg.message(m.records[middle:])}, messages[1:]...)
}
