package outputtest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"nephoscope/internal/output"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Memory is a store in memory, with its Log. It keeps what the contracts
// promise: sequences grow over all tables, positions are conditional, and a
// row that is known is not written again. It is safe for concurrent use.
type Memory struct {
	// Fail, if set, is asked before each commit and can make it fail.
	Fail func(b *store.Batch) error
	// Chosen says which rows a condition chooses; nil means all.
	Chosen func(where string, b *output.Batch, row *output.Row) bool

	catalog schema.Catalog

	mu        sync.Mutex
	now       schema.DatetimeValue
	sequence  int64 // of the next row
	batches   map[string]*output.Batch
	known     map[string]bool
	positions map[[2]string]string
	commits   int
}

// NewMemory returns an empty store of the catalogue's tables. now is the time
// of the first commit; each takes a millisecond.
func NewMemory(catalog schema.Catalog, now schema.DatetimeValue) *Memory {
	return &Memory{
		catalog: catalog, now: now,
		batches: map[string]*output.Batch{}, known: map[string]bool{}, positions: map[[2]string]string{},
	}
}

// Commit implements output.Store.
func (m *Memory) Commit(_ context.Context, b *store.Batch) (store.Result, error) {
	if m.Fail != nil {
		if err := m.Fail(b); err != nil {
			return store.Result{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range b.Positions {
		if stored := m.positions[[2]string{p.Source, p.Partition}]; stored != p.From {
			return store.Result{}, &store.PositionError{Position: p, Stored: stored}
		}
	}
	for _, p := range b.Positions {
		m.positions[[2]string{p.Source, p.Partition}] = p.To
	}
	res := store.Result{Committed: map[string]int{}, Duplicate: map[string]int{}}
	m.commits++
	m.now += schema.TicksPerMillisecond
	for _, rows := range b.Rows {
		m.add(output.BatchOf(rows), res)
	}
	return res, nil
}

func (m *Memory) add(b *output.Batch, res store.Result) {
	have := m.batches[b.Table]
	if have == nil {
		have = &output.Batch{Table: b.Table, Columns: b.Columns}
		m.batches[b.Table] = have
	}
	for _, row := range b.Rows {
		key := b.Table + "/" + row.ID
		if m.known[key] {
			res.Duplicate[b.Table]++
			continue
		}
		m.known[key] = true
		row.Sequence, row.Arrived = m.sequence, m.now
		m.sequence++
		have.Rows = append(have.Rows, row)
		res.Committed[b.Table]++
	}
}

// Skip leaves n sequences out, as other tables' rows would.
func (m *Memory) Skip(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sequence += n
}

// Position implements output.Store.
func (m *Memory) Position(_ context.Context, source, partition string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.positions[[2]string{source, partition}], nil
}

// Rows returns the rows of a table in order of arrival.
func (m *Memory) Rows(table string) *output.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.part(table, -1, m.sequence)
}

// part returns the rows of a range.
func (m *Memory) part(table string, after, upto int64) *output.Batch {
	have := m.batches[table]
	if have == nil {
		return &output.Batch{Table: table}
	}
	b := &output.Batch{Table: table, Columns: have.Columns}
	for _, row := range have.Rows {
		if row.Sequence > after && row.Sequence <= upto {
			b.Rows = append(b.Rows, row)
		}
	}
	return b
}

// Check implements output.Log.
func (m *Memory) Check(s output.Selection) error {
	if _, ok := m.catalog.Table(s.Table); !ok {
		return fmt.Errorf("there is no table %q", s.Table)
	}
	return nil
}

// Look implements output.Log.
func (m *Memory) Look(ctx context.Context, table string, after int64) (output.Ahead, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.part(table, after, m.sequence)
	if len(b.Rows) == 0 {
		return output.Ahead{}, ctx.Err()
	}
	first, last := b.Rows[0], b.Rows[len(b.Rows)-1]
	return output.Ahead{Rows: int64(len(b.Rows)), First: first.Sequence, Last: last.Sequence, Oldest: first.Arrived}, ctx.Err()
}

// Read implements output.Log; every row counts as one byte.
func (m *Memory) Read(ctx context.Context, r output.Range) (*output.Batch, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.part(r.Table, r.After, r.Upto)
	if m.Chosen != nil && r.Where != "" {
		b.Rows = slices.DeleteFunc(b.Rows, func(row output.Row) bool { return !m.Chosen(r.Where, b, &row) })
	}
	if n := max(1, r.Bytes); int64(len(b.Rows)) > n {
		b.Rows = b.Rows[:n]
		return b, b.Rows[n-1].Sequence, ctx.Err()
	}
	return b, r.Upto, ctx.Err()
}
