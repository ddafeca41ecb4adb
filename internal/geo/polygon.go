package geo

import (
	"math"

	"github.com/golang/geo/s2"
)

// whole makes one area of parts that overlap.
func (p Polygon) whole() Polygon {
	for i := range p {
		for j := range p[:i] {
			if (Polygon{p[i]}).solid().Intersects((Polygon{p[j]}).solid()) {
				return p.united()
			}
		}
	}
	return p
}

// united is the union of the parts, the parts themselves if they are spread too
// far for one.
func (p Polygon) united() Polygon {
	parts := make([]Polygon, len(p))
	for i := range p {
		parts[i] = Polygon{p[i]}
	}
	c, g, err := union(parts)
	if c == nil || err != nil {
		return p
	}
	return c.polygons(g)
}

// Contains tells whether a point lies inside.
func (p Polygon) Contains(q s2.Point) bool { return p.solid().ContainsPoint(q) }

// Closest returns the point of the polygon that is nearest to q, q itself if it
// lies inside.
func (p Polygon) Closest(q s2.Point) s2.Point {
	if p.Contains(q) {
		return q
	}
	return closestOf(p.edges, q)
}

// Area returns the area in square metres.
func (p Polygon) Area() float64 { return p.solid().Area() * Radius * Radius }

// Perimeter returns the length of all rings in metres.
func (p Polygon) Perimeter() float64 {
	sum := 0.0
	p.edges(func(a, b s2.Point) { sum += Distance(a, b) })
	return sum
}

// Centroid returns the point in the middle of the area.
func (p Polygon) Centroid() s2.Point { return direction(p.solid().Centroid().Vector) }

// Densify is that of Line, for rings.
func (p Polygon) Densify(tolerance float64) (Polygon, bool) {
	if !(tolerance >= minTolerance) {
		return nil, false
	}
	dense := p.each(func(r []s2.Point) []s2.Point {
		d := densify(append(r[:len(r):len(r)], r[0]), tolerance)
		return d[:len(d)-1] // the first point closed the ring
	})
	return dense, dense.vertices() <= maxVertices
}

// Simplify is that of Line, for rings; false if nothing with an area is left.
func (p Polygon) Simplify(tolerance float64) (Polygon, bool) {
	simple := p.each(func(r []s2.Point) []s2.Point {
		s := subsample(append(r[:len(r):len(r)], r[0]), tolerance)
		return s[:len(s)-1]
	})
	for _, part := range simple {
		for _, r := range part {
			if len(r) < 3 || crossesItself(r) {
				return nil, false
			}
		}
	}
	return simple, true
}

func (p Polygon) each(f func([]s2.Point) []s2.Point) Polygon {
	var made Polygon
	for _, part := range p {
		var rings [][]s2.Point
		for _, r := range part {
			rings = append(rings, f(r))
		}
		made = append(made, rings)
	}
	return made
}

// Cells returns the S2 cells of a level that cover the polygon, false if they
// are too many.
func (p Polygon) Cells(level int) ([]string, bool) {
	area := math.Max(p.Area(), p.Perimeter()*edgeLength(level)/2)
	if area/(edgeLength(level)*edgeLength(level)) > maxCells {
		return nil, false
	}
	return tokens(cover(p.solid(), level), level)
}

// Intersects tells whether two polygons have a point in common.
func (p Polygon) Intersects(o Polygon) bool {
	if p.solid().Intersects(o.solid()) {
		return true
	}
	return touches(p.edges, o.edges)
}

// IntersectsLine tells whether a line has a point in the polygon.
func (p Polygon) IntersectsLine(l Line) bool {
	return p.Contains(l[0][0]) || touches(p.edges, l.edges) || containsOne(p, l)
}

func containsOne(p Polygon, l Line) bool {
	solid := p.solid()
	for _, c := range l {
		if solid.ContainsPoint(c[0]) {
			return true
		}
	}
	return false
}

// Intersects tells whether two lines have a point in common.
func (l Line) Intersects(o Line) bool { return touches(l.edges, o.edges) }

// touches tells whether edges cross or share a point.
func touches(these, those func(func(a, b s2.Point))) bool {
	const near = 1e-15
	found := false
	these(func(a, b s2.Point) {
		if found {
			return
		}
		crosser := s2.NewEdgeCrosser(a, b)
		those(func(c, d s2.Point) {
			found = found || crosser.CrossingSign(c, d) != s2.DoNotCross ||
				s2.DistanceFromSegment(c, a, b) < near || s2.DistanceFromSegment(d, a, b) < near ||
				s2.DistanceFromSegment(a, c, d) < near || s2.DistanceFromSegment(b, c, d) < near
		})
	})
	return found
}
