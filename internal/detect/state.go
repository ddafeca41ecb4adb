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

// A state tells how far a rule has come: every run after first and up to run
// has seen all rows up to sequence. Version counts the commits that recorded
// runs, so that who remembers the records of a version knows whether they are
// all. It is the token of the rule's position.
type state struct {
	sequence int64
	run      schema.DatetimeValue
	version  int64
	first    schema.DatetimeValue // runs up to it are not the rule's; 0 for none

	bounds // of the next look at the tables; they are not stored
}

// Bounds tell which rows a calendar leaves out.
type bounds struct {
	floor    schema.DatetimeValue // rows of TimeGenerated up to it; 0 for none
	lateness schema.TimespanValue // rows that arrived later than that; 0 for none
}

// condition is what a calendar's question puts behind the name of a table, so
// that the rows that are left out are not even counted.
func (b bounds) condition() string {
	text := ""
	if b.floor > 0 {
		text += "\n| where TimeGenerated > " + literal(b.floor)
	}
	if b.lateness > 0 {
		text += fmt.Sprintf("\n| where %s - TimeGenerated <= time(%s)", schema.IngestedAt, b.lateness)
	}
	return text
}

// token writes the state; the state of a rule that never ran is "".
func (s state) token() string {
	s.bounds = bounds{}
	switch {
	case s == (state{}):
		return ""
	case s.first != 0:
		return fmt.Sprintf("%d@%d@%d@%d", s.sequence, int64(s.run), s.version, int64(s.first))
	case s.version != 0:
		return fmt.Sprintf("%d@%d@%d", s.sequence, int64(s.run), s.version)
	}
	return fmt.Sprintf("%d@%d", s.sequence, int64(s.run))
}

func parseState(token string) (state, error) {
	if token == "" {
		return state{}, nil
	}
	parts := strings.Split(token, "@")
	var n [4]int64
	if len(parts) < 2 || len(parts) > len(n) {
		return state{}, fmt.Errorf("position %q is not one of a rule", token)
	}
	for i, p := range parts {
		var err error
		if n[i], err = strconv.ParseInt(p, 10, 64); err != nil {
			return state{}, fmt.Errorf("position %q is not one of a rule", token)
		}
	}
	return state{sequence: n[0], run: schema.DatetimeValue(n[1]), version: n[2], first: schema.DatetimeValue(n[3])}, nil
}

// began tells whether the rule was ever swept.
func (s state) began() bool { return s.run != 0 || s.first != 0 }

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
