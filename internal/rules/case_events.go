package rules

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A CaseEvent is one call to Azure, or several alike. It is written out as
// records of a hub or as events of the REST API, so that a case serves both.
type CaseEvent struct {
	At       time.Time      `yaml:"at"`
	By       string         `yaml:"by"`   // UPN, or object id of a service principal
	From     string         `yaml:"from"` // address
	Do       string         `yaml:"do"`   // operation
	On       string         `yaml:"on"`   // resource id
	Request  map[string]any `yaml:"request"`
	Response map[string]any `yaml:"response"`
	// Flow lists the statuses that the call goes through, one record each, 3
	// seconds apart: Start, Accept, Success, Failure. Empty means Start and
	// Success.
	Flow      []string `yaml:"flow"`
	Substatus string   `yaml:"substatus"` // of the last record; empty means OK
	// Repeat makes the call so many times, Every apart; # in On stands for
	// the number of the call, from 1.
	Repeat int           `yaml:"repeat"`
	Every  time.Duration `yaml:"every"`
}

// caseTenant is the tenant that the cases happen in.
const caseTenant = "8d1c57f2-2b0e-4a34-9a77-31c1d4f0aa10"

// A caseRecord is one record of a call before it is written out.
type caseRecord struct {
	*CaseEvent
	at          time.Time
	on, status  string
	substatus   string
	correlation string
	first, last bool
}

// Hub writes the case's events as hub records, one JSON object each.
func (c *Case) Hub() [][]byte { return c.write(caseRecord.hub) }

// REST writes the case's events as events of the REST API, in its words.
func (c *Case) REST() [][]byte { return c.write(caseRecord.rest) }

func (c *Case) write(form func(caseRecord) map[string]any) [][]byte {
	var out [][]byte
	for i := range c.Events {
		for _, rec := range c.Events[i].records(i) {
			text, _ := json.Marshal(form(rec)) // maps of what YAML holds
			out = append(out, text)
		}
	}
	return out
}

// records plays the calls of an event.
func (e *CaseEvent) records(index int) []caseRecord {
	flow := e.Flow
	if len(flow) == 0 {
		flow = []string{"Start", "Success"}
	}
	var list []caseRecord
	for n := range max(1, e.Repeat) {
		for i, status := range flow {
			rec := caseRecord{
				CaseEvent: e, status: status, first: i == 0, last: i == len(flow)-1,
				at:          e.At.Add(time.Duration(n)*e.Every + time.Duration(i)*3*time.Second).UTC(),
				on:          strings.ReplaceAll(e.On, "#", strconv.Itoa(n+1)),
				correlation: fmt.Sprintf("c0ffee00-0000-4000-8000-%06d%06d", index+1, n+1),
			}
			rec.substatus = rec.codeOf()
			list = append(list, rec)
		}
	}
	return list
}

// codeOf is the substatus of a record.
func (r caseRecord) codeOf() string {
	switch {
	case r.status == "Start":
		return ""
	case r.status == "Accept":
		return "Accepted"
	case r.last && r.Substatus != "":
		return r.Substatus
	case r.status == "Failure":
		return "Forbidden"
	}
	return "OK"
}

// properties are those of both forms.
func (r caseRecord) properties() map[string]any {
	p := map[string]any{
		"eventCategory": "Administrative", "entity": r.on, "message": r.Do,
		"hierarchy": caseTenant + "/corp/" + subscriptionOf(r.on),
	}
	if r.first && r.Request != nil {
		p["requestbody"] = jsonText(r.Request)
	}
	if r.last && r.Response != nil {
		p["responseBody"] = jsonText(r.Response)
	}
	if r.substatus != "" {
		p["statusCode"] = r.substatus
	}
	return p
}

func jsonText(v any) string {
	text, _ := json.Marshal(v) // what YAML holds
	return string(text)
}

func subscriptionOf(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// claims say who calls.
func (r caseRecord) claims() map[string]any {
	const people = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claims := map[string]any{"aud": "https://management.core.windows.net/", "ipaddr": r.From, "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"}
	if strings.Contains(r.By, "@") {
		claims[people+"upn"], claims[people+"name"] = r.By, r.By
		return claims
	}
	claims["http://schemas.microsoft.com/identity/claims/objectidentifier"] = r.By
	claims["appidacr"], claims["idtyp"] = "1", "app"
	return claims
}

// hub writes the record as a diagnostic setting streams it.
func (r caseRecord) hub() map[string]any {
	signature := map[string]string{"Start": "Started.", "Accept": "Accepted.", "Success": "Succeeded.", "Failure": "Failed."}[r.status]
	return map[string]any{
		"time": r.at.Format("2006-01-02T15:04:05.0000000Z"), "resourceId": strings.ToUpper(r.on),
		"operationName": strings.ToUpper(r.Do), "category": "Administrative",
		"resultType": r.status, "resultSignature": signature + r.substatus, "durationMs": "0",
		"callerIpAddress": r.From, "correlationId": r.correlation, "level": "Information", "tenantId": caseTenant,
		"identity": map[string]any{
			"authorization": map[string]any{"scope": r.on, "action": r.Do, "evidence": map[string]any{"role": "Owner"}},
			"claims":        r.claims(),
		},
		"properties": r.properties(),
	}
}

// rest writes the record as the REST API returns it.
func (r caseRecord) rest() map[string]any {
	value := func(s string) map[string]any { return map[string]any{"value": s, "localizedValue": s} }
	status := map[string]string{"Start": "Started", "Accept": "Accepted", "Success": "Succeeded", "Failure": "Failed"}[r.status]
	name := "EndRequest"
	if r.first {
		name = "BeginRequest"
	}
	event := fmt.Sprintf("%s-%s", r.correlation[:8], r.status)
	return map[string]any{
		"eventTimestamp": r.at.Format(time.RFC3339Nano), "submissionTimestamp": r.at.Add(time.Minute).Format(time.RFC3339Nano),
		"id":          fmt.Sprintf("%s/events/%s/ticks/%d", r.on, event, r.at.UnixNano()/100),
		"eventDataId": event + r.correlation[8:], "eventName": value(name), "category": value("Administrative"),
		"operationName": value(r.Do), "status": value(status), "subStatus": value(r.substatus), "level": "Informational",
		"resourceId": r.on, "subscriptionId": subscriptionOf(r.on), "tenantId": caseTenant, "correlationId": r.correlation,
		"caller": r.By, "claims": r.claims(), "httpRequest": map[string]any{"clientIpAddress": r.From, "method": "PUT"},
		"authorization": map[string]any{"scope": r.on, "action": r.Do, "role": "Owner"},
		"properties":    r.properties(),
	}
}
