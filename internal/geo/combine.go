package geo

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"
	"github.com/peterstace/simplefeatures/geom"
)

// Unions and intersections are made in a plane: the gnomonic projection, from
// the middle of the sphere, shows every geodesic as a straight line, so nothing
// is lost by it. Shapes must fit into less than half of the sphere.

// maxSpread is how far a vertex may be from the middle, in radians.
const maxSpread = 80 * math.Pi / 180

// A chart is a projection that remembers the points it has drawn, so that they
// come back as they were.
type chart struct {
	center s2.Point
	x, y   r3.Vector
	known  map[[2]float64]s2.Point
	// along are lines whose direction results take over.
	along []Line
}

// chartOf makes a chart around points, false if they are spread too far.
func chartOf(points []s2.Point) (*chart, bool) {
	var sum r3.Vector
	for _, p := range points {
		sum = sum.Add(p.Vector)
	}
	if len(points) == 0 || sum.Norm() < 1e-9 {
		return nil, false
	}
	c := &chart{center: direction(sum), known: map[[2]float64]s2.Point{}}
	for _, p := range points {
		if float64(haversine(c.center, p)) > maxSpread {
			return nil, false
		}
	}
	c.x = s2.Ortho(c.center).Vector
	c.y = c.center.Cross(c.x)
	return c, true
}

// grid is how fine places are told apart: a micrometre on the earth.
const grid = 1e-13

func gridOf(x, y float64) [2]float64 { return [2]float64{math.Round(x / grid), math.Round(y / grid)} }

// draw returns a point's place in the plane.
func (c *chart) draw(p s2.Point) geom.XY {
	d := p.Dot(c.center.Vector)
	xy := geom.XY{X: p.Dot(c.x) / d, Y: p.Dot(c.y) / d}
	c.known[gridOf(xy.X, xy.Y)] = p
	return xy
}

// point returns the point at a place.
func (c *chart) point(xy geom.XY) s2.Point {
	if p, ok := c.known[gridOf(xy.X, xy.Y)]; ok {
		return p
	}
	return direction(c.center.Add(c.x.Mul(xy.X)).Add(c.y.Mul(xy.Y)))
}

func (c *chart) sequence(points []s2.Point, closed bool) geom.Sequence {
	var flat []float64
	add := func(p s2.Point) {
		xy := c.draw(p)
		flat = append(flat, xy.X, xy.Y)
	}
	for _, p := range points {
		add(p)
	}
	if closed {
		add(points[0])
	}
	return geom.NewSequence(flat, geom.DimXY)
}

func (c *chart) line(l Line) geom.Geometry {
	var parts []geom.LineString
	for _, chain := range l {
		parts = append(parts, geom.NewLineString(c.sequence(chain, false)))
	}
	return geom.NewMultiLineString(parts).AsGeometry()
}

func (c *chart) polygon(p Polygon) geom.Geometry {
	var parts []geom.Polygon
	for _, part := range p {
		var rings []geom.LineString
		for _, r := range part {
			rings = append(rings, geom.NewLineString(c.sequence(r, true)))
		}
		parts = append(parts, geom.NewPolygon(rings))
	}
	return geom.NewMultiPolygon(parts).AsGeometry()
}

// json writes what is in the plane as GeoJSON.
func (c *chart) json(g geom.Geometry) string {
	parts := c.parts(g)
	if len(parts) == 1 {
		return parts[0]
	}
	return `{"type":"GeometryCollection","geometries":[` + strings.Join(parts, ",") + "]}"
}

// parts are the points, lines and polygons of a geometry, those of a kind
// together.
func (c *chart) parts(g geom.Geometry) []string {
	var points []s2.Point
	var line Line
	var polygon Polygon
	for _, part := range g.Dump() {
		switch {
		case part.IsEmpty():
		case part.IsPoint():
			xy, _ := part.MustAsPoint().XY()
			points = append(points, c.point(xy))
		case part.IsLineString():
			line = append(line, c.directed(c.points(part.MustAsLineString().Coordinates())))
		case part.IsPolygon():
			polygon = append(polygon, c.rings(part.MustAsPolygon()))
		}
	}
	var list []string
	if len(points) == 1 {
		list = append(list, JSON(points[0]))
	} else if len(points) > 1 {
		list = append(list, strings.Replace(Line{points}.JSON(), "LineString", "MultiPoint", 1))
	}
	if len(line) > 0 {
		list = append(list, line.JSON())
	}
	if len(polygon) > 0 {
		list = append(list, polygon.JSON())
	}
	return list
}

// directed turns a chain so that it runs as the first line does that has two of
// its points, or two points on it.
func (c *chart) directed(chain []s2.Point) []s2.Point {
	for _, l := range c.along {
		for _, one := range l {
			if d := direct(Line{one}, chain[0], chain[len(chain)-1]); d != 0 {
				return turned(chain, d)
			}
			if d := direct(Line{chain}, one[0], one[len(one)-1]); d != 0 {
				return turned(chain, d)
			}
		}
	}
	return chain
}

func turned(chain []s2.Point, direction int) []s2.Point {
	if direction < 0 {
		slices.Reverse(chain)
	}
	return chain
}

// direct is 1 if a line comes to the first point before the second, -1 if after
// it, and 0 if one of them does not lie on it.
func direct(l Line, first, second s2.Point) int {
	const near = 1e-12
	if haversine(first, l.Closest(first)) > near || haversine(second, l.Closest(second)) > near {
		return 0
	}
	a, _ := l.Locate(first)
	b, _ := l.Locate(second)
	return cmp.Compare(b, a)
}

// polygons are the areas of a geometry.
func (c *chart) polygons(g geom.Geometry) Polygon {
	var p Polygon
	for _, part := range g.Dump() {
		if part.IsPolygon() && !part.IsEmpty() {
			p = append(p, c.rings(part.MustAsPolygon()))
		}
	}
	return p
}

func (c *chart) points(seq geom.Sequence) []s2.Point {
	points := make([]s2.Point, seq.Length())
	for i := range points {
		points[i] = c.point(seq.GetXY(i))
	}
	return points
}

func (c *chart) rings(p geom.Polygon) [][]s2.Point {
	var rings [][]s2.Point
	for _, r := range p.ForceCCW().DumpRings() {
		points := c.points(r.Coordinates())
		rings = append(rings, points[:len(points)-1])
	}
	return rings
}

func (l Line) all() (points []s2.Point) {
	for _, c := range l {
		points = append(points, c...)
	}
	return points
}

func (p Polygon) all() (points []s2.Point) {
	for _, part := range p {
		points = append(points, Line(part).all()...)
	}
	return points
}

// IntersectionOfLines returns what two lines have in common.
func IntersectionOfLines(a, b Line) (string, bool) {
	c, ok := chartOf(append(a.all(), b.all()...))
	if !ok {
		return "", false
	}
	c.along = []Line{a, b}
	return c.result(geom.Intersection(c.line(a), c.line(b)))
}

// IntersectionOfLineAndPolygon returns what of a line lies in a polygon.
func IntersectionOfLineAndPolygon(l Line, p Polygon) (string, bool) {
	c, ok := chartOf(append(l.all(), p.all()...))
	if !ok {
		return "", false
	}
	c.along = []Line{l}
	return c.result(geom.Intersection(c.line(l), c.polygon(p)))
}

// IntersectionOfPolygons returns what two polygons have in common.
func IntersectionOfPolygons(a, b Polygon) (string, bool) {
	c, ok := chartOf(append(a.all(), b.all()...))
	if !ok {
		return "", false
	}
	return c.result(geom.Intersection(c.polygon(a), c.polygon(b)))
}

// UnionOfLines returns all lines as one.
func UnionOfLines(lines []Line) (string, bool) {
	var points []s2.Point
	for _, l := range lines {
		points = append(points, l.all()...)
	}
	c, ok := chartOf(points)
	if !ok {
		return "", false
	}
	c.along = lines
	var all []geom.Geometry
	for _, l := range lines {
		all = append(all, c.line(l))
	}
	return c.result(geom.UnionMany(all))
}

// UnionOfPolygons returns the area that any of the polygons covers.
func UnionOfPolygons(polygons []Polygon) (string, bool) {
	c, g, err := union(polygons)
	if c == nil {
		return "", false
	}
	return c.result(g, err)
}

func union(polygons []Polygon) (*chart, geom.Geometry, error) {
	var points []s2.Point
	for _, p := range polygons {
		points = append(points, p.all()...)
	}
	c, ok := chartOf(points)
	if !ok {
		return nil, geom.Geometry{}, nil
	}
	var all []geom.Geometry
	for _, p := range polygons {
		all = append(all, c.polygon(p))
	}
	g, err := geom.UnionMany(all)
	return c, g, err
}

func (c *chart) result(g geom.Geometry, err error) (string, bool) {
	if err != nil {
		return "", false
	}
	return c.json(merged(g)), true
}

// merged joins the chains of a line where two of them, and no more, meet.
func merged(g geom.Geometry) geom.Geometry {
	if !g.IsMultiLineString() {
		return g
	}
	return joinChains(g.MustAsMultiLineString())
}

func joinChains(m geom.MultiLineString) geom.Geometry {
	var chains [][]geom.XY
	for i := range m.NumLineStrings() {
		seq := m.LineStringN(i).Coordinates()
		chain := make([]geom.XY, seq.Length())
		for j := range chain {
			chain[j] = seq.GetXY(j)
		}
		chains = append(chains, chain)
	}
	for joinOne(&chains) {
	}
	var parts []geom.LineString
	for _, chain := range chains {
		var flat []float64
		for _, xy := range chain {
			flat = append(flat, xy.X, xy.Y)
		}
		parts = append(parts, geom.NewLineString(geom.NewSequence(flat, geom.DimXY)))
	}
	return geom.NewMultiLineString(parts).AsGeometry()
}

// joinOne joins two chains and tells whether there were any.
func joinOne(chains *[][]geom.XY) bool {
	ends := map[geom.XY]int{}
	for _, c := range *chains {
		ends[c[0]]++
		ends[c[len(c)-1]]++
	}
	for i, a := range *chains {
		for j, b := range *chains {
			if i == j || ends[a[len(a)-1]] != 2 {
				continue
			}
			switch a[len(a)-1] {
			case b[0]:
			case b[len(b)-1]:
				b = reversed(b)
			default:
				continue
			}
			(*chains)[i] = append(a[:len(a):len(a)], b[1:]...)
			*chains = append((*chains)[:j:j], (*chains)[j+1:]...)
			return true
		}
	}
	return false
}

func reversed(c []geom.XY) []geom.XY {
	r := make([]geom.XY, len(c))
	for i, xy := range c {
		r[len(c)-1-i] = xy
	}
	return r
}

// maxBuffered bounds the edges around which a buffer is made.
const maxBuffered = 5000

// Buffer returns the polygon of all points within a radius in metres of the
// line, as near as the tolerance in metres.
func (l Line) Buffer(radius, tolerance float64) (Polygon, bool) {
	return buffer(l.edges, l.vertices(), nil, radius, tolerance)
}

// Buffer returns the polygon of all points within a radius of the polygon.
func (p Polygon) Buffer(radius, tolerance float64) (Polygon, bool) {
	return buffer(p.edges, p.vertices(), []Polygon{p}, radius, tolerance)
}

// buffer is the union of what surrounds each edge.
func buffer(edges func(func(a, b s2.Point)), n int, with []Polygon, radius, tolerance float64) (Polygon, bool) {
	if !(radius > 0) || n > maxBuffered || radius > Radius {
		return nil, false
	}
	edges(func(a, b s2.Point) {
		around := append(circle(a, radius, tolerance), circle(b, radius, tolerance)...)
		if c, ok := chartOf(around); ok {
			hull := c.line(Line{around}).ConvexHull()
			if hull.IsPolygon() {
				with = append(with, Polygon{c.rings(hull.MustAsPolygon())})
			}
		}
	})
	c, g, err := union(with)
	if c == nil || err != nil {
		return nil, false
	}
	made := c.polygons(g)
	return made, len(made) > 0
}

// SimplifyTogether simplifies polygons and returns them as an array: vertices
// that several of them share stay, so that no gaps open between neighbours.
func SimplifyTogether(polygons []Polygon, tolerance float64) (string, bool) {
	shared := map[s2.Point]int{}
	for _, p := range polygons {
		for _, q := range p.all() {
			shared[q]++
		}
	}
	var list []string
	for _, p := range polygons {
		simple := p.each(func(r []s2.Point) []s2.Point {
			return subsampleBetween(r, tolerance, func(q s2.Point) bool { return shared[q] > 1 })
		})
		for _, part := range simple {
			if len(part[0]) < 3 {
				return "", false
			}
		}
		list = append(list, simple.JSON())
	}
	return "[" + strings.Join(list, ",") + "]", true
}

// subsampleBetween simplifies the stretches of a ring between vertices that are
// to stay.
func subsampleBetween(r []s2.Point, tolerance float64, stays func(s2.Point) bool) []s2.Point {
	closed := append(r[:len(r):len(r)], r[0])
	var kept []s2.Point
	from := 0
	for i := 1; i < len(closed); i++ {
		if i == len(closed)-1 || stays(closed[i]) {
			s := subsample(closed[from:i+1], tolerance)
			kept = append(kept, s[:len(s)-1]...)
			from = i
		}
	}
	return kept
}
