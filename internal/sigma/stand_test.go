package sigma_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/sigma"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
	"nephoscope/internal/tables/known"
)

// A catalog holds the project's tables and those that nothing fills here but
// that rules ask for, so that they can be filled.
type catalog struct {
	*tables.Catalog
	more []*schema.Table
}

func (c catalog) Tables() []*schema.Table { return append(slices.Clone(c.Catalog.Tables()), c.more...) }

func (c catalog) Table(name string) (*schema.Table, bool) {
	for _, t := range c.more {
		if t.Name == name {
			return t, true
		}
	}
	return c.Catalog.Table(name)
}

func newCatalog(t testing.TB) catalog {
	t.Helper()
	own, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	c := catalog{Catalog: own}
	for _, name := range []string{"SigninLogs", "AuditLogs", "AADUserRiskEvents", "OfficeActivity", "CloudAppEvents"} {
		listed, ok := known.Tables()[name]
		if !ok {
			t.Fatalf("table %s is not known", name)
		}
		table := *listed
		table.Version, table.Retention = 1, 30
		c.more = append(c.more, &table)
	}
	return c
}

// A stand is a store that rules can be tried on.
type stand struct {
	catalog catalog
	store   *duck.Store
	rows    uint64
	day     int // cases on one stand have a day each
}

func newStand(t testing.TB) *stand {
	t.Helper()
	s := &stand{catalog: newCatalog(t)}
	var err error
	s.store, err = duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: s.catalog, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newDay returns noon of a day on which nothing has happened, nor around it.
func (s *stand) newDay() time.Time {
	s.day++
	return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, 20*s.day)
}

// A record is a row: values by column, JSON text for dynamic ones.
type record map[string]any

// add stores events of a table, a second apart from a time on if they have no
// TimeGenerated, which may also be given as seconds after that time.
func (s *stand) add(t testing.TB, table string, at time.Time, events ...record) {
	t.Helper()
	declared, ok := s.catalog.Table(table)
	if !ok {
		t.Fatalf("there is no table %s", table)
	}
	rows := schema.NewRows(declared)
	for i, e := range events {
		when := at.Add(time.Duration(i) * time.Second)
		if seconds, ok := e["TimeGenerated"].(int); ok {
			when = at.Add(time.Duration(seconds) * time.Second)
		} else if given, ok := e["TimeGenerated"].(time.Time); ok {
			when = given
		}
		s.addRow(t, rows, when, e)
	}
	if _, err := s.store.Commit(t.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		t.Fatal(err)
	}
}

func (s *stand) addRow(t testing.TB, rows *schema.Rows, at time.Time, e record) {
	t.Helper()
	set := func(name string, value any) {
		if err := rows.Set(name, value); err != nil {
			t.Fatalf("%s: %v", rows.Table.Name, err)
		}
	}
	set("TimeGenerated", schema.DatetimeOf(at))
	for i := range rows.Table.Columns {
		c := &rows.Table.Columns[i]
		value, given := e[c.Name]
		switch {
		case c.Name == "TimeGenerated":
		case c.Path != nil:
			if text := insideText(e[c.Path.Column], c.Path.Keys); text != "" {
				set(c.Name, text)
			}
		case given && c.Type == schema.Dynamic:
			set(c.Name, schema.DynamicValue(fmt.Sprint(value)))
		case given:
			set(c.Name, value)
		}
	}
	for name := range e {
		if rows.Table.Column(name) < 0 {
			t.Fatalf("%s has no column %s", rows.Table.Name, name)
		}
	}
	s.rows++
	var id schema.ID
	binary.BigEndian.PutUint64(id[8:], s.rows)
	rows.End(id)
}

// insideText returns a text inside JSON, as the hidden copies of such values
// hold it.
func insideText(document any, keys []string) string {
	var v any
	if text, ok := document.(string); !ok || json.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	text, _ := v.(string)
	return text
}

// run runs a rule once and returns its rows, as texts by column.
func (s *stand) run(t testing.TB, rule *rules.Rule, at time.Time) []map[string]string {
	t.Helper()
	now := schema.DatetimeOf(at)
	window := &kql.Window{From: schema.DatetimeOf(at.Add(-rule.Period)) + 1, To: now + 1}
	q, err := kql.Compile(rule.Query, s.catalog, kql.Options{Now: now, Window: window})
	if err != nil {
		t.Fatalf("%v\n%s", err, rule.Query)
	}
	result, err := q.Run(t.Context(), s.store)
	if err != nil {
		t.Fatalf("%v\n%s", err, rule.Query)
	}
	defer func() { _ = result.Close() }() // only read
	var list []map[string]string
	for {
		row, err := result.Next()
		if err != nil {
			t.Fatalf("%v\n%s", err, rule.Query)
		}
		if row == nil {
			return list
		}
		texts := map[string]string{}
		for i, c := range q.Columns() {
			if row[i] != nil {
				texts[c.Name] = fmt.Sprint(row[i])
			}
		}
		list = append(list, texts)
	}
}

// column returns the values of a column, in order.
func column(rows []map[string]string, name string) string {
	var list []string
	for _, row := range rows {
		list = append(list, row[name])
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// underTest is the title of the rule that a file of several is about.
const underTest = "Under test"

// convert converts a file and returns its rule under test.
func convert(t testing.TB, text string) *rules.Rule {
	t.Helper()
	for _, r := range results(t, text) {
		if r.Title == underTest && r.Rule != nil {
			return r.Rule
		}
		if r.Refusal != nil {
			t.Fatalf("%v\n%s", r.Refusal, text)
		}
	}
	t.Fatalf("no rule\n%s", text)
	return nil
}

func results(t testing.TB, text string) []*sigma.Result {
	t.Helper()
	list, err := sigma.Convert("rule.yml", []byte(text), sigma.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// detection makes a rule of the lines of a detection.
func detection(service, lines string) string {
	return "title: " + underTest + "\nid: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10\nlevel: low\nlogsource: {product: azure, service: " + service + "}\ndetection:\n" +
		"    " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n"
}

// valid fails if a rule is none that a file can hold, or if its query is not one
// over the catalog's tables.
func valid(t testing.TB, cat catalog, rule *rules.Rule) {
	t.Helper()
	if _, err := kql.Compile(rule.Query, cat, kql.Options{Now: schema.DatetimeValue(638_447_616_000_000_000)}); err != nil {
		t.Errorf("%v\n%s", err, rule.Query)
	}
	list, found := rules.Read("converted.yaml", rules.FormatYAML(rule))
	for _, f := range found {
		if f.Level == rules.Error {
			t.Errorf("%s\n%s", f, rules.FormatYAML(rule))
		}
	}
	if len(list) != 1 || list[0].Query != rule.Query {
		t.Errorf("the rule is another when it is read again:\n%s", rules.FormatYAML(rule))
	}
}
