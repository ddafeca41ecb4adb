package geo

import (
	"math"
	"strings"
	"testing"

	"github.com/golang/geo/s2"
)

func TestGeohash(t *testing.T) {
	check := func(lng, lat float64, digits int64, want string) {
		t.Helper()
		if got, _ := Geohash(lng, lat, digits); got != want {
			t.Errorf("geohash of %v, %v: %q, want %q", lng, lat, got, want)
		}
	}
	check(0, 0, 3, "s00")
	check(-180, -90, 2, "00")
	check(180, 90, 2, "zz")
	check(0, 91, 2, "")
	check(0, 0, 0, "")
	check(0, 0, 19, "")
	check(math.NaN(), 0, 3, "")
	for _, hash := range []string{"u281z", "zz", "00", "s00twy01mtw037ms06"} {
		b, ok := GeohashBox(hash)
		lng, lat := b.Center()
		if back, _ := Geohash(lng, lat, int64(len(hash))); !ok || back != hash {
			t.Errorf("the middle of %q has the geohash %q", hash, back)
		}
	}
	if n, _ := GeohashNeighbors("zz"); len(n) != 5 {
		t.Errorf("%d neighbours at the pole, want 5: %v", len(n), n)
	}
}

func TestInvalidShapes(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `null`, `[]`, `{"type":"Polygon"}`, `{"type":"Polygon","coordinates":[]}`, `{"type":"Polygon","coordinates":[[]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,1],[0,1],[0,0]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[181,1],[1,1],[0,0]]]}`,
		`{"type":"Polygon","coordinates":[[[0],[1],[1],[0]]]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[]]}`,
	} {
		if p, ok := ParsePolygon(text); ok {
			t.Errorf("%s is taken for the polygon %s", text, p.JSON())
		}
	}
	for _, text := range []string{
		`{"type":"LineString","coordinates":[[0,0]]}`, `{"type":"LineString","coordinates":[[0,0],[180,0]]}`, `{"type":"Point","coordinates":[0,0]}`,
	} {
		if l, ok := ParseLine(text); ok {
			t.Errorf("%s is taken for the line %s", text, l.JSON())
		}
	}
}

func TestShapesComeBack(t *testing.T) {
	for _, text := range []string{
		`{"type":"Polygon","coordinates":[[[10,10],[11,10.5],[11,11],[10,10]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`,
	} {
		p, ok := ParsePolygon(text)
		if !ok || p.JSON() != text {
			t.Errorf("%s comes back as %s", text, p.JSON())
		}
	}
	const line = `{"type":"MultiLineString","coordinates":[[[-73.98,40.78],[-73.97,40.8]],[[1,2],[3,4]]]}`
	if l, ok := ParseLine(line); !ok || l.JSON() != line {
		t.Errorf("%s comes back as %s", line, l.JSON())
	}
}

func TestCombining(t *testing.T) {
	square := func(x, y float64) Polygon {
		var ring []position
		for _, d := range [][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}} {
			ring = append(ring, position{x + d[0], y + d[1]})
		}
		points, _ := ring2(ring)
		return Polygon{points}
	}
	a, b, far := square(0, 0), square(0.5, 0.5), square(40, 40)
	both, ok := IntersectionOfPolygons(a, b)
	common, okPolygon := ParsePolygon(both)
	joined, okJoined := UnionOfPolygons([]Polygon{a, b})
	all, okAll := ParsePolygon(joined)
	if !ok || !okPolygon || !okJoined || !okAll {
		t.Fatalf("intersection %s, union %s", both, joined)
	}
	if got, want := all.Area(), a.Area()+b.Area()-common.Area(); math.Abs(got-want) > want*1e-9 {
		t.Errorf("the union has %v square metres, want %v", got, want)
	}
	if none, _ := IntersectionOfPolygons(a, far); !strings.Contains(none, `"geometries":[]`) {
		t.Errorf("squares that are apart have %s in common", none)
	}
	if _, ok := UnionOfPolygons([]Polygon{square(0, 0), square(178, 0)}); ok {
		t.Error("shapes on both sides of the earth were joined")
	}
}

func ring2(r []position) ([][]s2.Point, bool) {
	points, ok := ring(r)
	return [][]s2.Point{points}, ok
}

func TestBufferKeepsItsDistance(t *testing.T) {
	l, _ := ParseLine(`{"type":"LineString","coordinates":[[0,0],[0.01,0],[0.01,0.01]]}`)
	p, ok := l.Buffer(100, 1)
	if !ok {
		t.Fatal("no buffer")
	}
	p.edges(func(a, _ s2.Point) {
		if d := Distance(a, l.Closest(a)); math.Abs(d-100) > 2 {
			t.Errorf("a vertex is %v metres from the line, want 100", d)
		}
	})
}

// FuzzShapes reads any text as every kind of shape and works on what is valid.
func FuzzShapes(f *testing.F) {
	for _, seed := range []string{
		`{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}`,
		`{"type":"LineString","coordinates":[[0,0],[1e-9,0],[0,89.9999]]}`, "POLYGON ((0 0, 1 0, 1 1, 0 0))", "s00twy", "862a1072fffffff", "89c259",
		"GEOMETRYCOLLECTION (POINT (1 1),LINESTRING (2 2, 3 3, 4 4))",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if l, ok := ParseLine(text); ok {
			_, _ = l.Simplify(10)
			_, _ = l.Densify(1000)
			_, _ = l.Cells(5, 0)
			_, _ = IntersectionOfLines(l, l)
			_ = l.Centroid()
		}
		if p, ok := ParsePolygon(text); ok {
			_, _ = p.Simplify(10)
			_, _ = p.Cells(5)
			_, _ = p.H3Cells(2)
			_, _ = UnionOfPolygons([]Polygon{p, p})
			_ = p.Area() + p.Perimeter()
		}
		_, _ = FromWKT(text)
		if id, ok := ParseS2Cell(text); ok {
			_ = S2Neighbors(id)
		}
		if c, ok := ParseH3Cell(text); ok {
			_, _ = H3Children(c, int64(c.Resolution())+1)
		}
		_, _ = GeohashNeighbors(text)
	})
}
