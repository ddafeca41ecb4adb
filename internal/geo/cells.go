package geo

import (
	"slices"

	"github.com/golang/geo/s2"
	h3 "github.com/uber/h3-go/v4"
)

// maxCells bounds the cells of a covering.
const maxCells = 65_536

// cover returns the cells of one level that a region needs.
func cover(r s2.Region, level int) s2.CellUnion {
	c := &s2.RegionCoverer{MinLevel: level, MaxLevel: level, LevelMod: 1, MaxCells: maxCells}
	return c.Covering(r)
}

func tokens(union s2.CellUnion, level int) ([]string, bool) {
	var list []string
	for _, id := range union {
		if id.Level() > level {
			id = id.Parent(level)
		}
		for c := id.ChildBeginAtLevel(level); c != id.ChildEndAtLevel(level); c = c.Next() {
			if list = append(list, c.ToToken()); len(list) > maxCells {
				return nil, false
			}
		}
	}
	return slices.Compact(list), true
}

// S2Cell returns the token of the cell of a level that holds a point.
func S2Cell(p s2.Point, level int64) (string, bool) {
	if level < 0 || level > 30 {
		return "", false
	}
	return s2.CellFromPoint(p).ID().Parent(int(level)).ToToken(), true
}

// ParseS2Cell reads a token.
func ParseS2Cell(token string) (s2.CellID, bool) {
	if len(token) == 0 || len(token) > 16 {
		return 0, false
	}
	id := s2.CellIDFromToken(token)
	return id, id.IsValid()
}

// S2Neighbors returns the tokens of the cells around one, in the order in which
// Microsoft's documentation shows them: the upper right corner, both lower
// corners, below, above, right, left, and the upper left corner.
func S2Neighbors(id s2.CellID) []string {
	all := id.AllNeighbors(id.Level())
	if len(all) == 8 {
		order := [8]int{7, 0, 1, 2, 3, 5, 4, 6}
		sorted := make([]s2.CellID, 8)
		for i, from := range order {
			sorted[i] = all[from]
		}
		all = sorted
	}
	var list []string
	for _, n := range all {
		if token := n.ToToken(); !slices.Contains(list, token) {
			list = append(list, token)
		}
	}
	return list
}

// S2Polygon returns the outline of a cell.
func S2Polygon(id s2.CellID) Polygon {
	cell := s2.CellFromCellID(id)
	ring := make([]s2.Point, 4)
	for i := range ring {
		ring[i] = cell.Vertex(i)
	}
	return Polygon{{ring}}
}

// H3Cell returns the H3 cell of a resolution at a longitude and latitude.
func H3Cell(lng, lat float64, resolution int64) (string, bool) {
	if resolution < 0 || resolution > 15 {
		return "", false
	}
	if _, ok := PointAt(lng, lat); !ok {
		return "", false
	}
	return h3.LatLngToCell(h3.NewLatLng(lat, lng), int(resolution)).String(), true
}

// ParseH3Cell reads a cell's number in hexadecimal digits.
func ParseH3Cell(text string) (h3.Cell, bool) {
	if len(text) == 0 || len(text) > 16 {
		return 0, false
	}
	c := h3.Cell(h3.IndexFromString(text))
	return c, c.IsValid()
}

// maxDepth is how much finer children may be.
const maxDepth = 5

// H3Children returns the cells of a finer resolution within one.
func H3Children(c h3.Cell, resolution int64) ([]string, bool) {
	depth := resolution - int64(c.Resolution())
	if depth < 1 || depth > maxDepth || resolution > 15 {
		return nil, false
	}
	return h3Texts(c.Children(int(resolution))), true
}

// H3Parent returns the cell of a coarser resolution that holds one.
func H3Parent(c h3.Cell, resolution int64) (string, bool) {
	if resolution < 0 || resolution >= int64(c.Resolution()) {
		return "", false
	}
	return c.Parent(int(resolution)).String(), true
}

// maxRings bounds how far rings reach.
const maxRings = 142

// H3Rings returns the cells at each distance from one, up to a distance.
func H3Rings(c h3.Cell, distance int64) ([][]string, bool) {
	if distance < 0 || distance > maxRings {
		return nil, false
	}
	var rings [][]string
	for _, ring := range c.GridDiskDistances(int(distance)) {
		rings = append(rings, h3Texts(ring))
	}
	return rings, true
}

func h3Texts(cells []h3.Cell) []string {
	list := make([]string, len(cells))
	for i, c := range cells {
		list[i] = c.String()
	}
	return list
}

// H3Polygon returns the outline of a cell.
func H3Polygon(c h3.Cell) Polygon {
	var ring []s2.Point
	for _, ll := range c.Boundary() {
		ring = append(ring, s2.PointFromLatLng(s2.LatLngFromDegrees(ll.Lat, ll.Lng)))
	}
	return Polygon{{ring}}
}

// H3Center returns the point in the middle of a cell.
func H3Center(c h3.Cell) s2.Point {
	ll := c.LatLng()
	return s2.PointFromLatLng(s2.LatLngFromDegrees(ll.Lat, ll.Lng))
}

// H3Cells returns the H3 cells of a resolution whose centres lie in the polygon,
// false if they are too many.
func (p Polygon) H3Cells(resolution int64) ([]string, bool) {
	if resolution < 0 || resolution > 15 || p.Area()/h3.HexagonAreaAvgM2(int(resolution)) > maxCells {
		return nil, false
	}
	var list []string
	for _, part := range p {
		g := h3.GeoPolygon{GeoLoop: h3Loop(part[0])}
		for _, hole := range part[1:] {
			g.Holes = append(g.Holes, h3Loop(hole))
		}
		list = append(list, h3Texts(h3.PolygonToCells(g, int(resolution)))...)
	}
	return list, true
}

func h3Loop(ring []s2.Point) h3.GeoLoop {
	var loop h3.GeoLoop
	for _, p := range ring {
		at := degrees(p)
		loop = append(loop, h3.NewLatLng(at[1], at[0]))
	}
	return loop
}
