// Package geo is the geometry behind KQL's geo functions: shapes on a sphere,
// read and written as GeoJSON (RFC 7946), with geodesics for edges. Microsoft's
// engine computes with the S2 library, and so does this package.
//
// Invariant: what is no valid shape is refused, never repaired; lengths are in
// metres.
package geo

import (
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Radius is the earth's, in metres, as Microsoft's engine has it: it follows
// from the distances in its documentation.
const Radius = 6371010.0

// PointAt returns the point at a longitude and a latitude in degrees, false if
// there is none.
func PointAt(lng, lat float64) (s2.Point, bool) {
	if !(lng >= -180 && lng <= 180 && lat >= -90 && lat <= 90) { // NaN is none either
		return s2.Point{}, false
	}
	return s2.PointFromLatLng(s2.LatLngFromDegrees(lat, lng)), true
}

// degrees returns a point's longitude and latitude.
func degrees(p s2.Point) [2]float64 {
	ll := s2.LatLngFromPoint(p)
	return [2]float64{ll.Lng.Degrees(), ll.Lat.Degrees()}
}

func metres(a s1.Angle) float64 { return float64(a) * Radius }

func angleOf(metres float64) s1.Angle { return s1.Angle(metres / Radius) }

// Distance returns how far two points are apart, in metres.
func Distance(a, b s2.Point) float64 { return metres(haversine(a, b)) }

// haversine is exact for points that are near each other.
func haversine(a, b s2.Point) s1.Angle { return a.Distance(b) }

// Azimuth returns the direction from one point to another in radians,
// clockwise from north, false if there is no one direction.
func Azimuth(from, to s2.Point) (float64, bool) {
	if from == to || from.Vector == to.Mul(-1) {
		return 0, false
	}
	a, b := s2.LatLngFromPoint(from), s2.LatLngFromPoint(to)
	d := (b.Lng - a.Lng).Radians()
	y := math.Sin(d) * math.Cos(b.Lat.Radians())
	x := math.Cos(a.Lat.Radians())*math.Sin(b.Lat.Radians()) - math.Sin(a.Lat.Radians())*math.Cos(b.Lat.Radians())*math.Cos(d)
	return full(math.Atan2(y, x)), true
}

// Angle returns the clockwise angle at b from the edge to a to the edge to c,
// in radians.
func Angle(a, b, c s2.Point) (float64, bool) {
	from, okFrom := Azimuth(b, a)
	to, okTo := Azimuth(b, c)
	return full(to - from), okFrom && okTo
}

// full brings an angle to 0 up to a full turn.
func full(a float64) float64 {
	a = math.Mod(a, 2*math.Pi)
	if a < 0 {
		a += 2 * math.Pi
	}
	return a
}

// closest returns the point of an edge that is nearest to p.
func closest(p, a, b s2.Point) s2.Point { return s2.Project(p, a, b) }

// midpoint of vectors, on the sphere.
func direction(v r3.Vector) s2.Point { return s2.Point{Vector: v.Normalize()} }

// Circle returns a polygon that keeps within the tolerance of a circle around
// a point; radius and tolerance in metres.
func Circle(center s2.Point, radius, tolerance float64) Polygon {
	return Polygon{[][]s2.Point{circle(center, radius, tolerance)}}
}

// circle is the vertices: so many that edges are no farther from the circle
// than the tolerance.
func circle(center s2.Point, radius, tolerance float64) []s2.Point {
	n := 256
	if tolerance > 0 && tolerance < radius {
		n = int(math.Ceil(math.Pi / math.Acos(1-tolerance/radius)))
	}
	return s2.RegularLoop(center, angleOf(radius), min(max(n, 8), 4096)).Vertices()
}
