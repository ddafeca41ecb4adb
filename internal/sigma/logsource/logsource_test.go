package logsource_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/tables"
	"nephoscope/internal/tables/known"
)

func table(t *testing.T, name string) *schema.Table {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	if own, ok := catalog.Table(name); ok {
		return own
	}
	listed, ok := known.Tables()[name]
	if !ok {
		t.Fatalf("there is no table %s", name)
	}
	return listed
}

// kinds are the types of columns that a kind stands for.
func fits(kind logsource.Kind, typ schema.Type) bool {
	switch kind {
	case logsource.Text:
		return typ == schema.String
	case logsource.Number:
		return typ == schema.Int || typ == schema.Long || typ == schema.Real
	case logsource.Truth:
		return typ == schema.Bool
	}
	return typ == schema.Datetime
}

// TestColumnsExist holds every column that a service names against its table.
func TestColumnsExist(t *testing.T) {
	for _, s := range logsource.Services() {
		of := table(t, s.Table)
		for _, field := range s.Known() {
			c, note, ok := s.Column(field)
			if !ok || note != "" {
				t.Errorf("%s: field %s: found %t, note %q", s.Name, field, ok, note)
			}
			i := of.Column(c.Name)
			switch {
			case c.Only != "":
			case c.Expr != "" && i >= 0:
				t.Errorf("%s: column %s, which is made, is one of %s", s.Name, c.Name, s.Table)
			case c.Expr == "" && i < 0:
				t.Errorf("%s: %s has no column %s", s.Name, s.Table, c.Name)
			case c.Expr == "" && !fits(c.Kind, of.Columns[i].Type):
				t.Errorf("%s: column %s is of type %s", s.Name, c.Name, of.Columns[i].Type)
			}
		}
		named := append(append([]string(nil), s.Text...), s.Once...)
		for _, tree := range s.Trees {
			named = append(named, tree.Column)
		}
		for _, name := range named {
			if of.Column(name) < 0 {
				t.Errorf("%s: %s has no column %s", s.Name, s.Table, name)
			}
		}
	}
}

// TestExpressionsCompile compiles each column that is made, and the entities.
func TestExpressionsCompile(t *testing.T) {
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	compile := func(query string) {
		if _, err := kql.Compile(query, catalog, kql.Options{Known: known.Tables()}); err != nil {
			t.Errorf("%v\n%s", err, query)
		}
	}
	for _, s := range logsource.Services() {
		begin := s.Table
		if s.Where != "" {
			begin += "\n| where " + s.Where
		}
		for _, field := range s.Known() {
			if c, _, _ := s.Column(field); c.Expr != "" {
				compile(begin + "\n| extend " + c.Name + " = " + c.Expr)
			}
		}
		made := map[string]bool{}
		for _, c := range s.Makes {
			made[c.Name] = true
		}
		for _, m := range s.Entities {
			if name := m.Fields[0].Column; !made[name] && table(t, s.Table).Column(name) < 0 {
				t.Errorf("%s: the entity %s has no column %s", s.Name, m.Type, name)
			}
		}
	}
}

func TestOneNameOneColumn(t *testing.T) {
	for _, s := range logsource.Services() {
		exprs := map[string]string{}
		for _, field := range s.Known() {
			if c, _, _ := s.Column(field); c.Expr != "" {
				if other, ok := exprs[c.Name]; ok && other != c.Expr {
					t.Errorf("%s: column %s is made in two ways", s.Name, c.Name)
				}
				exprs[c.Name] = c.Expr
			}
		}
		for field := range s.Fields {
			if field != strings.ToLower(field) {
				t.Errorf("%s: field %s is not in lower case", s.Name, field)
			}
		}
		if !regexp.MustCompile(`\.$`).MatchString(s.Doc) {
			t.Errorf("%s has no sentence about it", s.Name)
		}
	}
}

func TestPathsBelowDynamicColumns(t *testing.T) {
	s := logsource.Find("azure", "activitylogs")
	for field, want := range map[string]string{
		"properties.a.b":      `tostring(Properties_d.a.b)`,
		"Properties.odd-key":  `tostring(Properties_d["odd-key"])`,
		"list{}.new":          `tostring(Properties_d.list)`,
		"claims.x":            `tostring(Claims_d.x)`,
		"identity.claims.x":   `tostring(Claims_d.x)`,
		"properties.0a":       `tostring(Properties_d["0a"])`,
		"authorization.a.b.c": `tostring(Authorization_d.a.b.c)`,
	} {
		c, _, ok := s.Column(field)
		if !ok || c.Expr != want {
			t.Errorf("%s: got %q, want %q", field, c.Expr, want)
		}
	}
	for _, field := range []string{"", "a b", `a"`, "a..b", "{}", ".a"} {
		if c, _, ok := s.Column(field); ok {
			t.Errorf("field %q leads to %q", field, c.Expr)
		}
	}
}

var update = flag.Bool("update", false, "rewrite the field maps in the reference")

// TestReferenceIsFresh holds the field maps in the reference against the
// declarations.
func TestReferenceIsFresh(t *testing.T) {
	const path, marker = "../../../docs/reference/sigma.md", "<!-- Generated from internal/sigma/logsource; go test ./internal/sigma/logsource -update rewrites it. -->\n\n"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, listed, ok := strings.Cut(string(data), marker)
	if !ok {
		t.Fatalf("%s has no line %q", path, marker)
	}
	want := logsource.Reference()
	if listed == want {
		return
	}
	if !*update {
		t.Fatalf("%s lists other fields than the declarations: run this test with -update", path)
	}
	if err := os.WriteFile(path, []byte(text+marker+want), 0o600); err != nil {
		t.Fatal(err)
	}
}
