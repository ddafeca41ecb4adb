package output_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
)

// plain is an output to a receiver in memory.
type plain struct {
	mu    sync.Mutex
	got   []string
	busy  int
	bad   map[string]bool
	whole bool // refuses a batch as a whole for one row in it
}

var errBusy = errors.New("too much to do")

func (p *plain) Deliver(ctx context.Context, b *output.Batch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.busy > 0 {
		p.busy--
		return output.RetryAfter(errBusy, 3*time.Millisecond)
	}
	name := b.Column("Name")
	var refused []output.Refusal
	for i, row := range b.Rows {
		switch n := row.Values[name].(string); {
		case len(n) > 100:
			refused = append(refused, output.Refusal{Row: i, Reason: output.TooLarge, Detail: "more than 100 bytes"})
		case p.bad[n]:
			refused = append(refused, output.Refusal{Row: i, Reason: output.Refused, Detail: "not that one"})
		}
	}
	if p.whole && len(refused) > 0 && refused[0].Reason == output.Refused {
		return output.Permanent(fmt.Errorf("something in %d rows is bad", len(b.Rows)))
	}
	for i, row := range b.Rows {
		if !slices.ContainsFunc(refused, func(r output.Refusal) bool { return r.Row == i }) {
			p.got = append(p.got, row.Values[name].(string))
		}
	}
	if len(refused) > 0 {
		return &output.RefusedError{Rows: refused}
	}
	return nil
}

func (p *plain) rig() outputtest.Rig {
	return outputtest.Rig{
		Output: p, TooLarge: 200,
		Received: func() []string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return slices.Clone(p.got)
		},
		Busy: func(n int) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.busy = n
		},
		Reject: func(name string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.bad[name] = true
		},
	}
}

func TestSuite(t *testing.T) {
	t.Run("rows are refused one by one", func(t *testing.T) {
		outputtest.Run(t, outputtest.Case{Open: func(*testing.T) outputtest.Rig {
			return (&plain{bad: map[string]bool{}}).rig()
		}})
	})
	t.Run("batches are refused as a whole", func(t *testing.T) {
		outputtest.Run(t, outputtest.Case{Open: func(*testing.T) outputtest.Rig {
			return (&plain{bad: map[string]bool{}, whole: true}).rig()
		}})
	})
}
