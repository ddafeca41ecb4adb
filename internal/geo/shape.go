package geo

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang/geo/s2"
)

// A Line is one or several chains of edges.
type Line [][]s2.Point

// A Polygon is rings without their closing points: outer ones and holes.
type Polygon [][][]s2.Point

// maxVertices bounds the shapes that are worked on.
const maxVertices = 200_000

// object is what GeoJSON says of a geometry.
type object struct {
	Type        string         `json:"type"`
	Coordinates jsontext.Value `json:"coordinates"`
}

type position [2]float64

// UnmarshalJSONFrom reads longitude and latitude; a height is passed over.
func (p *position) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var all []float64
	if err := json.UnmarshalDecode(d, &all); err != nil {
		return err
	}
	if len(all) < 2 || len(all) > 3 {
		return strconv.ErrRange
	}
	p[0], p[1] = all[0], all[1]
	return nil
}

func parse(text string) (object, bool) {
	var o object
	err := json.Unmarshal([]byte(text), &o, jsontext.AllowDuplicateNames(true))
	return o, err == nil && o.Coordinates != nil
}

func (o object) read(into any) bool { return json.Unmarshal(o.Coordinates, into) == nil }

// ParseLine reads a LineString or MultiLineString, false if it is none or not
// valid.
func ParseLine(text string) (Line, bool) {
	o, ok := parse(text)
	if !ok {
		return nil, false
	}
	var chains [][]position
	switch o.Type {
	case "LineString":
		chains = make([][]position, 1)
		ok = o.read(&chains[0])
	case "MultiLineString":
		ok = o.read(&chains)
	default:
		return nil, false
	}
	if !ok || len(chains) == 0 {
		return nil, false
	}
	var line Line
	for _, c := range chains {
		points, ok := pointsOf(c)
		if !ok || len(points) < 2 {
			return nil, false
		}
		line = append(line, points)
	}
	return line, line.vertices() <= maxVertices
}

// ParsePolygon reads a Polygon or MultiPolygon, false if it is none or not
// valid: rings are closed, touch themselves nowhere, and have an area.
func ParsePolygon(text string) (Polygon, bool) {
	o, ok := parse(text)
	if !ok {
		return nil, false
	}
	var rings [][][]position
	switch o.Type {
	case "Polygon":
		rings = make([][][]position, 1)
		ok = o.read(&rings[0])
	case "MultiPolygon":
		ok = o.read(&rings)
	default:
		return nil, false
	}
	if !ok || len(rings) == 0 {
		return nil, false
	}
	var p Polygon
	for _, part := range rings {
		var loops [][]s2.Point
		for _, r := range part {
			loop, ok := ring(r)
			if !ok {
				return nil, false
			}
			loops = append(loops, loop)
		}
		if len(loops) == 0 {
			return nil, false
		}
		p = append(p, loops)
	}
	if p.vertices() > maxVertices {
		return nil, false
	}
	return p.whole(), true
}

// ring checks a ring and takes its closing point away.
func ring(r []position) ([]s2.Point, bool) {
	if len(r) < 4 || r[0] != r[len(r)-1] {
		return nil, false
	}
	points, ok := pointsOf(r[:len(r)-1])
	if !ok || len(points) < 3 {
		return nil, false
	}
	loop := s2.LoopFromPoints(points)
	if loop.Validate() != nil || repeats(points) || crossesItself(points) {
		return nil, false
	}
	return points, true
}

func repeats(points []s2.Point) bool {
	seen := make(map[s2.Point]bool, len(points))
	for _, p := range points {
		if seen[p] {
			return true
		}
		seen[p] = true
	}
	return false
}

// crossesItself tells whether edges of a ring cross. Long rings are believed.
func crossesItself(points []s2.Point) bool {
	n := len(points)
	if n > 1000 {
		return false
	}
	for i := range n {
		crosser := s2.NewEdgeCrosser(points[i], points[(i+1)%n])
		for j := i + 2; j < n; j++ {
			if crosser.CrossingSign(points[j], points[(j+1)%n]) == s2.Cross {
				return true
			}
		}
	}
	return false
}

// pointsOf checks that positions are on the sphere and edges shorter than half
// of a turn.
func pointsOf(positions []position) ([]s2.Point, bool) {
	points := make([]s2.Point, len(positions))
	for i, at := range positions {
		p, ok := PointAt(at[0], at[1])
		if !ok || i > 0 && points[i-1].Add(p.Vector).Norm() < 1e-14 {
			return nil, false
		}
		points[i] = p
	}
	return points, true
}

func (l Line) vertices() (n int) {
	for _, c := range l {
		n += len(c)
	}
	return n
}

func (p Polygon) vertices() (n int) {
	for _, part := range p {
		n += Line(part).vertices()
	}
	return n
}

// edges calls yield with each edge of all chains.
func (l Line) edges(yield func(a, b s2.Point)) {
	for _, c := range l {
		for i := 1; i < len(c); i++ {
			yield(c[i-1], c[i])
		}
	}
}

func (p Polygon) edges(yield func(a, b s2.Point)) {
	for _, part := range p {
		for _, r := range part {
			for i := range r {
				yield(r[i], r[(i+1)%len(r)])
			}
		}
	}
}

// solid is the polygon as S2 has it; which side of a ring is inside follows from
// its area, not from its orientation.
func (p Polygon) solid() *s2.Polygon {
	var loops []*s2.Loop
	for _, part := range p {
		for _, r := range part {
			loop := s2.LoopFromPoints(r)
			loop.Normalize()
			loops = append(loops, loop)
		}
	}
	return s2.PolygonFromLoops(loops)
}

// JSON writes a point.
func JSON(p s2.Point) string {
	return `{"type":"Point","coordinates":` + string(appendPoint(nil, p)) + `}`
}

// JSON writes a LineString, or a MultiLineString.
func (l Line) JSON() string {
	b := bytes.NewBufferString(`{"type":"LineString","coordinates":`)
	if len(l) != 1 {
		b = bytes.NewBufferString(`{"type":"MultiLineString","coordinates":`)
	}
	list(b, len(l) != 1, len(l), func(i int) { appendPoints(b, l[i]) })
	b.WriteByte('}')
	return b.String()
}

// JSON writes a Polygon, or a MultiPolygon; rings are closed again.
func (p Polygon) JSON() string {
	b := bytes.NewBufferString(`{"type":"Polygon","coordinates":`)
	if len(p) != 1 {
		b = bytes.NewBufferString(`{"type":"MultiPolygon","coordinates":`)
	}
	list(b, len(p) != 1, len(p), func(i int) {
		list(b, true, len(p[i]), func(j int) {
			r := p[i][j]
			appendPoints(b, append(r[:len(r):len(r)], r[0]))
		})
	})
	b.WriteByte('}')
	return b.String()
}

// list writes n things, in brackets if they are several.
func list(b *bytes.Buffer, brackets bool, n int, write func(i int)) {
	if brackets {
		b.WriteByte('[')
	}
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		write(i)
	}
	if brackets {
		b.WriteByte(']')
	}
}

func appendPoints(b *bytes.Buffer, points []s2.Point) {
	list(b, true, len(points), func(i int) { b.Write(appendPoint(b.AvailableBuffer(), points[i])) })
}

// appendPoint writes coordinates with the fewest digits that give the point
// again: what was read as 10 does not come back as 9.999999999999998.
func appendPoint(dst []byte, p s2.Point) []byte {
	at := degrees(p)
	lng, lat := at[0], at[1]
	for digits := 12; digits < 17; digits++ {
		x, y := shortened(lng, digits), shortened(lat, digits)
		if q, ok := PointAt(x, y); ok && q == p {
			lng, lat = x, y
			break
		}
	}
	return appendPosition(dst, lng, lat)
}

func shortened(x float64, digits int) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return x
	}
	return short
}

func appendPosition(dst []byte, lng, lat float64) []byte {
	dst = append(dst, '[')
	dst = strconv.AppendFloat(dst, lng, 'f', -1, 64)
	dst = append(dst, ',')
	dst = strconv.AppendFloat(dst, lat, 'f', -1, 64)
	return append(dst, ']')
}

// PointJSON writes a point of which longitude and latitude are known.
func PointJSON(lng, lat float64) string {
	return `{"type":"Point","coordinates":` + string(appendPosition(nil, lng, lat)) + `}`
}
