package tables

import (
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

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
		key := v.RawKey()
		if v.KeyEscaped() {
			key = v.Key()
		}
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

// writeToken fills authorization and claims with their hot paths.
func (a *activity) writeToken(rows *schema.Rows) {
	writeObject(rows, colAuthorizationD, colAuthorization, a.authorization)
	evidence := a.authorization.Get("evidence")
	set(rows, colAction, plain(a.authorization.Get("action")))
	set(rows, colRole, plain(evidence.Get("role")))
	set(rows, colPrincipalType, plain(evidence.Get("principalType")))

	if a.identityName.empty() || !blank(a.claims) {
		writeObject(rows, colClaimsD, colClaims, a.claims)
		a.token.write(rows)
		return
	}
	buf := append(rows.Build(colClaimsD), '{')
	rows.Built(colClaimsD, closeObject(appendMember(buf, "name", a.identityName)))
	set(rows, colName, a.identityName)
}

// writeObject fills a dynamic column, or the string column beside it when the
// value is text that holds no JSON.
func writeObject(rows *schema.Rows, dynamic, str int, v event.Value) {
	switch v.Kind() {
	case event.Missing, event.Null:
	case event.String:
		set(rows, str, notNull(plain(v)))
	default:
		rows.Built(dynamic, appendJSON(rows.Build(dynamic), v))
	}
}

// write fills the hot paths of the claims.
func (c *claims) write(rows *schema.Rows) {
	set(rows, colAppID, plain(c.appID))
	set(rows, colIPAddr, plain(c.ipAddr))
	set(rows, colName, plain(c.displayName))
	set(rows, colObjectID, plain(c.objectID))
	set(rows, colUPN, plain(c.upn))
}
