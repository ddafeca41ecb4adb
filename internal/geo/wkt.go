package geo

import (
	"strconv"
	"strings"
)

// FromWKT turns well-known text (OGC 06-103r4) into GeoJSON, false if it is
// none.
func FromWKT(text string) (string, bool) {
	p := &wkt{text: text}
	json, ok := p.geometry(0)
	p.space()
	return json, ok && p.at == len(p.text)
}

// wkt reads well-known text from left to right.
type wkt struct {
	text string
	at   int
}

// kinds are GeoJSON's names, and how deep their positions are nested.
var kinds = map[string]struct {
	name  string
	depth int
}{
	"POINT": {"Point", 0}, "LINESTRING": {"LineString", 1}, "POLYGON": {"Polygon", 2},
	"MULTIPOINT": {"MultiPoint", 1}, "MULTILINESTRING": {"MultiLineString", 2}, "MULTIPOLYGON": {"MultiPolygon", 3},
}

// maxNesting bounds collections in collections.
const maxNesting = 16

func (p *wkt) geometry(nesting int) (string, bool) {
	word := strings.ToUpper(p.word())
	if word == "GEOMETRYCOLLECTION" {
		return p.collection(nesting)
	}
	kind, ok := kinds[word]
	if !ok {
		return "", false
	}
	coordinates, ok := p.nested(kind.depth, word == "MULTIPOINT")
	return `{"type":"` + kind.name + `","coordinates":` + coordinates + "}", ok
}

func (p *wkt) collection(nesting int) (string, bool) {
	if nesting == maxNesting || !p.take('(') {
		return "", false
	}
	var parts []string
	for {
		part, ok := p.geometry(nesting + 1)
		if !ok {
			return "", false
		}
		parts = append(parts, part)
		if !p.take(',') {
			break
		}
	}
	return `{"type":"GeometryCollection","geometries":[` + strings.Join(parts, ",") + "]}", p.take(')')
}

// nested reads positions in so many parentheses, those of a point included;
// loose points need none.
func (p *wkt) nested(depth int, loose bool) (string, bool) {
	if depth == 0 {
		return p.point()
	}
	if !p.take('(') {
		return "", false
	}
	var parts []string
	for {
		var part string
		var ok bool
		switch {
		case depth > 1:
			part, ok = p.nested(depth-1, false)
		case loose && p.peek() == '(':
			part, ok = p.point()
		default:
			part, ok = p.position()
		}
		if !ok {
			return "", false
		}
		parts = append(parts, part)
		if !p.take(',') {
			break
		}
	}
	return "[" + strings.Join(parts, ",") + "]", p.take(')')
}

func (p *wkt) point() (string, bool) {
	if !p.take('(') {
		return "", false
	}
	at, ok := p.position()
	return at, ok && p.take(')')
}

func (p *wkt) position() (string, bool) {
	lng, okLng := p.number()
	lat, okLat := p.number()
	if _, ok := PointAt(lng, lat); !ok || !okLng || !okLat {
		return "", false
	}
	return "[" + strconv.FormatFloat(lng, 'f', -1, 64) + "," + strconv.FormatFloat(lat, 'f', -1, 64) + "]", true
}

func (p *wkt) number() (float64, bool) {
	p.space()
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("+-.eE0123456789", p.text[p.at]) >= 0 {
		p.at++
	}
	f, err := strconv.ParseFloat(p.text[start:p.at], 64)
	return f, err == nil
}

func (p *wkt) word() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && (p.text[p.at]|0x20 >= 'a' && p.text[p.at]|0x20 <= 'z') {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *wkt) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *wkt) peek() byte {
	p.space()
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *wkt) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}
