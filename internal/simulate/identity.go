package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// habits say when an identity works, how much, and from where.
type habits struct {
	offset    time.Duration // of its clock, east of UTC
	from, to  float64       // hours of its day
	weekend   float64       // level on Saturday and Sunday, 1 is a weekday's
	weight    float64       // level compared with a person's
	addresses []string
	leave     time.Time // when its holiday begins; zero for none
	back      time.Time // when it ends
}

// level returns how busy the identity is at t.
func (h habits) level(t time.Time) float64 {
	local := t.Add(h.offset)
	hour := float64(local.Hour()) + float64(local.Minute())/60
	level := h.weight
	switch {
	case !t.Before(h.leave) && t.Before(h.back):
		return 0
	case hour >= h.from && hour < h.to:
	case h.from == 0 || hour < h.from-1.5 || hour >= h.to+3:
		return 0
	default:
		level *= 0.08 // early birds and late evenings
	}
	if h.to-h.from < 14 && hour >= 12 && hour < 13 {
		level *= 0.5 // lunch
	}
	if day := local.Weekday(); day == time.Saturday || day == time.Sunday {
		level *= h.weekend
	}
	return level
}

// addresses returns n addresses of a /24, from host first on.
func addresses(net string, first, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = net + strconv.Itoa(first+i)
	}
	return list
}

// person makes somebody of a team, with the office's hours and a home address.
func (c *Company) person(d *dice, t *team, o office, skills []skill) *Identity {
	given, surname := nameOf(len(c.People))
	id := &Identity{
		Name: given + " " + surname, given: given, surname: surname,
		UPN:      strings.ToLower(given+"."+surname) + "@" + c.Domain,
		ObjectID: d.guid(), AppID: pick(d, clientApps), company: c, team: t,
		role: contributor, scope: "/subscriptions", assignment: d.guid(), skill: skills,
	}
	if t.name == "platform" {
		id.role = owner
	}
	id.habits = habits{
		offset: o.offset, from: 8 + d.Float64()*1.5, to: 16.5 + d.Float64()*1.5, weekend: 0.03, weight: 0.6 + d.Float64()*0.8,
		addresses: append(addresses(o.net, 10+d.IntN(8), 2), "198.51.100."+strconv.Itoa(100+len(c.People)%150)),
	}
	id.render(d)
	c.People = append(c.People, id)
	return id
}

// principal makes a service principal that works for a team.
func (c *Company) principal(d *dice, name string, t *team, skills []skill) *Identity {
	id := &Identity{
		Name: name, ObjectID: d.guid(), AppID: d.guid(), company: c, team: t,
		role: contributor, scope: "/subscriptions", assignment: d.guid(), skill: skills,
	}
	id.render(d)
	c.Principals = append(c.Principals, id)
	return id
}

// clientApps are the public applications that people call Azure with: portal,
// command line, PowerShell.
var clientApps = []GUID{
	{0xc4, 0x4b, 0x40, 0x83, 0x3b, 0xb0, 0x49, 0xc1, 0xb4, 0x7d, 0x97, 0x4e, 0x53, 0xcb, 0xdf, 0x3c},
	{0x04, 0xb0, 0x77, 0x95, 0x8d, 0xdb, 0x46, 0x1a, 0xbb, 0xee, 0x02, 0xf9, 0xe1, 0xbf, 0x7b, 0x46},
	{0x19, 0x50, 0xa2, 0x58, 0x22, 0x7b, 0x4e, 0x31, 0xa9, 0xcf, 0x71, 0x74, 0x95, 0x94, 0x5f, 0xc2},
}

// open starts a session from an address.
func (id *Identity) open(d *dice, at time.Time, ip string) *Session {
	return &Session{Identity: id, IP: ip, issued: at.Add(-d.span(5*time.Minute, 50*time.Minute)), token: d.token(22)}
}

const (
	claims2005  = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claimsMS    = "http://schemas.microsoft.com/identity/claims/"
	claimsAuthn = "http://schemas.microsoft.com/claims/"
)

// render prepares the claims that never change, as JSON members.
func (id *Identity) render(d *dice) {
	tenant := id.company.TenantID.String()
	issuer := "https://sts.windows.net/" + tenant + "/"
	list := [][2]string{
		{"aud", "https://management.core.windows.net/"},
		{"iss", issuer},
		{"appid", id.AppID.String()},
		{claimsMS + "objectidentifier", id.ObjectID.String()},
		{claimsMS + "tenantid", tenant},
		{claims2005 + "nameidentifier", d.token(43)},
		{"rh", "0." + d.token(38) + "."},
		{"ver", "1.0"},
		{"xms_tcdt", "1521637204"},
	}
	if id.UPN == "" {
		list = append(list,
			[2]string{"appidacr", "1"},
			[2]string{"idtyp", "app"},
			[2]string{claimsMS + "identityprovider", issuer},
			[2]string{"groups", guids(d, 6)},
			[2]string{"wids", guids(d, 1)},
		)
	} else {
		list = append(list, id.personal(d)...)
	}
	for _, claim := range list {
		id.static = appendMember(id.static, claim[0], claim[1])
	}
}

// personal returns the claims that only people have.
func (id *Identity) personal(d *dice) [][2]string {
	return [][2]string{
		{"appidacr", "0"},
		{claimsAuthn + "authnclassreference", "1"},
		{claimsAuthn + "authnmethodsreferences", "pwd,mfa"},
		{claims2005 + "givenname", id.given},
		{claims2005 + "surname", id.surname},
		{"name", id.Name},
		{claims2005 + "name", id.UPN},
		{claims2005 + "upn", id.UPN},
		{claimsMS + "scope", "user_impersonation"},
		{"groups", guids(d, 7)},
		{"wids", guids(d, 2)},
		{"puid", fmt.Sprintf("1003%012X", d.Uint64()&0xffffffffffff)},
	}
}

// guids returns n GUIDs joined by commas, as lists stand in claims.
func guids(d *dice, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = d.guid().String()
	}
	return strings.Join(list, ",")
}

// appendClaims appends the session's claims as a JSON object.
func (s *Session) appendClaims(dst []byte) []byte {
	dst = append(append(dst, '{'), s.static...)
	if s.IP == "" { // a service of the platform has only its name
		return closed(dst)
	}
	issued := s.issued.Unix()
	dst = appendNumberText(dst, "iat", issued)
	dst = appendNumberText(dst, "nbf", issued)
	dst = appendNumberText(dst, "exp", issued+4560)
	dst = appendMember(dst, "ipaddr", s.IP)
	dst = appendMember(dst, "aio", "E2ZgYPj"+s.token+"Aw==")
	dst = appendMember(dst, "uti", s.token)
	return closed(dst)
}
