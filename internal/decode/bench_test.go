package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"nephoscope/internal/event"
)

// hubRecord returns a hub record of about 3.1 KB, laid out like those of a
// diagnostic setting: claims 1.3 KB, authorization 0.5 KB, properties 0.5 KB.
func hubRecord(i int) string {
	guid := func(n int) string { return fmt.Sprintf("%08x-0b0d-4c1e-9a55-%012x", n*2654435761&0xffffffff, n) }
	var claims strings.Builder
	for _, name := range []string{
		"aud", "iss", "iat", "nbf", "exp", "acr", "amr", "aio", "appid", "appidacr", "groups", "idtyp", "ipaddr", "name", "puid", "rh", "sid", "sub", "unique_name", "uti", "ver", "wids",
	} {
		fmt.Fprintf(&claims, `"%s":"%s %d",`, name, name, i)
	}
	for _, name := range []string{"upn", "name", "surname", "givenname", "nameidentifier"} {
		fmt.Fprintf(&claims, `"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/%s":"worker%d@fabrikam.example",`, name, i)
	}
	for _, name := range []string{"objectidentifier", "tenantid", "scope"} {
		fmt.Fprintf(&claims, `"http://schemas.microsoft.com/identity/claims/%s":"%s",`, name, guid(i))
	}
	scope := "/subscriptions/" + guid(1) + "/resourceGroups/rg-payments-weu/providers/Microsoft.Compute/virtualMachines/vm-" + fmt.Sprint(i)
	return fmt.Sprintf(`{"RoleLocation":"West Europe","Stamp":"prod-weu-01","ReleaseVersion":"6.2026.18.3","time":"2026-03-01T10:%02d:%02d.1234567Z",`+
		`"resourceId":"%s","operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE","category":"Administrative","resultType":"Success",`+
		`"resultSignature":"Succeeded.Created","durationMs":"%d","callerIpAddress":"192.0.2.%d","correlationId":"%s",`+
		`"identity":{"authorization":{"scope":"%s","action":"Microsoft.Compute/virtualMachines/write","evidence":{"role":"Contributor",`+
		`"roleAssignmentScope":"/subscriptions/%s","roleAssignmentId":"%s","roleDefinitionId":"%s","principalId":"%s","principalType":"User"}},`+
		`"claims":{%s"xms_tcdt":"1500000000"}},"level":"Information","location":"global","tenantId":"%s",`+
		`"properties":{"statusCode":"Created","serviceRequestId":"%s","eventCategory":"Administrative","entity":"%s",`+
		`"message":"Microsoft.Compute/virtualMachines/write","hierarchy":"%s/%s","responseBody":"{\"name\":\"vm\",\"id\":\"%s\",\"tags\":{\"owner\":\"team-%d\"}}"}}`,
		i/60%60, i%60, strings.ToUpper(scope), i%900, i%250, guid(i), scope, guid(1), guid(7), guid(8), guid(9), claims.String(), guid(2),
		guid(i+1), scope, guid(2), guid(1), scope, i%9)
}

func hubMessage(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(hubRecord(i))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkScan(b *testing.B) {
	record := []byte(hubRecord(42))
	var s scanner
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		if _, out := s.scan(record); out != complete {
			b.Fatal(s.fault)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkDecodeHub(b *testing.B) {
	benchmarkDecode(b, hubMessage(100), 100)
}

// BenchmarkDecodeMended has every record mended: the price of salvage.
func BenchmarkDecodeMended(b *testing.B) {
	body := bytes.ReplaceAll(hubMessage(100), []byte(`"durationMs":`), []byte(`"score":NaN,"durationMs":`))
	benchmarkDecode(b, body, 100)
}

func benchmarkDecode(b *testing.B, body []byte, want int) {
	d, n := New(Options{}), 0
	m := &event.Message{Body: body}
	yield := func(*event.Record) error { n++; return nil }
	reject := func(j *Reject) error { return fmt.Errorf("rejected: %s", j.Detail) }
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(m, "bench", "0", yield, reject); err != nil {
			b.Fatal(err)
		}
	}
	if n != b.N*want {
		b.Fatalf("%d records, want %d", n, b.N*want)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkReader(b *testing.B) {
	body := hubMessage(2000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(body), Options{})
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
