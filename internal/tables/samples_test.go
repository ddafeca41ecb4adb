package tables

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// shared returns the path of a file in the folder of shared samples, which
// lies beside the repository on some machines and is skipped elsewhere.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("go.mod not found")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(filepath.Dir(dir), "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared samples here: %v", err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// objects returns the objects of a sample: one object, a REST page, an
// envelope of records, or one object a line. The decoder has tests of its own;
// this knows only whole samples.
func objects(t *testing.T, text []byte) []string {
	t.Helper()
	var out []string
	dec := json.NewDecoder(bytes.NewReader(text))
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		var page struct{ Records, Value []json.RawMessage }
		if err := json.Unmarshal(raw, &page); err != nil || page.Records == nil && page.Value == nil {
			out = append(out, string(raw))
			continue
		}
		for _, one := range append(page.Records, page.Value...) {
			out = append(out, string(one))
		}
	}
	return out
}

// TestSchemaOfSentinel compares the columns with those of the official schema.
func TestSchemaOfSentinel(t *testing.T) {
	var official struct {
		Tables map[string]map[string]string `json:"tables"`
	}
	if err := json.Unmarshal(readFile(t, shared(t, "kql/sentinel-schema.json")), &official); err != nil {
		t.Fatal(err)
	}
	for _, table := range Builtin() {
		want, known := official.Tables[table.Name]
		if !known {
			continue
		}
		for name, kind := range want {
			if col := table.Column(name); col < 0 || table.Columns[col].Type.String() != kind {
				t.Errorf("%s.%s: want a column of type %s, have index %d", table.Name, name, kind, col)
			}
		}
		for _, c := range table.Columns {
			if _, known := want[c.Name]; !known && !c.Hidden && c.Name != "TenantId" && c.Name != "SourceSystem" {
				t.Errorf("%s.%s is visible but not in the official schema", table.Name, c.Name)
			}
			if hidden := strings.HasPrefix(c.Name, "_"); hidden != c.Hidden {
				t.Errorf("%s.%s: hidden is %v", table.Name, c.Name, c.Hidden)
			}
		}
	}
}

// TestExports maps the rows of exported tables: every column is as it stands
// in the file.
func TestExports(t *testing.T) {
	table := AzureActivity()
	files, _ := filepath.Glob(filepath.Join(shared(t, "samples/activity-log/log-analytics"), "*.csv"))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			lines, err := csv.NewReader(bytes.NewReader(readFile(t, file))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines[1:] {
				exported := make(map[string]string)
				for i, name := range lines[0] {
					exported[name] = line[i]
				}
				text, err := json.Marshal(exported)
				if err != nil {
					t.Fatal(err)
				}
				rows := mapped(t, table, record(t, event.ShapeTableRow, string(text)))
				for name, want := range exported {
					name, inUTC := strings.CutSuffix(name, " [UTC]")
					if table.Column(name) < 0 {
						continue
					}
					if inUTC {
						want = parseTime([]byte(want)).ticks.String()
					}
					if got := cell(rows, 0, name); got != want {
						t.Fatalf("%s: got %q, want %q", name, got, want)
					}
				}
			}
		})
	}
}

// TestSamplesAreWhole maps all samples of the two event shapes and looks for
// every text of a record in its row.
func TestSamplesAreWhole(t *testing.T) {
	root := shared(t, "samples/activity-log")
	for folder, shape := range map[string]event.Shape{"event-hub": event.ShapeHub, "rest-api": event.ShapeREST} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.Contains(path, "expected") {
				return err
			}
			for _, text := range objects(t, readFile(t, path)) {
				rec := record(t, shape, text)
				assertWhole(t, filepath.Base(path), rec)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// assertWhole checks that every scalar of a record can be found in its row.
func assertWhole(t *testing.T, name string, rec *event.Record) {
	t.Helper()
	rows := mapped(t, AzureActivity(), rec)
	row := everything(rows)
	root := rec.Root()
	for v := root.First(); v.Exists(); v = v.Next(root) {
		if !stands(rows, row, v) {
			t.Errorf("%s: %s %s is not in the row\n%s", name, v.RawKey(), v.Raw(), row)
		}
	}
}

// stands tells whether a scalar is in the row; JSON text may have been read,
// and then its scalars are.
func stands(rows *schema.Rows, row string, v event.Value) bool {
	switch v.Kind() {
	case event.String, event.Number, event.True, event.False:
	case event.Object, event.Array:
		for c := v.First(); c.Exists(); c = c.Next(v) {
			if !stands(rows, row, c) {
				return false
			}
		}
		return true
	default:
		return true
	}
	own := plain(v)
	if strings.Contains(row, string(own.b)) || strings.Contains(row, string(appendQuoted(nil, own.b))) || strings.Contains(row, string(v.Raw())) || found(rows, own.b) {
		return true
	}
	inner := embedded(v)
	return inner.Kind() != event.String && stands(rows, row, inner)
}
