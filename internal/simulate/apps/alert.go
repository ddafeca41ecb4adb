package apps

import (
	"encoding/json"
	"strings"
	"time"
)

// An alert is one row that the connector writes about an alert of the product.
type alert struct {
	at         time.Time
	id, origin string
	kind       alertKind
	severity   string
	status     string
	who        string // user principal name
	from       spot
}

// An alertKind is a detection of the product.
type alertKind struct{ name, code, tactic string }

var (
	newCountry = alertKind{"Activity from infrequent country", "MCAS_ALERT_ANUBIS_DETECTION_NEW_COUNTRY", "InitialAccess"}
	velocity   = alertKind{"Impossible travel activity", "MCAS_ALERT_ANUBIS_DETECTION_VELOCITY", "InitialAccess"}
	anonymous  = alertKind{"Activity from anonymous IP addresses", "MCAS_ALERT_ANUBIS_DETECTION_RISKY_IP_ANONYMOUS", "InitialAccess"}
	download   = alertKind{"Mass download", "MCAS_ALERT_ANUBIS_DETECTION_REPEATED_ACTIVITY_DOWNLOAD", "Exfiltration"}
	forwarding = alertKind{"Suspicious inbox forwarding", "MCAS_ALERT_ANUBIS_INBOX_FORWARDING", "Exfiltration"}
)

// raise makes the alerts of ordinary days: about a traveller, about somebody
// who takes a folder along. Most are looked at and put aside some hours later.
func (e *Estate) raise() {
	opt := e.company.Options()
	perDay := 0.02 * float64(len(e.company.People))
	for n := range opt.Days * 24 {
		hour := opt.End.Add(-time.Duration(opt.Days*24-n) * time.Hour)
		id := pick(e.dice, e.company.People)
		if id.Level(hour) < 0.3 || !e.dice.chance(perDay/8) {
			continue
		}
		a := e.alert(hour.Add(e.dice.span(0, 50*time.Minute)), newCountry, "Low", id.UPN, home(id))
		if e.dice.chance(0.4) {
			a.kind, a.severity, a.from = download, "Medium", office(id)
		}
		e.alerts = append(e.alerts, a)
		if settled := a.settled(e.dice.span(time.Hour, 6*time.Hour)); settled.at.Before(opt.End) && e.dice.chance(0.8) {
			e.alerts = append(e.alerts, settled)
		}
	}
}

func (e *Estate) alert(at time.Time, kind alertKind, severity, who string, from spot) alert {
	return alert{at: at, id: e.dice.guid(), origin: e.dice.digits(12), kind: kind, severity: severity, status: "New", who: who, from: from}
}

// settled is the row that tells that somebody has closed the alert as benign.
func (a alert) settled(after time.Duration) alert {
	a.at, a.status = a.at.Add(after), "Resolved"
	return a
}

// row writes the alert as a row of SecurityAlert.
func (a *alert) row() []byte {
	name, domain, _ := strings.Cut(a.who, "@")
	entities, _ := json.Marshal([]map[string]any{
		{"$id": "2", "Type": "account", "Name": name, "UPNSuffix": domain},
		{"$id": "3", "Type": "ip", "Address": a.from.address, "Location": map[string]any{"CountryCode": a.from.country}},
		{"$id": "4", "Type": "cloud-application", "SaasId": sharepoint.id, "Name": sharepoint.name, "InstanceId": 0},
	})
	properties, _ := json.Marshal(map[string]string{"Cloud Applications": sharepoint.name, "IP Addresses": a.from.address, "Countries": a.from.country})
	at := a.at.Format(time.RFC3339Nano)
	text, _ := json.Marshal(map[string]any{
		"TimeGenerated": at, "DisplayName": a.kind.name, "AlertName": a.kind.name, "AlertSeverity": a.severity, "AlertType": a.kind.code,
		"Description": a.kind.name + ": " + a.who, "ProviderName": "MCAS", "VendorName": "Microsoft", "ProductName": "Microsoft Cloud App Security",
		"VendorOriginalId": a.origin, "SystemAlertId": a.id, "IsIncident": false, "StartTime": at, "EndTime": at, "ProcessingEndTime": at,
		"Status": a.status, "CompromisedEntity": a.who, "Tactics": a.kind.tactic, "SourceSystem": "Detection",
		"Entities": string(entities), "ExtendedProperties": string(properties),
	}) // texts and a bool
	return text
}
