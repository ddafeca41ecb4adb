package apps

import "nephoscope/internal/simulate"

// A spot is an address and what the product knows of it.
type spot struct {
	place
	address  string
	category int // see the categories
	proxy    bool
	tags     []string
	provider string
}

// The categories of addresses.
const (
	uncategorised = 0
	corporate     = 1
	risky         = 3
	vpn           = 4
)

// The built-in tags of addresses that are used here.
const (
	tagProxy = "000000030000000000000000"
	tagTor   = "2dfa95cd7922d979d66fcff5"
)

// A place is where an address is.
type place struct {
	city, country       string
	longitude, latitude float64
}

var (
	rotterdam  = place{"Rotterdam", "NL", 4.48, 51.92}
	gothenburg = place{"Gothenburg", "SE", 11.97, 57.71}
	pune       = place{"Pune", "IN", 73.86, 18.52}
	halifax    = place{"Halifax", "CA", -63.58, 44.65}
	singapore  = place{"Singapore", "SG", 103.82, 1.35}
	frankfurt  = place{"Frankfurt", "DE", 8.68, 50.11}
	panama     = place{"Panama City", "PA", -79.52, 8.98}
)

// officePlace returns where an office is.
func officePlace(city string) place {
	for _, p := range []place{rotterdam, gothenburg, pune, halifax} {
		if p.city == city {
			return p
		}
	}
	return rotterdam
}

// office is a desk of a person, home the person's kitchen table.
func office(id *simulate.Identity) spot {
	return spot{place: officePlace(id.City()), address: id.Addresses()[0], category: corporate, provider: "Brightwater Freight"}
}

func home(id *simulate.Identity) spot {
	list := id.Addresses()
	return spot{place: officePlace(id.City()), address: list[len(list)-1], provider: "Kitchen Broadband"}
}

// abroad is an address that belongs to nobody in particular.
func abroad(p place, address string) spot {
	return spot{place: p, address: address, provider: "Harbour Mobile"}
}

// exit is an address of an anonymising network.
func exit(address string) spot {
	return spot{place: panama, address: address, category: risky, proxy: true, tags: []string{tagProxy, tagTor}, provider: "Palm Hosting"}
}
