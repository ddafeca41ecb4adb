package native

import (
	"net/netip"
	"strconv"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// locations is where addresses are looked up. It belongs to the process, not to
// one instance: DuckDB calls functions without telling for whom.
var locations atomic.Pointer[maxminddb.Reader]

// LookUpPlaces makes geo_info_from_ip_address answer from a database in
// MaxMind's format. Without one the function knows no address.
func LookUpPlaces(path string) error {
	db, err := maxminddb.Open(path)
	if err != nil {
		return err
	}
	locations.Store(db)
	return nil
}

// A place is what databases of cities and of countries hold of it.
type place struct {
	City struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"city"`
	Country struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"country"`
	Subdivisions []struct {
		Names map[string]string `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
}

func placeFunctions() []function {
	return []function{textToText("kql_geo_info", func(s string) (string, bool) { return placeOf(s) })}
}

// placeOf tells where an address is.
func placeOf(s string) (string, bool) {
	db := locations.Load()
	address, err := netip.ParseAddr(s)
	if db == nil || err != nil {
		return "", false
	}
	found := db.Lookup(address)
	var p place
	if !found.Found() || found.Decode(&p) != nil {
		return "", false
	}
	list := []member{}
	add := func(name, value string) {
		if value != "" {
			list = append(list, member{name, quoted(value)})
		}
	}
	add("country", p.Country.Names["en"])
	if len(p.Subdivisions) > 0 {
		add("state", p.Subdivisions[0].Names["en"])
	}
	add("city", p.City.Names["en"])
	if v := p.Location.Latitude; v != nil {
		list = append(list, member{"latitude", strconv.FormatFloat(*v, 'f', -1, 64)})
	}
	if v := p.Location.Longitude; v != nil {
		list = append(list, member{"longitude", strconv.FormatFloat(*v, 'f', -1, 64)})
	}
	return string(bag(nil, list)), true
}
