package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/config"
	"nephoscope/internal/rules"
)

// A draft is a rule before it is written, by top-level key.
type draft map[string]any

// draftOf is a rule without a fault, one of several kinds.
func draftOf(rng *rand.Rand, n int) draft {
	d := draft{
		"id": text(fmt.Sprintf("%08x-6a5e-4a0e-9a38-5a4f7f1f9d10", n)), "name": text(fmt.Sprintf("Seeded rule %d", n)),
		"description": text("It's for \"a test\"."), "kind": text("Scheduled"), "version": text("1.0.0"), "severity": text("Medium"),
		"requiredDataConnectors": list{mapping{{"connectorId", text("AzureActivity")}, {"dataTypes", list{text("AzureActivity")}}}},
		"queryFrequency":         text("1h"), "queryPeriod": text("1d"), "triggerOperator": text("gt"), "triggerThreshold": text("0"),
		"tactics": list{text("Persistence"), text("Impact")}, "relevantTechniques": list{text("T1098.003"), text("T1485")},
		"query":                 query(goodQueries()[rng.IntN(len(goodQueries()))]),
		"entityMappings":        list{entity("Account", "FullName", "Caller"), entity("IP", "Address", "CallerIpAddress")},
		"customDetails":         mapping{{"Operation", text("OperationNameValue")}},
		"eventGroupingSettings": mapping{{"aggregationKind", text("AlertPerResult")}},
		"alertDetailsOverride":  mapping{{"alertDisplayNameFormat", text("{{OperationNameValue}} by {{Caller}}")}},
		"suppressionEnabled":    text("false"), "suppressionDuration": text("PT5H"),
	}
	if rng.IntN(2) == 0 {
		d["incidentConfiguration"] = grouping(nil)
	}
	return d
}

// goodQueries return TimeGenerated, Caller, CallerIpAddress and
// OperationNameValue.
func goodQueries() []string {
	return []string{
		"AzureActivity\n| where OperationNameValue =~ \"Microsoft.Authorization/locks/delete\"\n| project TimeGenerated, Caller, CallerIpAddress, OperationNameValue",
		"let operations = dynamic(['a/b/write', \"c\\\\d\"]);\nlet back = 2h;\nAzureActivity\n| where TimeGenerated > ago(back)\n| where OperationNameValue in~ (operations)",
		"let before = AzureActivity | where TimeGenerated between (startofday(ago(1d)) .. ago(1h)) | distinct Caller;\nAzureActivity\n| where TimeGenerated > ago(1h) and Caller !in (before)\n| summarize StartTime = min(TimeGenerated), EndTime = max(TimeGenerated), take_any(OperationNameValue) by Caller, CallerIpAddress",
		"AzureActivity | where Caller has 'Zoë' | top 5 by TimeGenerated",
	}
}

func entity(typ string, fields ...string) mapping {
	var l list
	for i := 0; i < len(fields); i += 2 {
		l = append(l, mapping{{"identifier", text(fields[i])}, {"columnName", text(fields[i+1])}})
	}
	return mapping{{"entityType", text(typ)}, {"fieldMappings", l}}
}

// grouping is an incidentConfiguration, with more keys of the grouping.
func grouping(more mapping) mapping {
	keys := append(mapping{{"enabled", text("true")}, {"reopenClosedIncident", text("false")}, {"matchingMethod", text("Selected")}, {"groupByAlertDetails", list{text("Severity")}}}, more...)
	return mapping{{"createIncident", text("true")}, {"groupingConfiguration", keys}}
}

// A defect spoils a draft: it sets keys, one value of which has the mark; a nil
// value takes a key away. Without a mark the finding stands at the first key.
type defect struct {
	code rules.Code
	keys draft
	also []rules.Code // what else the spoilt rule is told
}

func defects() []defect {
	one := func(code rules.Code, key string, value any, also ...rules.Code) defect {
		return defect{code, draft{key: value}, also}
	}
	kql := func(code rules.Code, q string) defect {
		return one(code, "query", query(q))
	}
	fields := list{text("¤Host")}
	list11 := list{}
	for range 10 {
		list11 = append(list11, entity("Account", "FullName", "Caller"))
	}
	return []defect{
		one(rules.CodeYAML, "severity", text("¤@Medium")),
		one(rules.CodeSchema, "severity", text("¤Hihg")),
		one(rules.CodeSchema, "id", nil),
		one(rules.CodeSchema, "id", text("¤1234"), rules.CodeIDTwice),
		one(rules.CodeSchema, "triggerThreshold", text("¤-1")),
		one(rules.CodeSchema, "triggerOperator", text("¤ge")),
		one(rules.CodeSchema, "queryPeriod", text("¤15d"), rules.CodeLookback),
		one(rules.CodeSchema, "suppressionDuration", text("¤2d")),
		one(rules.CodeSchema, "tactics", text("¤Impact"), rules.CodeTechniqueTactic),
		one(rules.CodeSchema, "tactics", list{text("Impact"), text("Persistence"), text("¤Persistance")}),
		one(rules.CodeSchema, "customDetails", mapping{{"¤2nd-Model", text("Caller")}}),
		one(rules.CodeSchema, "entityMappings", append(list11, first{entity("IP", "Address", "CallerIpAddress")})),
		one(rules.CodeSchema, "incidentConfiguration", grouping(mapping{{"lookbackDuration", text("¤P8D")}})),
		one(rules.CodeUnknownKey, "¤triggerTreshold", text("5")),
		one(rules.CodeAssumed, "version", nil),
		one(rules.CodeSpelling, "severity", text("¤medium")),
		one(rules.CodeKind, "kind", text("¤Fusion")),
		{rules.CodeIdleKey, draft{"kind": text("NRT"), "query": query("AzureActivity"), "queryFrequency": text("¤1h"), "queryPeriod": nil, "triggerOperator": nil, "triggerThreshold": nil}, nil},
		one(rules.CodeTechniqueTactic, "relevantTechniques", list{text("T1098"), text("¤T1021.001")}),
		one(rules.CodeTechniqueUnknown, "relevantTechniques", list{text("¤T1098.055"), text("T1485")}),
		one(rules.CodeTechniqueUnknown, "relevantTechniques", list{text("T1485"), text("¤T9999")}),
		{rules.CodeTechniquesMissing, draft{"relevantTechniques": nil, "tactics": marked{list{text("Impact")}}}, nil},
		{rules.CodePeriodGap, draft{"queryPeriod": text("¤30m"), "query": query("AzureActivity")}, nil},
		{rules.CodeFrequencyShort, draft{"queryFrequency": text("¤15m"), "queryPeriod": text("3d")}, nil},
		kql(rules.CodeQueryScope, "¤search *\n| extend Caller = '', CallerIpAddress = '', OperationNameValue = ''"),
		kql(rules.CodeQueryScope, "¤union withsource = T *"),
		kql(rules.CodeKQL, "AzureActivity\n| where ¤OperationNam =~ 'x' and Caller has \"y\""),
		kql(rules.CodeKQL, "AzureActivity\n| extend A = ¤tostrin(Caller)"),
		kql(rules.CodeKQL, "union AzureActivity, ¤AzureActivty"),
		kql(rules.CodeKQL, "AzureActivity\n| where Caller == 'é' and ¤strlen() > 1"),
		one(rules.CodeColumnMissing, "entityMappings", list{entity("Account", "FullName", "¤Kaller")}),
		one(rules.CodeColumnMissing, "customDetails", mapping{{"Operation", text("¤Operatio")}}),
		one(rules.CodeColumnMissing, "alertDetailsOverride", mapping{{"alertDescriptionFormat", text("¤{{Kaller}} did it")}}),
		one(rules.CodeColumnMissing, "alertDetailsOverride", mapping{{"alertSeverityColumnName", text("¤Sev")}}),
		one(rules.CodeColumnMissing, "alertDetailsOverride", mapping{{"alertDynamicProperties", list{mapping{{"alertProperty", text("AlertLink")}, {"value", text("¤Link")}}}}}),
		one(rules.CodeColumnMissing, "sentinelEntitiesMappings", list{mapping{{"columnName", text("¤Entities")}}}),
		{rules.CodeColumnType, draft{"query": query("AzureActivity"), "entityMappings": list{entity("IP", "Address", "¤TimeGenerated")}}, nil},
		one(rules.CodeEntityIdentifier, "entityMappings", list{entity("IP", "¤Addres", "CallerIpAddress")}, rules.CodeEntityWeak),
		one(rules.CodeEntityWeak, "entityMappings", list{first{entity("Account", "NTDomain", "Caller")}}),
		one(rules.CodeGroupUnmapped, "incidentConfiguration", grouping(mapping{{"groupByEntities", fields}})),
		one(rules.CodeGroupUnmapped, "incidentConfiguration", grouping(mapping{{"groupByCustomDetails", list{text("Operation"), text("¤Vendor")}}})),
		kql(rules.CodeLookback, "AzureActivity\n| where TimeGenerated > ¤ago(14d)"),
		kql(rules.CodeLookback, "let far = 7d;\nAzureActivity\n| where TimeGenerated between (¤ago(far) .. ago(1h))"),
		kql(rules.CodeFilterNarrow, "AzureActivity\n| where Caller != '' and TimeGenerated >= ¤ago(10m)"),
		kql(rules.CodeFilterNarrow, "AzureActivity\n| where ingestion_time() > ¤ago(15m)"),
		kql(rules.CodeLetUnused, "let used = 1;\nlet ¤threshold = 5;\nAzureActivity\n| where strlen(Caller) > used"),
		kql(rules.CodeArbitrary, "AzureActivity\n| where Caller == \"é\"\n| ¤take 10"),
		kql(rules.CodeArbitrary, "AzureActivity\n| where ¤rand() < 0.5"),
		kql(rules.CodeNoTime, "¤AzureActivity\n| summarize N = count() by Caller, CallerIpAddress, OperationNameValue"),
		{rules.CodeFirstRow, draft{"eventGroupingSettings": nil, "alertDetailsOverride": mapping{{"alertDisplayNameFormat", text("¤{{Caller}}")}}}, nil},
		one(rules.CodeIDTwice, "id", text("¤00000000-6a5e-4a0e-9a38-5a4f7f1f9d10")),
		one(rules.CodeNameTwice, "name", text("¤SEEDED rule 0")),
	}
}

// spoil writes a draft with a defect and returns the place of the finding.
func spoil(rng *rand.Rand, d draft, keys draft) (string, [2]int) {
	for key, value := range keys {
		delete(d, strings.TrimPrefix(key, mark))
		if value != nil {
			d[key] = value
		}
	}
	var m mapping
	for key, value := range d {
		m = append(m, pair{key, value})
	}
	slices.SortFunc(m, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	file, places := unmark(newLayout(rng).document(m))
	if len(places) == 0 {
		return file, firstKey(file)
	}
	return file, places[0]
}

// firstKey is the place of a document's first key.
func firstKey(file string) [2]int {
	for i, line := range strings.Split(strings.TrimPrefix(file, "\ufeff"), "\n") {
		if !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "---") {
			return [2]int{i + 1, 1}
		}
	}
	return [2]int{1, 1}
}

// A seeded is a file with what it must be told, nothing if it is good.
type seeded struct {
	defect
	place [2]int
}

// seed writes 200 rules into a folder, half of them with a defect.
func seed(t *testing.T, dir string, round uint64) map[string]seeded {
	t.Helper()
	rng := rand.New(rand.NewPCG(round, 5))
	all := defects()
	want := map[string]seeded{}
	for n := range 200 {
		d := draftOf(rng, n)
		s := seeded{}
		var file string
		if n%2 == 1 {
			s.defect = all[(n/2)%len(all)]
		}
		file, s.place = spoil(rng, d, s.keys)
		name := fmt.Sprintf("%03d.yaml", n)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		want[name] = s
	}
	return want
}

// TestSeededDefectsAreFound lints folders of good and spoilt rules in random
// layouts: every defect is found at its place, and good rules are told nothing.
func TestSeededDefectsAreFound(t *testing.T) {
	catalog, err := NewCatalog(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	compile := CompileRule(catalog, time.Now())
	for round := range uint64(3) {
		dir := t.TempDir()
		want := seed(t, dir, round)
		set, err := rules.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]rules.Finding{}
		for _, f := range set.Review(compile, ReviewRule) {
			name := filepath.Base(f.Path)
			got[name] = append(got[name], f)
		}
		for name, s := range want {
			checkSeeded(t, filepath.Join(dir, name), s, got[name])
		}
	}
}

func checkSeeded(t *testing.T, path string, want seeded, got []rules.Finding) {
	t.Helper()
	found := want.code == ""
	for _, f := range got {
		switch {
		case f.Code == want.code && [2]int{f.Line, f.Column} == want.place:
			found = true
		case !slices.Contains(want.also, f.Code):
			t.Errorf("got %s, want only %q at %d:%d", f, want.code, want.place[0], want.place[1])
		}
	}
	if !found {
		file, _ := os.ReadFile(path)
		t.Errorf("got no %q at %d:%d in\n%s", want.code, want.place[0], want.place[1], file)
	}
}

// TestEveryCodeIsSeeded holds the list of codes and that of defects together.
func TestEveryCodeIsSeeded(t *testing.T) {
	seeded := map[rules.Code]bool{}
	for _, d := range defects() {
		seeded[d.code] = true
	}
	for _, c := range rules.Codes() {
		ofSigma := c.Code == rules.CodeSigma || c.Code == rules.CodeSigmaNote // its own tests have them
		if !seeded[c.Code] && !ofSigma {
			t.Errorf("no defect of the class %s is seeded", c.Code)
		}
	}
}
