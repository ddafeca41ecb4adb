package detect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// positionSource is the source of the positions that rules have in the store.
const positionSource = "rule"

// A state tells how far a rule has come: every run up to run has seen all rows
// up to sequence. It is the token of the rule's position.
type state struct {
	sequence int64
	run      schema.DatetimeValue
}

// token writes the state; the state of a rule that never ran is "".
func (s state) token() string {
	if s == (state{}) {
		return ""
	}
	return fmt.Sprintf("%d@%d", s.sequence, int64(s.run))
}

func parseState(token string) (state, error) {
	if token == "" {
		return state{}, nil
	}
	left, right, ok := strings.Cut(token, "@")
	sequence, err1 := strconv.ParseInt(left, 10, 64)
	run, err2 := strconv.ParseInt(right, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return state{}, fmt.Errorf("position %q is not one of a rule", token)
	}
	return state{sequence, schema.DatetimeValue(run)}, nil
}

// state reads how far a rule has come.
func (d *Detector) state(ctx context.Context, rule *rules.Rule) (state, error) {
	token, err := d.store.Position(ctx, positionSource, rule.ID)
	if err != nil {
		return state{}, err
	}
	return parseState(token)
}

// position makes the step from one state to the next.
func position(rule *rules.Rule, from, to state) event.Position {
	return event.Position{Source: positionSource, Partition: rule.ID, From: from.token(), To: to.token()}
}
