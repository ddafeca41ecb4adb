package ops

import (
	"cmp"
	"context"
	"math"
	"slices"

	"nephoscope/internal/store"
)

// Mine finds the patterns that many rows share: values of some columns. It is
// what the plugins basket and autocluster do. Rows come grouped, the last column
// of each holding its weight.
//
// A pattern is grown column by column, as Apriori does, and then closed: every
// other column in which all of its rows agree belongs to it. So a pattern is
// found once, with all that it implies.
type Mine struct {
	// Columns is how many columns a pattern can have.
	Columns int
	// Threshold is the part of all rows, from 0 to 1, that a pattern has.
	Threshold float64
	// Dimensions is how many columns are chosen before the pattern is closed.
	Dimensions int
	// Wildcards stand, by column, for any value.
	Wildcards []any
	// Cluster leaves the few patterns that together say most; SizeWeight
	// balances how many rows one has against how many values.
	Cluster    bool
	SizeWeight float64
	// Most is how many patterns Cluster leaves at most.
	Most int
}

// anyValue is the code of a column that a pattern leaves open.
const anyValue = -1

// A mining holds rows as codes: each value of a column is a number.
type mining struct {
	*Mine
	rows    [][]int32
	weights []float64
	values  [][]any // by column and code
	total   float64
	work    int
	found   map[string]*pattern
}

// A pattern is a code for each column and the rows that have it.
type pattern struct {
	codes  []int32
	rows   []int32
	weight float64
}

// Run reads all rows and then emits the patterns.
func (m *Mine) Run(ctx context.Context, f *store.Flow) error {
	g := &mining{Mine: m, values: make([][]any, m.Columns), found: map[string]*pattern{}}
	if err := g.read(f); err != nil {
		return err
	}
	if err := g.grow(ctx, g.everything(), 0, 0); err != nil {
		return err
	}
	list := g.sorted()
	if m.Cluster {
		list = g.cluster(list)
	}
	for i, p := range list {
		if err := f.Emit(g.row(i, p)); err != nil {
			return err
		}
	}
	return nil
}

// read codes the rows.
func (g *mining) read(f *store.Flow) error {
	budget := newBudget("this plugin", f.Memory)
	codes := make([]map[any]int32, g.Columns)
	for i := range codes {
		codes[i] = map[any]int32{}
	}
	for {
		row, err := f.In[0].Next()
		if err != nil || row == nil {
			return err
		}
		coded := make([]int32, g.Columns)
		for i, v := range row[:g.Columns] {
			code, ok := codes[i][v]
			if !ok {
				code = int32(len(g.values[i])) //nolint:gosec // fewer values than fit into memory
				codes[i][v] = code
				g.values[i] = append(g.values[i], v)
				if err := budget.spend(size([]any{v}) + 48); err != nil {
					return err
				}
			}
			coded[i] = code
		}
		if err := budget.spend(int64(4*g.Columns) + 40); err != nil {
			return err
		}
		weight, _ := number(row[g.Columns])
		g.rows, g.weights = append(g.rows, coded), append(g.weights, weight)
		g.total += weight
	}
}

func (g *mining) everything() *pattern {
	p := &pattern{codes: make([]int32, g.Columns), rows: make([]int32, len(g.rows)), weight: g.total}
	for i := range p.codes {
		p.codes[i] = anyValue
	}
	for i := range p.rows {
		p.rows[i] = int32(i) //nolint:gosec // fewer rows than fit into memory
	}
	return p
}

// maxWork bounds how many times a row is looked at.
const maxWork = 400_000_000

// grow adds to a pattern each value of each column from the given one on.
func (g *mining) grow(ctx context.Context, p *pattern, from, depth int) error {
	if depth == g.Dimensions {
		return nil
	}
	for col := from; col < g.Columns; col++ {
		if p.codes[col] != anyValue {
			continue
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if g.work += len(p.rows); g.work > maxWork {
			return &WorkError{Operator: "this plugin"}
		}
		for _, q := range g.split(p, col) {
			g.close(q)
			if err := g.grow(ctx, q, col+1, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// split returns the patterns that a column makes of one, those with weight
// enough.
func (g *mining) split(p *pattern, col int) []*pattern {
	weight := map[int32]float64{}
	for _, r := range p.rows {
		weight[g.rows[r][col]] += g.weights[r]
	}
	var list []*pattern
	for code, w := range weight {
		if w < g.Threshold*g.total || !isValue(g.values[col][code]) {
			continue
		}
		q := &pattern{codes: slices.Clone(p.codes), weight: w}
		q.codes[col] = code
		for _, r := range p.rows {
			if g.rows[r][col] == code {
				q.rows = append(q.rows, r)
			}
		}
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *pattern) int { return cmp.Compare(a.codes[col], b.codes[col]) })
	return list
}

// isValue tells whether a value says something; null and empty text stand for
// what is open.
func isValue(v any) bool { return v != nil && v != "" }

// close notes a pattern with all that its rows agree in.
func (g *mining) close(p *pattern) {
	closed := &pattern{codes: slices.Clone(p.codes), rows: p.rows, weight: p.weight}
	key := make([]byte, 0, 4*g.Columns)
	for col := range closed.codes {
		first := g.rows[p.rows[0]][col]
		agree := isValue(g.values[col][first])
		for _, r := range p.rows {
			agree = agree && g.rows[r][col] == first
		}
		if agree {
			closed.codes[col] = first
		}
		c := closed.codes[col]
		key = append(key, byte(c), byte(c>>8), byte(c>>16), byte(c>>24))
	}
	g.found[string(key)] = closed
}

// sorted returns the patterns, those of most rows first.
func (g *mining) sorted() []*pattern {
	list := make([]*pattern, 0, len(g.found))
	for _, p := range g.found {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *pattern) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), slices.Compare(a.codes, b.codes))
	})
	return list
}

// cluster takes the best pattern for the rows that no pattern has yet, until
// what is left is less than the threshold.
func (g *mining) cluster(list []*pattern) []*pattern {
	covered := make([]bool, len(g.rows))
	var chosen []*pattern
	for len(chosen) < g.Most {
		var best *pattern
		top := 0.0
		for _, p := range list {
			if s := g.score(p, covered); s > top {
				best, top = p, s
			}
		}
		if best == nil {
			break
		}
		chosen = append(chosen, best)
		for _, r := range best.rows {
			covered[r] = true
		}
	}
	slices.SortStableFunc(chosen, func(a, b *pattern) int { return cmp.Compare(b.weight, a.weight) })
	return chosen
}

// score is the weighted geometric mean of the part of rows that are new and of
// the part of columns that are said; 0 if too few rows are new.
func (g *mining) score(p *pattern, covered []bool) float64 {
	fresh, said := 0.0, 0
	for _, r := range p.rows {
		if !covered[r] {
			fresh += g.weights[r]
		}
	}
	if fresh < g.Threshold*g.total {
		return 0
	}
	for _, c := range p.codes {
		if c != anyValue {
			said++
		}
	}
	return math.Pow(fresh/g.total, g.SizeWeight) * math.Pow(float64(said)/float64(g.Columns), 1-g.SizeWeight)
}

// row is a pattern as the plugins return it.
func (g *mining) row(i int, p *pattern) []any {
	row := []any{int64(i), int64(math.Round(p.weight)), 100 * p.weight / g.total}
	for col, code := range p.codes {
		if code == anyValue {
			row = append(row, g.Wildcards[col])
			continue
		}
		row = append(row, g.values[col][code])
	}
	return row
}
