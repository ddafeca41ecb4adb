// Package ops holds the operators of KQL that no SQL says: Go code that turns
// rows into rows between two statements. The binder puts them into the plan,
// the store runs them.
//
// Invariant: what an operator remembers is bounded by its Flow's memory; where
// that is not enough it ends with a *LimitError and never guesses.
package ops

import (
	"fmt"

	"nephoscope/internal/schema"
)

// A LimitError tells that an operator would have to remember too much.
type LimitError struct {
	Operator string
	Bytes    int64
}

// Error says what to do.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%s would have to remember more than %d MB of rows: narrow its input", e.Operator, e.Bytes>>20)
}

// A WorkError tells that an operator would take too long.
type WorkError struct{ Operator string }

// Error says what to do.
func (e *WorkError) Error() string {
	return e.Operator + " would have to look at too many combinations: narrow its input, project fewer columns, or raise its threshold"
}

// A budget counts what an operator remembers.
type budget struct {
	operator    string
	left, limit int64
}

func newBudget(operator string, limit int64) *budget { return &budget{operator, limit, limit} }

// spend takes bytes of the budget.
func (b *budget) spend(n int64) error {
	if b.left -= n; b.left < 0 {
		return &LimitError{b.operator, b.limit}
	}
	return nil
}

// size is about what a row takes in memory.
func size(row []any) int64 {
	n := int64(24 + 16*len(row))
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += int64(len(v)) + 16
		case schema.DynamicValue:
			n += int64(len(v)) + 16
		case schema.GUIDValue:
			n += int64(len(v)) + 16
		case schema.DecimalValue:
			n += int64(len(v)) + 16
		default:
			n += 8
		}
	}
	return n
}

// key writes values as a text that two rows share exactly if all of their
// values are equal.
func key(row []any, places []int) string {
	var b []byte
	for _, i := range places {
		text := fmt.Sprint(row[i])
		if row[i] == nil {
			b = append(b, '-')
			continue
		}
		b = fmt.Appendf(b, "%d:%s", len(text), text)
	}
	return string(b)
}
