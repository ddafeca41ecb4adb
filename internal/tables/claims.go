package tables

import "nephoscope/internal/event"

// claims are the members of a token that columns are made from.
type claims struct {
	appID, ipAddr, objectID         event.Value
	upn, name, displayName          event.Value
	shortUPN, spn, email, shortMail event.Value
}

// read finds the claims in their object. The names are told apart by length
// first: most of a token's claims are none of these.
func (c *claims) read(object event.Value) {
	for v := object.First(); v.Exists(); v = v.Next(object) {
		key := v.Key()
		switch len(key) {
		case len("upn"):
			take(&c.shortUPN, v, key, "upn")
		case len("name"):
			take(&c.displayName, v, key, "name")
		case len("appid"):
			take(&c.appID, v, key, "appid")
			take(&c.shortMail, v, key, "email")
		case len("ipaddr"):
			take(&c.ipAddr, v, key, "ipaddr")
		case len(claimUPN):
			take(&c.upn, v, key, claimUPN)
			take(&c.spn, v, key, claimSPN)
		case len(claimName):
			take(&c.name, v, key, claimName)
		case len(claimEmail):
			take(&c.email, v, key, claimEmail)
		case len(claimObjectID):
			take(&c.objectID, v, key, claimObjectID)
		}
	}
}

func take(dst *event.Value, v event.Value, key []byte, name string) {
	if string(key) == name {
		*dst = v
	}
}

// caller returns who a token speaks for: the first claim of those that name
// its bearer, from the most telling one down.
func (c *claims) caller() text {
	for _, v := range [...]event.Value{c.upn, c.shortUPN, c.name, c.displayName, c.objectID, c.appID, c.spn, c.email, c.shortMail} {
		if t := plain(v).trimmed(); !t.empty() {
			return t
		}
	}
	return text{}
}
