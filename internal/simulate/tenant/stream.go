package tenant

import (
	"bytes"
	"context"
	"fmt"

	"nephoscope/internal/simulate"
)

// streamRecords is how many records Azure Monitor's messages have at most here.
const streamRecords = 100

// A Message is one that Azure Monitor sends to a hub.
type Message struct {
	Export  Export
	Body    []byte // the envelope; the receiver's only until it returns
	Records int
}

// Stream plays the part of Azure Monitor: it sends the company's events, in
// order of time, to the hubs that the settings of this moment name. It returns
// when all are sent, with the first error of send, or when ctx ends. Events
// that no setting wants go nowhere.
func (t *Tenant) Stream(ctx context.Context, send func(ctx context.Context, m Message) error) error {
	var lines []*line
	for _, e := range t.Exports() {
		if e.Hub != "" {
			lines = append(lines, &line{export: e})
		}
	}
	for _, event := range t.history() {
		for _, l := range lines {
			if !l.export.Takes(&event) {
				continue
			}
			if err := l.add(ctx, &event, send); err != nil {
				return err
			}
		}
	}
	for _, l := range lines {
		if err := l.flush(ctx, send); err != nil {
			return err
		}
	}
	return nil
}

// A line gathers the records of one export into messages.
type line struct {
	export Export
	body   bytes.Buffer
	writer *simulate.Writer
	n      int
}

func (l *line) add(ctx context.Context, event *simulate.Event, send func(context.Context, Message) error) (err error) {
	if l.n == 0 {
		l.body.Reset()
		if l.writer, err = simulate.NewWriter(&l.body, l.export.Shape); err != nil {
			return err
		}
	}
	if err := l.writer.Write(event); err != nil {
		return err
	}
	if l.n++; l.n < streamRecords {
		return nil
	}
	return l.flush(ctx, send)
}

func (l *line) flush(ctx context.Context, send func(context.Context, Message) error) error {
	if l.n == 0 {
		return nil
	}
	if err := l.writer.Close(); err != nil {
		return err
	}
	m := Message{Export: l.export, Body: l.body.Bytes(), Records: l.n}
	l.n = 0
	if err := send(ctx, m); err != nil {
		return fmt.Errorf("stream %s of subscription %s to %s: %w", l.export.Setting, l.export.Subscription, l.export.Hub, err)
	}
	return nil
}
