package native

import (
	"encoding/json"
	"math"

	"nephoscope/internal/geo"
)

// A row is the arguments of a call for one row.
type row struct {
	b *batch
	n int
}

func (r row) real(i int) float64 { return r.b.real(i, r.n) }
func (r row) long(i int) int64   { return r.b.long(i, r.n) }
func (r row) text(i int) string  { return r.b.text(i, r.n) }

func geoText(name string, args []sqlType, f func(r row) (string, bool)) function {
	return toText(name, args, func(b *batch, n int, dst []byte) ([]byte, bool) {
		s, ok := f(row{b, n})
		return append(dst, s...), ok
	})
}

func geoReal(name string, args []sqlType, f func(r row) (float64, bool)) function {
	return toValue(name, args, real, func(b *batch, n int) (float64, bool) {
		v, ok := f(row{b, n})
		return v, ok && !math.IsNaN(v)
	})
}

func geoBool(name string, args []sqlType, f func(r row) (bool, bool)) function {
	return toValue(name, args, boolean, func(b *batch, n int) (bool, bool) { return f(row{b, n}) })
}

func geoFunctions() []function {
	list := geoPointFunctions()
	list = append(list, geoCellFunctions()...)
	list = append(list, geoLineFunctions()...)
	list = append(list, geoPolygonFunctions()...)
	return append(list, geoCombiningFunctions()...)
}

var (
	twoPoints   = []sqlType{real, real, real, real}
	pointLine   = []sqlType{real, real, text}
	shapeNumber = []sqlType{text, real}
	shapeLevel  = []sqlType{text, long}
	twoShapes   = []sqlType{text, text}
)

func geoPointFunctions() []function {
	return []function{
		geoReal("kql_geo_distance", twoPoints, func(r row) (float64, bool) {
			a, okA := geo.PointAt(r.real(0), r.real(1))
			b, okB := geo.PointAt(r.real(2), r.real(3))
			return geo.Distance(a, b), okA && okB
		}),
		geoReal("kql_geo_azimuth", twoPoints, func(r row) (float64, bool) {
			a, okA := geo.PointAt(r.real(0), r.real(1))
			b, okB := geo.PointAt(r.real(2), r.real(3))
			if !okA || !okB {
				return 0, false
			}
			return geo.Azimuth(a, b)
		}),
		geoReal("kql_geo_angle", []sqlType{real, real, real, real, real, real}, func(r row) (float64, bool) {
			a, okA := geo.PointAt(r.real(0), r.real(1))
			b, okB := geo.PointAt(r.real(2), r.real(3))
			c, okC := geo.PointAt(r.real(4), r.real(5))
			if !okA || !okB || !okC {
				return 0, false
			}
			return geo.Angle(a, b, c)
		}),
		geoText("kql_geo_point_buffer", twoPoints, func(r row) (string, bool) {
			p, ok := geo.PointAt(r.real(0), r.real(1))
			if radius := r.real(2); !ok || !(radius > 0 && radius < math.Pi*geo.Radius) {
				return "", false
			}
			return geo.Circle(p, r.real(2), r.real(3)).JSON(), true
		}),
		geoText("kql_geo_from_wkt", []sqlType{text}, func(r row) (string, bool) { return geo.FromWKT(r.text(0)) }),
	}
}

// jsonTexts writes an array of texts.
func jsonTexts(list any, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	text, err := json.Marshal(list)
	return string(text), err == nil
}

func geoCellFunctions() []function {
	atLevel := []sqlType{real, real, long}
	return append([]function{
		geoText("kql_geo_geohash", atLevel, func(r row) (string, bool) { return geo.Geohash(r.real(0), r.real(1), r.long(2)) }),
		geoText("kql_geo_geohash_neighbors", []sqlType{text}, func(r row) (string, bool) { return jsonTexts(geo.GeohashNeighbors(r.text(0))) }),
		geoText("kql_geo_geohash_center", []sqlType{text}, func(r row) (string, bool) {
			b, ok := geo.GeohashBox(r.text(0))
			if !ok {
				return "", false
			}
			return geo.PointJSON(b.Center()), true
		}),
		geoText("kql_geo_geohash_polygon", []sqlType{text}, func(r row) (string, bool) {
			b, ok := geo.GeohashBox(r.text(0))
			return b.Polygon().JSON(), ok
		}),
		geoText("kql_geo_s2", atLevel, func(r row) (string, bool) {
			p, ok := geo.PointAt(r.real(0), r.real(1))
			if !ok {
				return "", false
			}
			return geo.S2Cell(p, r.long(2))
		}),
		geoText("kql_geo_s2_neighbors", []sqlType{text}, func(r row) (string, bool) {
			id, ok := geo.ParseS2Cell(r.text(0))
			if !ok {
				return "", false
			}
			return jsonTexts(geo.S2Neighbors(id), true)
		}),
		geoText("kql_geo_s2_center", []sqlType{text}, func(r row) (string, bool) {
			id, ok := geo.ParseS2Cell(r.text(0))
			if !ok {
				return "", false
			}
			return geo.JSON(id.Point()), true
		}),
		geoText("kql_geo_s2_polygon", []sqlType{text}, func(r row) (string, bool) {
			id, ok := geo.ParseS2Cell(r.text(0))
			if !ok {
				return "", false
			}
			return geo.S2Polygon(id).JSON(), true
		}),
	}, geoH3Functions()...)
}

func geoH3Functions() []function {
	atLevel := []sqlType{real, real, long}
	return []function{
		geoText("kql_geo_h3", atLevel, func(r row) (string, bool) { return geo.H3Cell(r.real(0), r.real(1), r.long(2)) }),
		toValue("kql_geo_h3_level", []sqlType{text}, long, func(b *batch, n int) (int64, bool) {
			c, ok := geo.ParseH3Cell(b.text(0, n))
			return int64(c.Resolution()), ok
		}),
		geoText("kql_geo_h3_children", shapeLevel, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			resolution := r.long(1)
			if resolution < 0 {
				resolution = int64(c.Resolution()) + 1
			}
			return jsonTexts(geo.H3Children(c, resolution))
		}),
		geoText("kql_geo_h3_parent", shapeLevel, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			resolution := r.long(1)
			if resolution < 0 {
				resolution = int64(c.Resolution()) - 1
			}
			return geo.H3Parent(c, resolution)
		}),
		geoText("kql_geo_h3_neighbors", []sqlType{text}, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			rings, ok := geo.H3Rings(c, 1)
			if !ok {
				return "", false
			}
			return jsonTexts(rings[1], true)
		}),
		geoText("kql_geo_h3_rings", shapeLevel, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			return jsonTexts(geo.H3Rings(c, r.long(1)))
		}),
		geoText("kql_geo_h3_center", []sqlType{text}, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			return geo.JSON(geo.H3Center(c)), true
		}),
		geoText("kql_geo_h3_polygon", []sqlType{text}, func(r row) (string, bool) {
			c, ok := geo.ParseH3Cell(r.text(0))
			if !ok {
				return "", false
			}
			return geo.H3Polygon(c).JSON(), true
		}),
	}
}

// onLine runs f on a line, the argument at a place.
func onLine[T any](place int, f func(l geo.Line, r row) (T, bool)) func(r row) (T, bool) {
	return func(r row) (v T, ok bool) {
		l, ok := geo.ParseLine(r.text(place))
		if !ok {
			return v, false
		}
		return f(l, r)
	}
}

func onPolygon[T any](place int, f func(p geo.Polygon, r row) (T, bool)) func(r row) (T, bool) {
	return func(r row) (v T, ok bool) {
		p, ok := geo.ParsePolygon(r.text(place))
		if !ok {
			return v, false
		}
		return f(p, r)
	}
}

func geoLineFunctions() []function {
	return []function{
		geoReal("kql_geo_line_length", []sqlType{text}, onLine(0, func(l geo.Line, _ row) (float64, bool) { return l.Length(), true })),
		geoText("kql_geo_line_centroid", []sqlType{text}, onLine(0, func(l geo.Line, _ row) (string, bool) { return geo.JSON(l.Centroid()), true })),
		geoReal("kql_geo_line_distance", pointLine, onLine(2, func(l geo.Line, r row) (float64, bool) {
			p, ok := geo.PointAt(r.real(0), r.real(1))
			return geo.Distance(p, l.Closest(p)), ok
		})),
		geoText("kql_geo_line_closest", pointLine, onLine(2, func(l geo.Line, r row) (string, bool) {
			p, ok := geo.PointAt(r.real(0), r.real(1))
			return geo.JSON(l.Closest(p)), ok
		})),
		geoText("kql_geo_line_interpolate", shapeNumber, onLine(0, func(l geo.Line, r row) (string, bool) {
			p, ok := l.Interpolate(r.real(1))
			return geo.JSON(p), ok
		})),
		geoReal("kql_geo_line_locate", []sqlType{text, real, real, real}, onLine(0, func(l geo.Line, r row) (float64, bool) {
			p, ok := geo.PointAt(r.real(1), r.real(2))
			if !ok {
				return 0, false
			}
			if most := r.real(3); most >= 0 && geo.Distance(p, l.Closest(p)) > most {
				return 0, false
			}
			return l.Locate(p)
		})),
		geoText("kql_geo_line_simplify", shapeNumber, onLine(0, func(l geo.Line, r row) (string, bool) {
			s, ok := l.Simplify(r.real(1))
			return s.JSON(), ok
		})),
		geoText("kql_geo_line_densify", shapeNumber, onLine(0, func(l geo.Line, r row) (string, bool) {
			d, ok := l.Densify(r.real(1))
			return d.JSON(), ok
		})),
		geoText("kql_geo_line_buffer", []sqlType{text, real, real}, onLine(0, func(l geo.Line, r row) (string, bool) {
			p, ok := l.Buffer(r.real(1), r.real(2))
			return p.JSON(), ok
		})),
		geoText("kql_geo_line_s2cells", []sqlType{text, long, real}, onLine(0, func(l geo.Line, r row) (string, bool) {
			if r.long(1) < 0 || r.long(1) > 30 {
				return "", false
			}
			return jsonTexts(l.Cells(int(r.long(1)), r.real(2)))
		})),
	}
}

func geoPolygonFunctions() []function {
	return []function{
		geoReal("kql_geo_polygon_area", []sqlType{text}, onPolygon(0, func(p geo.Polygon, _ row) (float64, bool) { return p.Area(), true })),
		geoReal("kql_geo_polygon_perimeter", []sqlType{text}, onPolygon(0, func(p geo.Polygon, _ row) (float64, bool) { return p.Perimeter(), true })),
		geoText("kql_geo_polygon_centroid", []sqlType{text}, onPolygon(0, func(p geo.Polygon, _ row) (string, bool) { return geo.JSON(p.Centroid()), true })),
		geoBool("kql_geo_polygon_contains", pointLine, onPolygon(2, func(p geo.Polygon, r row) (bool, bool) {
			q, ok := geo.PointAt(r.real(0), r.real(1))
			return ok && p.Contains(q), ok
		})),
		geoReal("kql_geo_polygon_distance", pointLine, onPolygon(2, func(p geo.Polygon, r row) (float64, bool) {
			q, ok := geo.PointAt(r.real(0), r.real(1))
			return geo.Distance(q, p.Closest(q)), ok
		})),
		geoText("kql_geo_polygon_closest", pointLine, onPolygon(2, func(p geo.Polygon, r row) (string, bool) {
			q, ok := geo.PointAt(r.real(0), r.real(1))
			return geo.JSON(p.Closest(q)), ok
		})),
		geoText("kql_geo_polygon_simplify", shapeNumber, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			s, ok := p.Simplify(r.real(1))
			return s.JSON(), ok
		})),
		geoText("kql_geo_polygon_densify", shapeNumber, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			d, ok := p.Densify(r.real(1))
			return d.JSON(), ok
		})),
		geoText("kql_geo_polygon_buffer", []sqlType{text, real, real}, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			made, ok := p.Buffer(r.real(1), r.real(2))
			return made.JSON(), ok
		})),
		geoText("kql_geo_polygon_s2cells", []sqlType{text, long, real}, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			level, radius := r.long(1), r.real(2)
			if level < 0 || level > 30 {
				return "", false
			}
			if radius > 0 {
				wide, ok := p.Buffer(radius, radius/100)
				if !ok {
					return "", false
				}
				p = wide
			}
			return jsonTexts(p.Cells(int(level)))
		})),
		geoText("kql_geo_polygon_h3cells", []sqlType{text, long, real}, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			if radius := r.real(2); radius > 0 {
				wide, ok := p.Buffer(radius, radius/100)
				if !ok {
					return "", false
				}
				p = wide
			}
			return jsonTexts(p.H3Cells(r.long(1)))
		})),
	}
}

func geoCombiningFunctions() []function {
	return []function{
		geoBool("kql_geo_lines_intersect", twoShapes, onLine(0, func(l geo.Line, r row) (bool, bool) {
			o, ok := geo.ParseLine(r.text(1))
			return ok && l.Intersects(o), ok
		})),
		geoBool("kql_geo_line_polygon_intersect", twoShapes, onLine(0, func(l geo.Line, r row) (bool, bool) {
			p, ok := geo.ParsePolygon(r.text(1))
			return ok && p.IntersectsLine(l), ok
		})),
		geoBool("kql_geo_polygons_intersect", twoShapes, onPolygon(0, func(p geo.Polygon, r row) (bool, bool) {
			o, ok := geo.ParsePolygon(r.text(1))
			return ok && p.Intersects(o), ok
		})),
		geoText("kql_geo_lines_intersection", twoShapes, onLine(0, func(l geo.Line, r row) (string, bool) {
			o, ok := geo.ParseLine(r.text(1))
			if !ok {
				return "", false
			}
			return geo.IntersectionOfLines(l, o)
		})),
		geoText("kql_geo_line_polygon_intersection", twoShapes, onLine(0, func(l geo.Line, r row) (string, bool) {
			p, ok := geo.ParsePolygon(r.text(1))
			if !ok {
				return "", false
			}
			return geo.IntersectionOfLineAndPolygon(l, p)
		})),
		geoText("kql_geo_polygons_intersection", twoShapes, onPolygon(0, func(p geo.Polygon, r row) (string, bool) {
			o, ok := geo.ParsePolygon(r.text(1))
			if !ok {
				return "", false
			}
			return geo.IntersectionOfPolygons(p, o)
		})),
		geoText("kql_geo_union_lines", []sqlType{text}, func(r row) (string, bool) {
			lines, ok := eachOf(r.text(0), geo.ParseLine)
			if !ok {
				return "", false
			}
			return geo.UnionOfLines(lines)
		}),
		geoText("kql_geo_union_polygons", []sqlType{text}, func(r row) (string, bool) {
			polygons, ok := eachOf(r.text(0), geo.ParsePolygon)
			if !ok {
				return "", false
			}
			return geo.UnionOfPolygons(polygons)
		}),
		geoText("kql_geo_simplify_polygons", shapeNumber, func(r row) (string, bool) {
			polygons, ok := eachOf(r.text(0), geo.ParsePolygon)
			if !ok {
				return "", false
			}
			return geo.SimplifyTogether(polygons, r.real(1))
		}),
	}
}

// eachOf reads the elements of an array; one that is not valid spoils all.
func eachOf[T any](text string, parse func(string) (T, bool)) ([]T, bool) {
	parts, ok := elements(text)
	if !ok || len(parts) == 0 {
		return nil, false
	}
	var list []T
	for _, part := range parts {
		v, ok := parse(part)
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}
