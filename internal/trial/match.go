package trial

import "nephoscope/internal/detect"

// match finds for each expectation the alert that it is about, -1 for none. As
// many as can be get an alert that is wholly as expected; each of the others
// gets the nearest of those that are left.
func match(want []expectation, got []*detect.Alert) []int {
	m := &matching{cost: make([][]int, len(want)), of: make([]int, len(want)), by: make([]int, len(got))}
	for i, e := range want {
		m.of[i] = -1
		for _, a := range got {
			m.cost[i] = append(m.cost[i], len(e.differences(a)))
		}
	}
	for j := range got {
		m.by[j] = -1
	}
	for i := range want {
		m.place(i, make([]bool, len(got)))
	}
	for m.nearest() {
	}
	return m.of
}

// A matching pairs expectations with alerts.
type matching struct {
	cost [][]int // differences of expectation and alert
	of   []int   // the alert of an expectation, -1 for none
	by   []int   // the expectation of an alert, -1 for none
}

// place gives an expectation an alert without a difference, if need be one that
// another expectation has and can do without.
func (m *matching) place(i int, tried []bool) bool {
	for j, cost := range m.cost[i] {
		if cost > 0 || tried[j] {
			continue
		}
		tried[j] = true
		if m.by[j] < 0 || m.place(m.by[j], tried) {
			m.of[i], m.by[j] = j, i
			return true
		}
	}
	return false
}

// nearest pairs the expectation and the alert that differ least of those that
// are left, and tells whether there were any.
func (m *matching) nearest() bool {
	bestI, bestJ := -1, -1
	for i := range m.of {
		for j := range m.by {
			if m.of[i] < 0 && m.by[j] < 0 && (bestI < 0 || m.cost[i][j] < m.cost[bestI][bestJ]) {
				bestI, bestJ = i, j
			}
		}
	}
	if bestI < 0 {
		return false
	}
	m.of[bestI], m.by[bestJ] = bestJ, bestI
	return true
}
