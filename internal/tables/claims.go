package tables

import "nephoscope/internal/event"

// claims are the members of a token that columns are made from.
type claims struct {
	appID, ipAddr, objectID         event.Value
	upn, name, displayName          event.Value
	shortUPN, spn, email, shortMail event.Value
}

// read finds the claims in their object.
func (c *claims) read(object event.Value) {
	for v := object.First(); v.Exists(); v = v.Next(object) {
		key := v.Key()
		if len(key) == 0 {
			continue
		}
		if key[0] == 'h' {
			c.readURL(v, key)
			continue
		}
		switch string(key) {
		case "appid":
			c.appID = v
		case "ipaddr":
			c.ipAddr = v
		case "name":
			c.displayName = v
		case "upn":
			c.shortUPN = v
		case "email":
			c.shortMail = v
		}
	}
}

func (c *claims) readURL(v event.Value, key []byte) {
	switch string(key) {
	case claimUPN:
		c.upn = v
	case claimName:
		c.name = v
	case claimSPN:
		c.spn = v
	case claimEmail:
		c.email = v
	case claimObjectID:
		c.objectID = v
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
