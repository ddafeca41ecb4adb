package geo

import (
	"strings"

	"github.com/golang/geo/s2"
)

// A geohash halves the ranges of longitude and latitude in turn; each digit
// stands for five halvings.

const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// maxGeohash is the longest geohash.
const maxGeohash = 18

// Geohash returns the geohash with so many digits.
func Geohash(lng, lat float64, digits int64) (string, bool) {
	if _, ok := PointAt(lng, lat); !ok || digits < 1 || digits > maxGeohash {
		return "", false
	}
	west, east, south, north := -180.0, 180.0, -90.0, 90.0
	var text []byte
	digit := 0
	for bit := range int(digits) * 5 {
		digit <<= 1
		if bit%2 == 0 {
			digit |= halve(&west, &east, lng)
		} else {
			digit |= halve(&south, &north, lat)
		}
		if bit%5 == 4 {
			text = append(text, geohashDigits[digit])
			digit = 0
		}
	}
	return string(text), true
}

// halve narrows a range to the half with x and returns which one that is.
func halve(low, high *float64, x float64) int {
	middle := (*low + *high) / 2
	if x >= middle {
		*low = middle
		return 1
	}
	*high = middle
	return 0
}

// A Box is a range of longitudes and latitudes.
type Box struct{ West, South, East, North float64 }

// GeohashBox returns what a geohash stands for.
func GeohashBox(text string) (Box, bool) {
	b := Box{-180, -90, 180, 90}
	if text == "" || len(text) > maxGeohash {
		return b, false
	}
	for i := range len(text) {
		digit := strings.IndexByte(geohashDigits, text[i])
		if digit < 0 {
			return b, false
		}
		for bit := range 5 {
			high := digit>>(4-bit)&1 == 1
			if (i*5+bit)%2 == 0 {
				narrow(&b.West, &b.East, high)
			} else {
				narrow(&b.South, &b.North, high)
			}
		}
	}
	return b, true
}

func narrow(low, high *float64, upper bool) {
	if middle := (*low + *high) / 2; upper {
		*low = middle
	} else {
		*high = middle
	}
}

// Center returns longitude and latitude of the middle.
func (b Box) Center() (lng, lat float64) { return (b.West + b.East) / 2, (b.South + b.North) / 2 }

// Polygon returns the outline.
func (b Box) Polygon() Polygon {
	var ring []s2.Point
	for _, at := range [][2]float64{{b.West, b.South}, {b.East, b.South}, {b.East, b.North}, {b.West, b.North}} {
		ring = append(ring, s2.PointFromLatLng(s2.LatLngFromDegrees(at[1], at[0])))
	}
	return Polygon{{ring}}
}

// GeohashNeighbors returns the geohashes around one: left, right, below, above,
// and the corners. At the poles there are fewer.
func GeohashNeighbors(text string) ([]string, bool) {
	b, ok := GeohashBox(text)
	if !ok || len(text) < 2 {
		return nil, false
	}
	lng, lat := b.Center()
	width, height := b.East-b.West, b.North-b.South
	var list []string
	for _, step := range [][2]float64{{-1, 0}, {1, 0}, {0, -1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}, {0, 1}} {
		x := lng + step[0]*width
		switch {
		case x > 180:
			x -= 360
		case x < -180:
			x += 360
		}
		if hash, ok := Geohash(x, lat+step[1]*height, int64(len(text))); ok {
			list = append(list, hash)
		}
	}
	return list, true
}
