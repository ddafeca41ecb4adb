package apps

import (
	"encoding/json"
	"strconv"

	"nephoscope/internal/simulate"
)

// The records below are those of the activities API; members that vary between
// tenants and say nothing to rules are left out.

type record struct {
	ID              string         `json:"_id"`
	UID             string         `json:"uid"`
	Tenant          int            `json:"tenantId"`
	EntraTenant     string         `json:"aadTenantId"`
	App             int            `json:"appId"`
	SaaS            int            `json:"saasId"`
	AppName         string         `json:"appName"`
	SourceApp       int            `json:"srcAppId"`
	Instance        int            `json:"instance"`
	Source          int            `json:"source"`
	Severity        string         `json:"severity"`
	Timestamp       int64          `json:"timestamp"`
	TimestampRaw    int64          `json:"timestampRaw"`
	Instantiation   int64          `json:"instantiation"`
	Created         int64          `json:"created"`
	EventTypeName   string         `json:"eventTypeName"`
	EventTypeValue  string         `json:"eventTypeValue"`
	GenericType     string         `json:"genericEventType"`
	Device          device         `json:"device"`
	Location        location       `json:"location"`
	UserAgent       userAgent      `json:"userAgent"`
	User            user           `json:"user"`
	FailedUser      *user          `json:"failedUserData,omitempty"`
	MainInfo        mainInfo       `json:"mainInfo"`
	Entities        entities       `json:"entityData"`
	Description     string         `json:"description"`
	DescriptionName string         `json:"description_id"`
	Raw             map[string]any `json:"rawDataJson"`
}

type device struct {
	ClientIP  string `json:"clientIP"`
	UserAgent string `json:"userAgent"`
	Country   string `json:"countryCode"`
}

type location struct {
	Country   string   `json:"countryCode"`
	City      string   `json:"city"`
	Longitude float64  `json:"longitude"`
	Latitude  float64  `json:"latitude"`
	Provider  string   `json:"organizationSearchable"`
	Proxy     bool     `json:"anonymousProxy"`
	Satellite bool     `json:"isSatelliteProvider"`
	Category  int      `json:"category"`
	Word      string   `json:"categoryValue"`
	Tags      []string `json:"ipTags"`
}

type userAgent struct {
	Family string   `json:"family"`
	Name   string   `json:"name"`
	Device string   `json:"deviceType"`
	OS     string   `json:"os"`
	Native bool     `json:"nativeBrowser"`
	Tags   []string `json:"tags"`
}

type user struct {
	Name string   `json:"userName"`
	Tags []string `json:"userTags,omitempty"`
}

type mainInfo struct {
	Objects   []object `json:"eventObjects"`
	Operation string   `json:"rawOperationName"`
	Pretty    string   `json:"prettyOperationName"`
	Type      string   `json:"type"`
	Result    struct {
		Success string `json:"isSuccess"`
	} `json:"activityResult"`
}

type object struct {
	Type     int      `json:"objType"`
	Role     int      `json:"role"`
	Tags     []string `json:"tags"`
	Name     string   `json:"name"`
	ID       string   `json:"id"`
	Instance int      `json:"instanceId"`
	SaaS     int      `json:"saasId"`
	Resolved bool     `json:"resolved"`
}

type entities struct {
	First  entity  `json:"0"`
	Second *entity `json:"1"`
	Third  *entity `json:"2"`
}

type entity struct {
	Name string `json:"displayName"`
	ID   struct {
		ID       string `json:"id"`
		SaaS     int    `json:"saas"`
		Instance int    `json:"inst"`
	} `json:"id"`
	Resolved bool `json:"resolved"`
}

// none is the list that is written as [].
var none = []string{}

// record writes the deed as the activities API answers it, the nth of the
// tenant.
func (d *deed) record(c *simulate.Company, n int) []byte {
	id := strconv.Itoa(97_000_000+n) + "_" + strconv.Itoa(d.app.id) + "_" + d.id
	at, agent := d.at.UnixMilli(), agents[n%len(agents)]
	r := record{
		ID: id, UID: id, Tenant: 48151623, EntraTenant: c.TenantID.String(),
		App: d.app.id, SaaS: d.app.id, AppName: d.app.name, SourceApp: office365, Source: 2, Severity: "INFO",
		Timestamp: at, TimestampRaw: at, Instantiation: at + 47_000, Created: at + 48_500,
		EventTypeName: "EVENT_CATEGORY_" + d.category, EventTypeValue: d.eventTypeValue(), GenericType: d.genericType(),
		Device:    device{ClientIP: d.from.address, UserAgent: agent.text, Country: d.from.country},
		Location:  d.from.location(),
		UserAgent: userAgent{Family: agent.family, Name: agent.family, Device: agent.device, OS: agent.system, Tags: none},
		User:      user{Name: d.who},
		MainInfo:  mainInfo{Objects: d.objects(), Operation: d.operation, Pretty: d.operation, Type: d.mainType()},
		Entities:  entities{First: entity{Name: d.who, Resolved: true}},

		Description: d.operation + ": " + d.item, DescriptionName: "EVENT_DESCRIPTION_BASIC", Raw: d.event(),
	}
	r.MainInfo.Result.Success = strconv.FormatBool(!d.fails)
	r.Entities.First.ID.ID, r.Entities.First.ID.SaaS = d.who, office365
	if d.fails {
		r.FailedUser = &user{Name: d.who}
	}
	text, _ := json.Marshal(r) // texts and numbers
	return text
}

// office365 is the application that accounts of Microsoft 365 belong to.
const office365 = 11161

func (d *deed) eventTypeValue() string {
	switch d.app {
	case entra:
		return "EVENT_AAD_GENERIC"
	case onedrive:
		return "EVENT_O365_ONEDRIVE_GENERIC"
	}
	return "EVENT_O365_GENERIC"
}

func (d *deed) mainType() string {
	switch d.category {
	case "LOGIN":
		return "login"
	case "FAILED_LOGIN":
		return "failedLogin"
	}
	return "basic"
}

func (d *deed) genericType() string {
	if d.category == "FAILED_LOGIN" {
		return "ENUM_ACTIVITY_GENERIC_TYPE_FAILED_LOGIN"
	}
	return "ENUM_ACTIVITY_GENERIC_TYPE_BASIC"
}

// objects are what took part: who, what and with whom.
func (d *deed) objects() []object {
	list := []object{{Type: objectUser, Role: 4, Tags: none, Name: d.who, ID: d.who, SaaS: office365, Resolved: true}}
	if d.item != "" {
		list = append(list, object{Type: d.kind, Role: 3, Tags: none, Name: d.item, ID: "o-" + d.item, SaaS: d.app.id, Resolved: true})
	}
	if d.with != "" {
		list = append(list, object{Type: objectUser, Role: 3, Tags: none, Name: d.with, ID: d.with, SaaS: d.app.id})
	}
	return list
}

func (s spot) location() location {
	l := location{
		Country: s.country, City: s.city, Longitude: s.longitude, Latitude: s.latitude, Provider: s.provider,
		Proxy: s.proxy, Category: s.category, Word: "NONE", Tags: s.tags,
	}
	switch s.category {
	case corporate:
		l.Word = "CORPORATE"
	case risky:
		l.Word = "RISKY"
	case vpn:
		l.Word = "VPN"
	}
	if l.Tags == nil {
		l.Tags = none
	}
	return l
}

// An agent is a program that people use.
type agent struct{ text, family, device, system string }

var agents = []agent{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/128.0", "FIREFOX", "DESKTOP", "Windows"},
	{"Mozilla/5.0 (Macintosh) Safari/605.1.15", "SAFARI", "DESKTOP", "OS X"},
	{"Microsoft Office/16.0", "MICROSOFT_OFFICE", "DESKTOP", "Windows"},
}
