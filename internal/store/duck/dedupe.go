package duck

import (
	"context"
	"fmt"
	"slices"

	"nephoscope/internal/schema"
)

// A part is what a commit writes of one batch of rows.
type part struct {
	from  *schema.Rows
	rows  []int32 // the places of the new ones
	first int64   // the sequence of the first
}

// newRows picks the rows whose identity is neither stored nor met before in
// the same commit.
func (s *Store) newRows(all []*schema.Rows) ([]part, error) {
	parts := make([]part, 0, len(all))
	met := map[string]map[schema.ID]struct{}{}
	for _, r := range all {
		name := r.Table.Name
		if met[name] == nil {
			met[name] = make(map[schema.ID]struct{}, r.Len())
		}
		rows, err := s.unmet(r, met[name])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{from: r, rows: rows})
	}
	return parts, nil
}

func (s *Store) unmet(r *schema.Rows, met map[schema.ID]struct{}) ([]int32, error) {
	set, err := s.idsOf(r.Table.Name)
	if err != nil {
		return nil, err
	}
	rows := make([]int32, 0, r.Len())
	suspects := map[schema.ID]struct{}{}
	var blocks []uint64
	for i := range r.IDs {
		id := &r.IDs[i]
		if _, again := met[*id]; again {
			continue
		}
		met[*id] = struct{}{}
		rows = append(rows, int32(i))
		if n := len(blocks); n < len(set.find(id, blocks)) {
			blocks = set.find(id, blocks)
			suspects[*id] = struct{}{}
		}
	}
	if len(suspects) == 0 {
		return rows, nil
	}
	stored, err := s.stored(r.Table.Name, suspects, blocks)
	return slices.DeleteFunc(rows, func(i int32) bool {
		_, ok := stored[r.IDs[i]]
		return ok
	}), err
}

// stored returns which of the suspects a table really holds, reading only the
// identities in the given blocks.
func (s *Store) stored(table string, suspects map[schema.ID]struct{}, blocks []uint64) (map[schema.ID]struct{}, error) {
	found := map[schema.ID]struct{}{}
	for _, r := range ranges(blocks) {
		for _, f := range s.days {
			t := f.tables[table]
			if t.span() == 0 || t.next <= r.from || t.first >= r.to {
				continue
			}
			err := f.eachID(s.w, table, fmt.Sprintf("WHERE %[1]s >= %[2]d AND %[1]s < %[3]d", quoteName(schema.Sequence), r.from, r.to),
				func(id schema.ID, _ int64) {
					if _, ok := suspects[id]; ok {
						found[id] = struct{}{}
					}
				})
			if err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// A span is a range of sequences, to excluded.
type span struct{ from, to int64 }

// ranges joins blocks to spans. Many far-flung blocks are not worth a
// statement each: they become one span.
func ranges(blocks []uint64) []span {
	slices.Sort(blocks)
	var spans []span
	for _, b := range slices.Compact(blocks) {
		from := int64(b) << blockRows
		if n := len(spans); n > 0 && spans[n-1].to == from {
			spans[n-1].to += 1 << blockRows
			continue
		}
		spans = append(spans, span{from, from + 1<<blockRows})
	}
	if n := len(spans); n > 50 {
		return []span{{spans[0].from, spans[n-1].to}}
	}
	return spans
}

// idsOf returns the identities of a table, read from its files when the table
// is first written to.
func (s *Store) idsOf(table string) (*idSet, error) {
	if set := s.ids[table]; set != nil {
		return set, nil
	}
	n := int64(0)
	for _, f := range s.days {
		n += f.tables[table].span()
	}
	set := newIDSet(n)
	for _, f := range s.days {
		if f.tables[table].span() == 0 {
			continue
		}
		err := f.eachID(s.w, table, "", func(id schema.ID, sequence int64) { set.add(&id, blockOf(sequence)) })
		if err != nil {
			return nil, err
		}
	}
	s.ids[table] = set
	return set, nil
}

// learn remembers the identities that were committed.
func (s *Store) learn(parts []part) {
	for _, p := range parts {
		set := s.ids[p.from.Table.Name]
		for i, row := range p.rows {
			set.add(&p.from.IDs[row], blockOf(p.first+int64(i)))
		}
	}
}

// eachID calls fn with the identity and the sequence of a table's rows.
func (f *dayFile) eachID(c *conn, table, where string, fn func(schema.ID, int64)) error {
	sql := fmt.Sprintf("SELECT %s, %s FROM %s.data.%s %s", quoteName(schema.ItemID), quoteName(schema.Sequence), f.alias, quoteName(table), where)
	res, err := c.query(context.Background(), sql, []schema.Column{{Type: schema.String}, {Type: schema.Long}})
	if err != nil {
		return fmt.Errorf("read the identities in %s: %w", f.path, err)
	}
	defer res.close()
	for {
		more, err := res.fetch()
		if err != nil {
			return fmt.Errorf("read the identities in %s: %w", f.path, err)
		}
		if !more {
			return nil
		}
		for row := range res.n {
			fn(uuidAt(res.readers[0].data, row), at[int64](res.readers[1].data, row))
		}
	}
}
