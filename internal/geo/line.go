package geo

import (
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Length returns the length of all chains in metres.
func (l Line) Length() float64 {
	sum := 0.0
	l.edges(func(a, b s2.Point) { sum += Distance(a, b) })
	return sum
}

// Closest returns the point of the line that is nearest to p.
func (l Line) Closest(p s2.Point) s2.Point { return closestOf(l.edges, p) }

func closestOf(edges func(func(a, b s2.Point)), p s2.Point) s2.Point {
	var best s2.Point
	least := s1.InfAngle()
	edges(func(a, b s2.Point) {
		q := closest(p, a, b)
		if d := haversine(p, q); d < least {
			best, least = q, d
		}
	})
	return best
}

// Centroid returns the point in the middle of all edges, weighted by length.
func (l Line) Centroid() s2.Point {
	var sum r3.Vector
	for _, c := range l {
		line := s2.Polyline(c)
		sum = sum.Add(line.Centroid().Vector)
	}
	if sum.Norm() == 0 {
		return l[0][0]
	}
	return direction(sum)
}

// Interpolate returns the point at a part, from 0 to 1, of a line of one chain.
func (l Line) Interpolate(part float64) (s2.Point, bool) {
	if len(l) != 1 || !(part >= 0 && part <= 1) {
		return s2.Point{}, false
	}
	line := s2.Polyline(l[0])
	p, _ := line.Interpolate(part)
	return p, true
}

// Locate returns the part of a line of one chain at which the point nearest to
// p lies.
func (l Line) Locate(p s2.Point) (float64, bool) {
	if len(l) != 1 {
		return 0, false
	}
	var before, at float64
	least := s1.InfAngle()
	l.edges(func(a, b s2.Point) {
		q := closest(p, a, b)
		if d := haversine(p, q); d < least {
			least, at = d, before+Distance(a, q)
		}
		before += Distance(a, b)
	})
	if before == 0 {
		return 0, true
	}
	return at / before, true
}

// Simplify leaves out vertices that are no farther from the line that remains
// than the tolerance in metres.
func (l Line) Simplify(tolerance float64) (Line, bool) {
	var simple Line
	for _, c := range l {
		s := subsample(c, tolerance)
		if len(s) < 2 || isSpot(s, tolerance) {
			return nil, false
		}
		simple = append(simple, s)
	}
	return simple, true
}

// isSpot tells whether nothing of a chain is farther from its beginning than the
// tolerance.
func isSpot(points []s2.Point, tolerance float64) bool {
	for _, p := range points {
		if Distance(points[0], p) > tolerance {
			return false
		}
	}
	return true
}

func subsample(points []s2.Point, tolerance float64) []s2.Point {
	line := s2.Polyline(points)
	var kept []s2.Point
	for _, i := range line.SubsampleVertices(angleOf(tolerance)) {
		kept = append(kept, points[i])
	}
	return kept
}

// minTolerance is the least that shapes are made denser by, in metres.
const minTolerance = 0.1

// Densify adds vertices so that edges that are straight on a map of longitudes
// and latitudes stay within the tolerance in metres of the geodesics.
func (l Line) Densify(tolerance float64) (Line, bool) {
	if !(tolerance >= minTolerance) {
		return nil, false
	}
	var dense Line
	for _, c := range l {
		dense = append(dense, densify(c, tolerance))
	}
	return dense, dense.vertices() <= maxVertices
}

func densify(points []s2.Point, tolerance float64) []s2.Point {
	dense := points[:1:1]
	for i := 1; i < len(points) && len(dense) <= maxVertices; i++ {
		dense = halveEdge(dense, points[i-1], points[i], degrees(points[i-1]), degrees(points[i]), tolerance, 0)
	}
	return dense
}

// maxHalvings bounds how often an edge is halved.
const maxHalvings = 14

// halveEdge appends the end of an edge, and before it the middles on the map
// until none is farther from its geodesic than the tolerance.
func halveEdge(dst []s2.Point, a, b s2.Point, from, to [2]float64, tolerance float64, depth int) []s2.Point {
	middle := [2]float64{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}
	m, ok := PointAt(middle[0], middle[1])
	if !ok || depth == maxHalvings || metres(s2.DistanceFromSegment(m, a, b)) <= tolerance {
		return append(dst, b)
	}
	dst = halveEdge(dst, a, m, from, middle, tolerance, depth+1)
	return halveEdge(dst, m, b, middle, to, tolerance, depth+1)
}

// Cells returns the S2 cells of a level that cover the line, or the area within
// a radius in metres of it; false if they are too many.
func (l Line) Cells(level int, radius float64) ([]string, bool) {
	if radius > 0 {
		p, ok := l.Buffer(radius, radius/100)
		if !ok {
			return nil, false
		}
		return p.Cells(level)
	}
	if l.Length()/edgeLength(level) > maxCells {
		return nil, false
	}
	var union s2.CellUnion
	for _, c := range l {
		line := s2.Polyline(c)
		union = append(union, cover(&line, level)...)
	}
	return tokens(union, level)
}

// edgeLength is about the edge of an S2 cell in metres.
func edgeLength(level int) float64 { return Radius * math.Pi / 2 / math.Exp2(float64(level)) }
