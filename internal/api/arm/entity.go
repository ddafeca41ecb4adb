package arm

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"nephoscope/internal/api/call"
	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
)

// A kind tells how the entities of a type of alerts are called here, and those
// of their properties that have other names.
type kind struct {
	name    string
	renamed map[string]string
}

// kindOf returns the kind of a type, such as azure-resource. A type that is not
// known is its own kind.
func kindOf(typ string) kind {
	known := map[string]kind{
		"account":           {"Account", map[string]string{"Name": "accountName"}},
		"azure-resource":    {name: "AzureResource"},
		"cloud-application": {"CloudApplication", map[string]string{"Name": "appName"}},
		"dns":               {name: "DnsResolution"},
		"file":              {"File", map[string]string{"Name": "fileName"}},
		"filehash":          {"FileHash", map[string]string{"Value": "hashValue"}},
		"host":              {name: "Host"},
		"iotdevice":         {name: "IoTDevice"},
		"ip":                {name: "Ip"},
		"mailbox":           {name: "Mailbox"},
		"mail-cluster":      {name: "MailCluster"},
		"mailmessage":       {name: "MailMessage"},
		"malware":           {"Malware", map[string]string{"Name": "malwareName"}},
		"process":           {name: "Process"},
		"registry-key":      {name: "RegistryKey"},
		"registry-value":    {"RegistryValue", map[string]string{"Name": "valueName", "Value": "valueData"}},
		"security-group":    {name: "SecurityGroup"},
		"submissionmail":    {name: "SubmissionMail"},
		"url":               {name: "Url"},
	}
	if k, ok := known[strings.ToLower(typ)]; ok {
		return k
	}
	return kind{name: typ}
}

// entityOf shows an entity. Its name is made of what it is, so it has the same
// one in every incident.
func entityOf(r *http.Request, e incident.Entity) Resource[map[string]any] {
	kind := kindOf(e.Type)
	properties := map[string]any{"friendlyName": e.Title}
	for _, p := range e.Properties {
		name, ok := kind.renamed[p.Name]
		if !ok {
			name = lowerFirst(p.Name)
		}
		properties[name] = valueOf(p)
	}
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(provider+"/entities/"+e.Key())).String()
	res := newResource(r, "entities/"+id, "", properties)
	res.Kind = kind.name
	return res
}

// valueOf returns the value of a property; those of truth are texts in alerts.
func valueOf(p detect.Property) any {
	if p.Name == "IsDomainJoined" {
		return strings.EqualFold(p.Value, "true")
	}
	return p.Value
}

// lowerFirst writes a name as JSON has it: AadUserId as aadUserId, UPNSuffix as
// upnSuffix.
func lowerFirst(name string) string {
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	n := 0
	for n < len(name) && upper(name[n]) {
		n++
	}
	if n > 1 && n < len(name) {
		n-- // the last one begins a word
	}
	return strings.ToLower(name[:n]) + name[n:]
}

// A kindCount says how many entities of a kind there are.
type kindCount struct {
	Count int    `json:"count"`
	Kind  string `json:"entityKind"`
}

func listEntities(in Incidents) call.Handler {
	type answer struct {
		Entities []Resource[map[string]any] `json:"entities"`
		Counts   []kindCount                `json:"metaData"`
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		entities, err := in.Entities(r.Context(), found.Number)
		if err != nil {
			return err
		}
		a := answer{Entities: []Resource[map[string]any]{}, Counts: []kindCount{}}
		counts := map[string]int{}
		for _, e := range entities {
			res := entityOf(r, e)
			a.Entities = append(a.Entities, res)
			counts[res.Kind]++
		}
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			a.Counts = append(a.Counts, kindCount{counts[kind], kind})
		}
		call.Reply(w, http.StatusOK, a)
		return nil
	}
}
