package ops

import (
	"context"

	"nephoscope/internal/store"
)

// Components is graph-mark-components: it numbers the parts of a graph that
// hang together. The first input has rows of edges (source, target), in their
// order, the second rows of nodes (key). A result is a node's key with the
// number of its component; numbers follow the order in which edges, and then
// nodes, first name one of its nodes.
type Components struct {
	// Strong asks for parts in which every node can be reached from every
	// other along the direction of edges; else direction does not matter.
	Strong bool
}

// A components is a graph in memory: nodes are numbers.
type components struct {
	keys   []any
	places map[any]int
	out    [][]int
	budget *budget
}

// Run reads all edges and nodes before the first result.
func (c *Components) Run(ctx context.Context, f *store.Flow) error {
	g := &components{places: map[any]int{}, budget: newBudget("graph-mark-components", f.Memory)}
	if err := g.read(f); err != nil {
		return err
	}
	marks := g.weak()
	if c.Strong {
		marks = g.strong()
	}
	numbers := map[int]int64{}
	for i, key := range g.keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, ok := numbers[marks[i]]
		if !ok {
			n = int64(len(numbers))
			numbers[marks[i]] = n
		}
		if err := f.Emit([]any{key, n}); err != nil {
			return err
		}
	}
	return nil
}

func (g *components) read(f *store.Flow) error {
	for i, in := range f.In {
		for {
			row, err := in.Next()
			if err != nil {
				return err
			}
			if row == nil {
				break
			}
			if err := g.budget.spend(size(row)); err != nil {
				return err
			}
			from := g.place(row[0])
			if i == 0 {
				to := g.place(row[1])
				g.out[from] = append(g.out[from], to)
			}
		}
	}
	return nil
}

// place is the number of a node.
func (g *components) place(key any) int {
	n, ok := g.places[key]
	if !ok {
		n = len(g.keys)
		g.places[key] = n
		g.keys = append(g.keys, key)
		g.out = append(g.out, nil)
	}
	return n
}

// weak marks nodes by joining the sets of both ends of each edge.
func (g *components) weak() []int {
	parent := make([]int, len(g.keys))
	for i := range parent {
		parent[i] = i
	}
	root := func(n int) int {
		for parent[n] != n {
			parent[n] = parent[parent[n]]
			n = parent[n]
		}
		return n
	}
	for from, list := range g.out {
		for _, to := range list {
			parent[root(to)] = root(from)
		}
	}
	for i := range parent {
		parent[i] = root(i)
	}
	return parent
}

// strong marks nodes as Tarjan describes it (Depth-first search and linear
// graph algorithms, 1972), with a stack of its own instead of recursion.
func (g *components) strong() []int {
	s := &strongly{components: g, low: make([]int, len(g.keys)), index: make([]int, len(g.keys)), mark: make([]int, len(g.keys))}
	for i := range s.mark {
		s.mark[i] = -1
	}
	for i := range g.keys {
		if s.index[i] == 0 {
			s.visit(i)
		}
	}
	return s.mark
}

// A strongly is the state of a search for strong components.
type strongly struct {
	*components
	count      int
	low, index []int // from 1; 0 for nodes not seen yet
	mark       []int // -1 for nodes whose component is not known yet
	open       []int
}

// A visit is a node on the way of the search, with its next edge.
type visit struct{ node, next int }

func (s *strongly) visit(start int) {
	way := []visit{s.enter(start)}
	for len(way) > 0 {
		v := &way[len(way)-1]
		if v.next < len(s.out[v.node]) {
			to := s.out[v.node][v.next]
			v.next++
			switch {
			case s.index[to] == 0:
				way = append(way, s.enter(to))
			case s.mark[to] < 0:
				s.low[v.node] = min(s.low[v.node], s.index[to])
			}
			continue
		}
		node := v.node
		way = way[:len(way)-1]
		if len(way) > 0 {
			before := way[len(way)-1].node
			s.low[before] = min(s.low[before], s.low[node])
		}
		if s.low[node] == s.index[node] {
			s.close(node)
		}
	}
}

func (s *strongly) enter(node int) visit {
	s.count++
	s.low[node], s.index[node] = s.count, s.count
	s.open = append(s.open, node)
	return visit{node: node}
}

// close marks the nodes that were opened since, and the node itself.
func (s *strongly) close(node int) {
	for {
		last := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		s.mark[last] = node
		if last == node {
			return
		}
	}
}
