package ops

import (
	"math/rand/v2"
	"testing"
)

// TestComponents compares the marks of random graphs with which nodes can be
// reached from which, as found by trying all ways.
func TestComponents(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same graphs each time
	for range 300 {
		nodes, edges := 1+dice.IntN(12), dice.IntN(20)
		g := &components{places: map[any]int{}}
		for i := range nodes {
			g.place(i)
		}
		reach, linked := newReach(nodes), newReach(nodes)
		for range edges {
			from, to := dice.IntN(nodes), dice.IntN(nodes)
			g.out[from] = append(g.out[from], to)
			reach[from][to], linked[from][to], linked[to][from] = true, true, true
		}
		reach.close()
		linked.close()
		weak, strong := g.weak(), g.strong()
		for a := range nodes {
			for b := range nodes {
				if got, want := weak[a] == weak[b], linked[a][b]; got != want {
					t.Fatalf("%v: weak: %d and %d together: %v, want %v", g.out, a, b, got, want)
				}
				if got, want := strong[a] == strong[b], reach[a][b] && reach[b][a]; got != want {
					t.Fatalf("%v: strong: %d and %d together: %v, want %v", g.out, a, b, got, want)
				}
			}
		}
	}
}

// A reach tells which node can be reached from which.
type reach [][]bool

func newReach(nodes int) reach {
	r := make(reach, nodes)
	for i := range r {
		r[i] = make([]bool, nodes)
		r[i][i] = true
	}
	return r
}

// close adds what can be reached over other nodes.
func (r reach) close() {
	for by := range r {
		for a := range r {
			for b := range r {
				r[a][b] = r[a][b] || r[a][by] && r[by][b]
			}
		}
	}
}
