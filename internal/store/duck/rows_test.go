package duck_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// A company makes rows shaped like a real Activity Log: some hundreds of
// callers with tokens that last an hour, some thousands of resources, an
// operation logged as start and success under one correlation id. Claims are
// about 1.3 KB, authorization and properties half a KB each.
type company struct {
	rnd   *rand.Rand
	table *schema.Table
	now   time.Time
	made  uint64
	token [300]uint64 // per caller
}

func newCompany(seed uint64) *company {
	return &company{
		rnd: rand.New(rand.NewPCG(seed, 1)), table: tables.AzureActivity(),
		now: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
	}
}

func guid(kind string, n uint64) string {
	var id schema.ID
	r := rand.New(rand.NewPCG(n, uint64(len(kind))<<8|uint64(kind[0])))
	binary.LittleEndian.PutUint64(id[:8], r.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.Uint64())
	return id.String()
}

// rows returns n new rows.
func (c *company) rows(n int) *schema.Rows {
	rows := schema.NewRows(c.table)
	for rows.Len() < n {
		c.operation(rows)
		c.operation(rows)
	}
	return rows
}

func (c *company) operation(rows *schema.Rows) {
	c.now = c.now.Add(time.Duration(c.rnd.IntN(200)) * time.Microsecond)
	caller := uint64(c.rnd.IntN(20) * c.rnd.IntN(15))
	if c.rnd.IntN(200) == 0 {
		c.token[caller]++
	}
	resource := caller*31 + uint64(c.rnd.IntN(40))
	status := [...]string{"Start", "Success"}[c.made%2]
	sub := guid("sub", resource%12)
	id := fmt.Sprintf("/subscriptions/%s/resourceGroups/rg-%s-%d/providers/Microsoft.Compute/virtualMachines/vm-%05d", sub, region(resource), resource%97, resource)
	op := operations[resource%uint64(len(operations))]
	correlation := guid("correlation", c.made/4)
	ip := fmt.Sprintf("20.%d.%d.%d", caller%200, caller%7, c.token[caller]%250)
	user := fmt.Sprintf("person%d@contoso-labs.example", caller)
	claims := c.claims(caller, user, ip)
	text := map[string]string{
		"SourceSystem": "Azure", "CallerIpAddress": ip, "CategoryValue": "Administrative", "CorrelationId": correlation,
		"Level": "Information", "OperationNameValue": op, "Caller": user, "EventDataId": guid("event", c.made),
		"ResourceGroup": strings.ToUpper(fmt.Sprintf("rg-%s-%d", region(resource), resource%97)), "ResourceProviderValue": "MICROSOFT.COMPUTE",
		"ActivityStatusValue": status, "ActivitySubstatusValue": "OK", "SubscriptionId": sub, "ResourceId": strings.ToUpper(id),
		"Hierarchy": guid("tenant", 1) + "/" + sub, "Resource": fmt.Sprintf("vm-%05d", resource), "Category": "Administrative",
		"_ResourceId": strings.ToLower(id), "_SubscriptionId": sub, "_Authorization_action": op, "_Authorization_role": "Contributor",
		"_Authorization_principalType": "User", "_Claims_appid": guid("app", caller%9), "_Claims_ipaddr": ip, "_Claims_name": fmt.Sprintf("Person %d", caller),
		"_Claims_objectidentifier": guid("person", caller), "_Claims_upn": user, "_Properties_statusCode": "OK", "_Properties_resource": fmt.Sprintf("vm-%05d", resource),
	}
	for name, value := range text {
		rows.SetString(c.table.Column(name), value)
	}
	json := map[string]string{
		"Authorization_d": fmt.Sprintf(`{"action":"%s","scope":"%s","evidence":{"role":"Contributor","roleAssignmentScope":"/subscriptions/%s","roleAssignmentId":"%s","roleDefinitionId":"%s","principalId":"%s","principalType":"User"}}`,
			op, id, sub, guid("assignment", caller), guid("role", 1), guid("person", caller)),
		"Claims_d": claims,
		"Properties_d": fmt.Sprintf(`{"statusCode":"OK","serviceRequestId":"%s","eventCategory":"Administrative","entity":"%s","message":"%s","hierarchy":"%s/%s","responseBody":"{\"name\":\"vm-%05d\",\"location\":\"%s\"}"}`,
			guid("request", c.made), id, op, guid("tenant", 1), sub, resource, region(resource)),
	}
	for name, value := range json {
		rows.SetJSON(c.table.Column(name), []byte(value))
	}
	ticks := int64(schema.DatetimeOf(c.now))
	rows.SetInt(c.table.Column("TimeGenerated"), ticks)
	rows.SetInt(c.table.Column("EventSubmissionTimestamp"), ticks+int64(c.rnd.IntN(60))*schema.TicksPerSecond)
	rows.End(nextID(&c.made, c.rnd))
}

func nextID(n *uint64, rnd *rand.Rand) (id schema.ID) {
	*n++
	binary.LittleEndian.PutUint64(id[:8], rnd.Uint64())
	binary.LittleEndian.PutUint64(id[8:], *n)
	return id
}

var operations = []string{
	"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE", "MICROSOFT.COMPUTE/VIRTUALMACHINES/START/ACTION",
	"MICROSOFT.COMPUTE/VIRTUALMACHINES/DEALLOCATE/ACTION", "MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE",
	"MICROSOFT.RESOURCES/TAGS/WRITE", "MICROSOFT.COMPUTE/DISKS/DELETE",
}

func region(n uint64) string {
	return [...]string{"westeurope", "northeurope", "germanywestcentral"}[n%3]
}

func (c *company) claims(caller uint64, user, ip string) string {
	token := c.token[caller]
	issued := 1795000000 + token*3600
	return fmt.Sprintf(`{"aud":"https://management.core.windows.net/","iss":"https://sts.windows.net/%[1]s/","iat":"%[2]d","nbf":"%[2]d","exp":"%[3]d",`+
		`"http://schemas.microsoft.com/claims/authnclassreference":"1","aio":"%[4]s","http://schemas.microsoft.com/claims/authnmethodsreferences":"pwd,mfa",`+
		`"appid":"%[5]s","appidacr":"2","http://schemas.microsoft.com/2012/01/devicecontext/claims/identifier":"%[6]s",`+
		`"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":"%[7]d","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":"Person",`+
		`"groups":"%[8]s,%[9]s,%[10]s","ipaddr":"%[11]s","name":"Person %[7]d","http://schemas.microsoft.com/identity/claims/objectidentifier":"%[12]s",`+
		`"puid":"%016[13]X","rh":"0.AX0A%[14]s.","http://schemas.microsoft.com/identity/claims/scope":"user_impersonation",`+
		`"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier":"%[15]s","http://schemas.microsoft.com/identity/claims/tenantid":"%[1]s",`+
		`"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":"%[16]s","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"%[16]s",`+
		`"uti":"%[17]s","ver":"1.0","wids":"%[18]s","xms_tcdt":"1523391600"}`,
		guid("tenant", 1), issued, issued+3600, guid("aio", caller<<20+token)+guid("aio2", caller<<20+token), guid("app", caller%9), guid("device", caller),
		caller, guid("group", caller%5), guid("group", caller%11), guid("group", caller%17), ip, guid("person", caller), caller*7919,
		guid("rh", caller), guid("name", caller), user, guid("uti", caller<<20+token)[:22], guid("wids", caller%3))
}
