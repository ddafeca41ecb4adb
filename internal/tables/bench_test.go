package tables

import (
	"fmt"
	"strings"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// typicalHub is a record of about 3 KB as a diagnostic setting streams it: the
// end of an operation, claims of a person, evidence, properties.
func typicalHub(n int) string {
	guid := func(i int) string { return fmt.Sprintf("%08x-4a5b-4c6d-8e7f-%012x", n*7919+i, n*104729+i) }
	sub := guid(1)
	id := "/SUBSCRIPTIONS/" + strings.ToUpper(sub) + "/RESOURCEGROUPS/RG-PAYMENTS-PROD-WEU/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM-PAYMENTS-API-007"
	scope := "/subscriptions/" + sub + "/resourceGroups/rg-payments-prod-weu/providers/Microsoft.Compute/virtualMachines/vm-payments-api-007"
	claims := `{"aud":"https://management.core.windows.net/","iss":"https://sts.windows.net/` + guid(2) + `/","iat":"1715000000","nbf":"1715000000","exp":"1715004900",` +
		`"http://schemas.microsoft.com/claims/authnclassreference":"1","aio":"` + strings.Repeat("AXQAi/8TAAAA", 8) + `",` +
		`"http://schemas.microsoft.com/claims/authnmethodsreferences":"pwd,mfa","appid":"` + guid(3) + `","appidacr":"0",` +
		`"http://schemas.microsoft.com/2012/01/devicecontext/claims/identifier":"` + guid(4) + `",` +
		`"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":"Okafor","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":"Chidi",` +
		`"groups":"` + guid(5) + "," + guid(6) + `","ipaddr":"198.51.100.23","name":"Chidi Okafor",` +
		`"http://schemas.microsoft.com/identity/claims/objectidentifier":"` + guid(7) + `","puid":"1003200099D0A1B2","rh":"0.AVgAefzTKlkY-kKQEW-N8iUbIkZIf3kAutdPukPawfj2MBMBAGQ.",` +
		`"http://schemas.microsoft.com/identity/claims/scope":"user_impersonation","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier":"pC2bHkQm3vZ0n9rT1xYw",` +
		`"http://schemas.microsoft.com/identity/claims/tenantid":"` + guid(2) + `","http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":"chidi.okafor@contoso.example",` +
		`"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"chidi.okafor@contoso.example","uti":"hJ3kQm8vZ0Wn9rT1xYwAAA","ver":"1.0","wids":"` + guid(8) + `","xms_tcdt":"1591748537"}`
	authorization := `{"scope":"` + scope + `","action":"Microsoft.Compute/virtualMachines/write","evidence":{"role":"Contributor","roleAssignmentScope":"/subscriptions/` + sub + `",` +
		`"roleAssignmentId":"9ddc3bf8125f4918ad9f9dd31a0ae60f","roleDefinitionId":"b24988ac618042a0ab8820f7382dd24c","principalId":"9b117c67170e4aed9702658b3fddc889","principalType":"User"}}`
	properties := `{"statusCode":"Created","serviceRequestId":"` + guid(9) + `","eventCategory":"Administrative","entity":"` + scope + `","message":"Microsoft.Compute/virtualMachines/write","hierarchy":"` + guid(2) + `/contoso/contoso-prod/` + sub + `"}`
	return `{"RoleLocation":"West Europe","ReleaseVersion":"6.2024.19.3","time":"2024-05-06T12:34:56.7890123Z","resourceId":"` + id + `",` +
		`"operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.Created",` +
		`"durationMs":"1234","callerIpAddress":"203.0.113.77","correlationId":"` + guid(10) + `","identity":{"authorization":` + authorization + `,"claims":` + claims + `},` +
		`"level":"Information","location":"westeurope","properties":` + properties + `,"tenantId":"` + guid(2) + `"}`
}

func BenchmarkMapHub(b *testing.B) {
	table := AzureActivity()
	recs := make([]*event.Record, 4)
	for i := range recs {
		recs[i] = record(b, event.ShapeHub, typicalHub(i))
	}
	catalog, err := NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	rows := schema.NewRows(table)
	b.SetBytes(int64(len(recs[0].Text)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		rec := recs[i%len(recs)]
		if i%100 == 0 {
			rows.Reset()
		}
		if catalog.Route(rec) == nil {
			b.Fatal("unrouted")
		}
		if err := table.Map(rec, rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkDecodeAndMap is the way from a hub message of 100 records to
// columns that are ready to commit.
func BenchmarkDecodeAndMap(b *testing.B) {
	var body strings.Builder
	body.WriteString(`{"records":[`)
	for i := range 100 {
		if i > 0 {
			body.WriteByte(',')
		}
		body.WriteString(typicalHub(i))
	}
	body.WriteString(`]}`)
	message := &event.Message{Body: []byte(body.String()), Format: event.FormatHub}
	catalog, err := NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	table, _ := catalog.Table("AzureActivity")
	rows := schema.NewRows(table)
	decoder := decode.New(decode.Options{})
	reject := func(r *decode.Reject) error { return fmt.Errorf("rejected: %s", r.Detail) }
	take := func(rec *event.Record) error {
		if to := catalog.Route(rec); to != table {
			return fmt.Errorf("routed to %v", to)
		}
		return table.Map(rec, rows)
	}
	b.SetBytes(int64(body.Len()))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		rows.Reset()
		if err := decoder.Decode(message, "bench", "0", take, reject); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "events/s")
}
