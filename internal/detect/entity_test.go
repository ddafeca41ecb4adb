package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// TestEveryEntityType maps one entity of each type and compares the JSON.
func TestEveryEntityType(t *testing.T) {
	cases := map[string]struct {
		fields map[string]string
		want   string
	}{
		"Account":          {map[string]string{"FullName": "ada@x.example"}, `"Name":"ada","UPNSuffix":"x.example","Type":"account"`},
		"Host":             {map[string]string{"FullName": "web1.corp.example"}, `"HostName":"web1","DnsDomain":"corp.example","Type":"host"`},
		"IP":               {map[string]string{"Address": "192.0.2.7"}, `"Address":"192.0.2.7","Type":"ip"`},
		"URL":              {map[string]string{"Url": "https://x.example/"}, `"Url":"https://x.example/","Type":"url"`},
		"AzureResource":    {map[string]string{"ResourceId": "/subscriptions/1"}, `"ResourceId":"/subscriptions/1","Type":"azure-resource"`},
		"CloudApplication": {map[string]string{"AppId": "11161"}, `"AppId":11161,"Type":"cloud-application"`},
		"DNS":              {map[string]string{"DomainName": "x.example"}, `"DomainName":"x.example","Type":"dns"`},
		"File":             {map[string]string{"Name": "a.exe"}, `"Name":"a.exe","Type":"file"`},
		"FileHash":         {map[string]string{"Value": "00ff"}, `"Value":"00ff","Type":"filehash"`},
		"Malware":          {map[string]string{"Name": "Wannaweep"}, `"Name":"Wannaweep","Type":"malware"`},
		"Process":          {map[string]string{"CommandLine": `x "y"`}, `"CommandLine":"x \"y\"","Type":"process"`},
		"RegistryKey":      {map[string]string{"Key": `SOFTWARE\X`}, `"Key":"SOFTWARE\\X","Type":"registry-key"`},
		"RegistryValue":    {map[string]string{"Name": "Run"}, `"Name":"Run","Type":"registry-value"`},
		"SecurityGroup":    {map[string]string{"SID": "S-1-5"}, `"SID":"S-1-5","Type":"security-group"`},
		"Mailbox":          {map[string]string{"MailboxPrimaryAddress": "ada@x.example"}, `"MailboxPrimaryAddress":"ada@x.example","Type":"mailbox"`},
		"MailMessage":      {map[string]string{"NetworkMessageId": "m1"}, `"NetworkMessageId":"m1","Type":"mail-message"`},
		"MailCluster":      {map[string]string{"Query": "q"}, `"Query":"q","Type":"mail-cluster"`},
		"SubmissionMail":   {map[string]string{"SubmissionId": "s1"}, `"SubmissionId":"s1","Type":"SubmissionMail"`},
		"IoTDevice":        {map[string]string{"DeviceId": "d1"}, `"DeviceId":"d1","Type":"iotdevice"`},
	}
	for _, typ := range rules.EntityTypes() {
		c, ok := cases[typ.Name]
		if !ok {
			t.Errorf("%s: no case", typ.Name)
			continue
		}
		m := rules.EntityMapping{Type: typ.Name}
		var columns []schema.Column
		var values []any
		for identifier, value := range c.fields {
			m.Fields = append(m.Fields, rules.FieldMapping{Identifier: identifier, Column: "C" + identifier})
			columns, values = append(columns, schema.Column{Name: "C" + identifier}), append(values, value)
		}
		res := resultOf(t, columns, values)
		got := EncodeEntities(mapEntity(m, res, res.rows[0]))
		if want := `[{"$id":"3",` + c.want + `}]`; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", typ.Name, got, want)
		}
	}
}

func TestAccountNames(t *testing.T) {
	for name, want := range map[string][]Property{
		"ada@x.example":                        {{"Name", "ada"}, {"UPNSuffix", "x.example"}},
		"bo_y.example#EXT#@x.example":          {{"Name", "bo_y.example#EXT#"}, {"UPNSuffix", "x.example"}},
		`CORP\ada`:                             {{"Name", "ada"}, {"NTDomain", "CORP"}},
		"ada":                                  {{"Name", "ada"}},
		" ada ":                                {{"Name", "ada"}},
		"@x":                                   {{"Name", "@x"}},
		"6F1C7E0E-0a3f-4d52-9a51-0c2f1d9b8e77": {{"Name", "6F1C7E0E-0a3f-4d52-9a51-0c2f1d9b8e77"}, {"AadUserId", "6F1C7E0E-0a3f-4d52-9a51-0c2f1d9b8e77"}},
	} {
		e := Entity{Type: "account"}
		e.set("FullName", name)
		if diff := cmp.Diff(want, e.Properties); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
		if got := e.Title(); got != strings.TrimSpace(name) {
			t.Errorf("%q: got title %q", name, got)
		}
	}
}

func accounts(t *testing.T, callers ...any) (*rules.Rule, *result) {
	t.Helper()
	var rows [][]any
	for _, c := range callers {
		rows = append(rows, []any{c})
	}
	return rule(nil), resultOf(t, []schema.Column{{Name: "Caller"}}, rows...)
}

func titles(list []Entity) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Title())
	}
	return names
}

func TestEntitiesAreDistinctAndSaySomething(t *testing.T) {
	r, res := accounts(t, "ada@x.example", "ADA@X.example", "", nil, "SYSTEM", "root", `CORP\system`, "bo")
	got := titles(entitiesOf(r, res, res.rows))
	if diff := cmp.Diff([]string{"ada@x.example", `CORP\system`, "bo"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestListsGiveAnEntityEach(t *testing.T) {
	r, res := accounts(t, schema.DynamicValue(`["ada@x.example","bo@x.example",null]`), schema.DynamicValue(`{"no":"list"}`))
	got := entitiesOf(r, res, res.rows)
	if len(got) != 3 || got[1].Title() != "bo@x.example" {
		t.Errorf("got %v", titles(got))
	}
}

func TestEntityLimits(t *testing.T) {
	var many, long []any
	for i := range 700 {
		many = append(many, fmt.Sprintf("u%d@x.example", i))
		long = append(long, fmt.Sprintf("%d%s@x.example", i, strings.Repeat("u", 1000)))
	}
	r, res := accounts(t, many...)
	if got := len(entitiesOf(r, res, res.rows)); got != 500 {
		t.Errorf("got %d entities, want 500", got)
	}
	r, res = accounts(t, long...)
	if got := len(EncodeEntities(entitiesOf(r, res, res.rows))); got > 64<<10 || got < 50<<10 {
		t.Errorf("got %d bytes, want just under 64 KB", got)
	}
}

func TestDecodeEntities(t *testing.T) {
	text := `[
 {"$id":"4","Name":"ada","UPNSuffix":"x.example","IsDomainJoined":false,"Host":{"$ref":"5"},"Type":"account"},
 {"$id":"5","HostName":"web1","Type":"host"}, 7, {"$ref":"4"}]`
	got := DecodeEntities(text)
	want := []Entity{
		{Type: "account", Properties: []Property{{"Name", "ada"}, {"IsDomainJoined", "false"}, {"UPNSuffix", "x.example"}}},
		{Type: "host", Properties: []Property{{"HostName", "web1"}}},
		{Properties: []Property{{"$ref", "4"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "null", "{}", "[", "[[]]", `"x"`} {
		if got := DecodeEntities(text); len(got) != 0 {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzDecodeEntities(f *testing.F) {
	f.Add(`[{"$id":"3","Name":"ada","Type":"account"}]`)
	f.Add(`[{"Type":1,"AppId":1e9},null,[{}]]`)
	f.Fuzz(func(_ *testing.T, text string) {
		for _, e := range DecodeEntities(text) {
			e.Key()
			e.Title()
		}
	})
}

func TestEntityColumnsArePassedOn(t *testing.T) {
	r := rule(func(r *rules.Rule) { r.EntityColumns = []string{"Entities"} })
	res := resultOf(t, []schema.Column{{Name: "Caller"}, {Name: "Entities"}},
		[]any{"ada@x.example", `[{"$id":"2","Address":"192.0.2.1","Type":"ip"},{"$id":"3","Name":"ada","UPNSuffix":"x.example","Type":"account"}]`})
	got := titles(entitiesOf(r, res, res.rows))
	if diff := cmp.Diff([]string{"ada@x.example", "192.0.2.1"}, got); diff != "" {
		t.Error(diff)
	}
}
