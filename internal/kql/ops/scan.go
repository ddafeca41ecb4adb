package ops

import (
	"context"

	"nephoscope/internal/store"
)

// Scan is the operator scan: it takes row after row, in order, through steps
// that match rows and remember them. The meaning is that of the documentation
// of the scan operator, section "Scan logic".
type Scan struct {
	// Columns is how many of the input's columns belong to the result; those
	// behind them hold what the steps need of a row.
	Columns int
	// Defaults are the values of the declared columns until they are set.
	Defaults []any
	// MatchID adds the number of the match to the result.
	MatchID bool
	// Partition are columns of the input: the rows of each combination of
	// values are scanned for themselves.
	Partition []int
	Steps     []ScanStep
}

// A ScanStep is one step.
type ScanStep struct {
	// Filters are columns of the input that must be true.
	Filters []int
	// Formula computes what depends on the records, -1 for nothing; Args are
	// its arguments, Conditions those of its results that must be true.
	Formula    int
	Args       []ScanArg
	Conditions []int
	Set        []ScanSet
	Output     ScanOutput
}

// A ScanArg is a column of the current row, if Step is negative, or of the
// record of a step.
type ScanArg struct{ Step, Column int }

// A ScanSet sets a column of the record from a column of the input, or if that
// is negative from a result of the formula.
type ScanSet struct{ Column, Input, Value int }

// A ScanOutput tells which matches of a step are results.
type ScanOutput uint8

// All matches, the last of several that follow each other, none.
const (
	OutputAll ScanOutput = iota
	OutputLast
	OutputNone
)

// A sequence is the memory of a step: a record of each step up to it, and the
// number of the match. It is empty without records.
type sequence struct {
	records [][]any
	match   int64
	// last is a result that another match of the step would replace.
	last []any
}

// A scanning is a scan of the rows of one partition.
type scanning struct {
	*Scan
	flow  *store.Flow
	empty []any
	seqs  []sequence
	next  *int64
}

// Run scans the first input.
func (s *Scan) Run(_ context.Context, f *store.Flow) error {
	budget := newBudget("scan", f.Memory)
	var next int64
	parts := map[string]*scanning{}
	var order []*scanning
	for {
		row, err := f.In[0].Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		k := key(row, s.Partition)
		sc := parts[k]
		if sc == nil {
			if err := budget.spend(int64(len(k)) + 64 + int64(len(s.Steps)*len(s.Steps))*size(row)); err != nil {
				return err
			}
			sc = &scanning{Scan: s, flow: f, empty: s.emptyRecord(), seqs: make([]sequence, len(s.Steps)), next: &next}
			parts[k] = sc
			order = append(order, sc)
		}
		if err := sc.row(row); err != nil {
			return err
		}
	}
	for _, sc := range order {
		for k := range sc.seqs {
			if err := sc.release(&sc.seqs[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Scan) emptyRecord() []any {
	return append(make([]any, s.Columns), s.Defaults...)
}

// row takes a row through the steps, from the last to the first.
func (s *scanning) row(row []any) error {
	for k := len(s.Steps) - 1; k >= 0; k-- {
		if !s.passes(row, &s.Steps[k]) {
			continue
		}
		if err := s.match(row, k); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanning) passes(row []any, step *ScanStep) bool {
	for _, i := range step.Filters {
		if row[i] != true {
			return false
		}
	}
	return true
}

// match lets a row continue the sequence of the step before, or that of the
// step itself.
func (s *scanning) match(row []any, k int) error {
	step := &s.Steps[k]
	if k > 0 && s.seqs[k-1].records != nil {
		record, err := s.record(row, step, s.seqs[k-1].records)
		if err != nil {
			return err
		}
		if record != nil {
			return s.promote(k, record)
		}
	}
	if k > 0 && s.seqs[k].records == nil {
		return nil
	}
	record, err := s.record(row, step, s.seqs[k].records)
	if err != nil || record == nil {
		return err
	}
	if s.seqs[k].records == nil { // a new sequence begins at the first step
		s.seqs[k].records = make([][]any, 1)
		s.seqs[k].match = *s.next
		*s.next++
	}
	s.seqs[k].records[k] = record
	return s.result(k, record)
}

// promote makes the sequence of the step before that of step k.
func (s *scanning) promote(k int, record []any) error {
	if err := s.release(&s.seqs[k]); err != nil {
		return err
	}
	if err := s.release(&s.seqs[k-1]); err != nil {
		return err
	}
	s.seqs[k] = sequence{records: append(s.seqs[k-1].records, record), match: s.seqs[k-1].match}
	s.seqs[k-1] = sequence{}
	return s.result(k, record)
}

// result gives out a step's record, now or when it turns out to be the last.
func (s *scanning) result(k int, record []any) error {
	seq := &s.seqs[k]
	switch s.Steps[k].Output {
	case OutputNone:
		return nil
	case OutputLast:
		seq.last = s.complete(record, seq.match)
		return nil
	}
	return s.flow.Emit(s.complete(record, seq.match))
}

func (s *scanning) complete(record []any, match int64) []any {
	row := record[:len(record):len(record)]
	if s.MatchID {
		row = append(row, match)
	}
	return row
}

// release gives out what a sequence has held back.
func (s *scanning) release(seq *sequence) error {
	if seq.last == nil {
		return nil
	}
	row := seq.last
	seq.last = nil
	return s.flow.Emit(row)
}

// record extends a row by the step's assignments, given the records of a
// sequence; it is nil if the row does not match.
func (s *scanning) record(row []any, step *ScanStep, records [][]any) ([]any, error) {
	var values []any
	if step.Formula >= 0 {
		args := make([]any, len(step.Args))
		for i, a := range step.Args {
			args[i] = s.argument(a, row, records)
		}
		var err error
		if values, err = s.flow.Formulas[step.Formula](args); err != nil {
			return nil, err
		}
		for _, c := range step.Conditions {
			if values[c] != true {
				return nil, nil
			}
		}
	}
	record := append(row[:s.Columns:s.Columns], s.Defaults...)
	for _, set := range step.Set {
		if set.Input >= 0 {
			record[set.Column] = row[set.Input]
		} else {
			record[set.Column] = values[set.Value]
		}
	}
	return record, nil
}

func (s *scanning) argument(a ScanArg, row []any, records [][]any) any {
	switch {
	case a.Step < 0:
		return row[a.Column]
	case a.Step < len(records) && records[a.Step] != nil:
		return records[a.Step][a.Column]
	}
	return s.empty[a.Column]
}
