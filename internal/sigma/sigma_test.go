package sigma

import (
	"os"
	"path/filepath"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
	"nephoscope/internal/tables/known"
)

func TestScratch(t *testing.T) {
	cat, _ := tables.NewCatalog()
	files, _ := filepath.Glob("/tmp/lead/sigma/scratch/*.yml")
	for _, f := range files {
		data, _ := os.ReadFile(f)
		rs, err := Convert(f, data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			if r.Refusal != nil {
				t.Logf("REFUSED %s", r.Refusal.Error())
				continue
			}
			if r.Rule == nil {
				t.Logf("no rule: %v", r.Notes)
				continue
			}
			t.Logf("%s %s %v %v %v\n%s\n%v", r.Rule.Frequency, r.Rule.Period, r.Rule.Tactics, r.Rule.Techniques, r.Rule.Entities, r.Rule.Query, r.Notes)
			if _, err := kql.Compile(r.Rule.Query, cat, kql.Options{Now: schema.DatetimeValue(638_447_616_000_000_000), Known: known.Tables()}); err != nil {
				t.Errorf("%v", err)
			}
		}
	}
}
