package kql_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables/known"
)

// Published queries over tables with rows: what they read is made up, with the
// texts that the queries look for among it, so that rows get past filters and
// joins.

// TestPublishedQueriesRunOverRows runs every published query that compiles; no
// value may end it.
func TestPublishedQueriesRunOverRows(t *testing.T) {
	type query struct{ ID, Query string }
	queries := lines[query](t, sharedFile(t, "rule-queries.jsonl"))
	f := &filler{Rand: rand.New(rand.NewPCG(5, 6)), sought: map[string][]string{}} //nolint:gosec // the same rows each time
	for _, q := range queries {
		f.learn(q.Query)
	}
	cat := everyTable(t)
	db := openStore(t, withVersions{cat})
	f.fill(t, db, withVersions{cat}.Tables())
	ran, answered := 0, 0
	for _, q := range queries {
		compiled, err := kql.Compile(q.Query, cat, kql.Options{Now: now})
		var list kql.Errors
		if errors.As(err, &list) {
			continue
		}
		rows, err := exhaust(compiled, db)
		if err != nil && !errors.Is(err, ops.ErrNoExternal) {
			t.Errorf("%s: %v\n%s", q.ID, err, q.Query)
		}
		ran++
		if rows > 0 {
			answered++
		}
	}
	t.Logf("%d of %d queries ran, %d of them returned rows", ran, len(queries), answered)
	if answered < ran/4 {
		t.Errorf("%d of %d queries returned rows: the rows are too unlike real ones", answered, ran)
	}
}

// everyTable is the catalog of the schema file with the known tables among the
// others, so that they can be filled.
func everyTable(t *testing.T) *kql.Declared {
	t.Helper()
	text, err := os.ReadFile(sharedFile(t, "sentinel-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	declared, _ := file["tables"].(map[string]any)
	open, _ := file["open_tables"].([]any)
	for name, table := range known.Tables() {
		if declared[name] != nil {
			continue
		}
		columns := map[string]string{}
		for _, c := range table.Columns {
			columns[c.Name] = c.Type.String()
		}
		declared[name], open = columns, append(open, name)
	}
	for name := range declared {
		declared[name] = oncePerName(declared[name])
	}
	file["open_tables"] = open
	if text, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	cat, err := kql.ReadSchema(strings.NewReader(string(text)), false)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// oncePerName leaves out columns whose names differ from others in case only,
// which the store cannot hold.
func oncePerName(columns any) any {
	text, err := json.Marshal(columns)
	if err != nil {
		return columns
	}
	var all, left map[string]string
	if err := json.Unmarshal(text, &all); err != nil {
		return columns
	}
	left = map[string]string{}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if lower := strings.ToLower(name); !seen[lower] {
			seen[lower], left[name] = true, all[name]
		}
	}
	return left
}

// A filler makes up rows.
type filler struct {
	*rand.Rand
	sought map[string][]string // by column, what queries compare it with
	rows   uint64
}

var comparison = regexp.MustCompile(`(\w+)\s*(?:==|=~|has_any|has_cs|has|contains|startswith|endswith|in~|in)\s*\(?\s*@?["']([^"'\n]+)["']`)

// learn notes the texts that a query compares columns with.
func (f *filler) learn(query string) {
	for _, m := range comparison.FindAllStringSubmatch(query, -1) {
		f.sought[m[1]] = append(f.sought[m[1]], m[2])
	}
}

func (f *filler) fill(t *testing.T, db *duck.Store, tables []*schema.Table) {
	t.Helper()
	const rowsEach = 24
	for _, table := range tables {
		rows := schema.NewRows(table)
		for range rowsEach {
			for _, c := range table.Columns {
				if err := rows.Set(c.Name, f.value(c)); err != nil {
					t.Fatal(err)
				}
			}
			f.rows++
			var id schema.ID
			binary.BigEndian.PutUint64(id[8:], f.rows)
			rows.End(id)
		}
		if _, err := db.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *filler) one(of ...string) string { return of[f.IntN(len(of))] }

// value makes a value of a column, one in nine null. Rows are of the last days
// before now, most of the last hour.
func (f *filler) value(c schema.Column) any {
	if c.Name == "TimeGenerated" || c.Name == "Timestamp" {
		return f.time()
	}
	if c.Type != schema.String && f.IntN(9) == 0 {
		return nil
	}
	switch c.Type {
	case schema.Bool:
		return f.IntN(2) == 0
	case schema.Int:
		return int32(f.number(1 << 31)) //nolint:gosec // smaller than that
	case schema.Long:
		return f.number(1 << 62)
	case schema.Real:
		return float64(f.number(1<<40)) / 8
	case schema.Datetime:
		return f.time()
	case schema.Timespan:
		return schema.TimespanValue(f.number(1 << 40))
	case schema.GUID:
		return schema.GUIDValue(f.guid())
	case schema.Dynamic:
		return schema.DynamicValue(f.json(c.Name, 3))
	}
	return f.text(c.Name)
}

func (f *filler) time() schema.DatetimeValue {
	span := int64(schema.TicksPerHour)
	if f.IntN(3) == 0 {
		span = 20 * schema.TicksPerDay
	}
	return now - schema.DatetimeValue(f.Int64N(span))
}

// number is small most times, and rarely as large as it can be.
func (f *filler) number(limit int64) int64 {
	switch f.IntN(8) {
	case 0:
		return limit - 1 - f.Int64N(3)
	case 1:
		return -f.Int64N(100)
	}
	return f.Int64N(5000)
}

func (f *filler) guid() string {
	return f.one("0a1b2c3d-1111-2222-3333-445566778899", "00000000-0000-0000-0000-000000000000", "f47ac10b-58cc-4372-a567-0e02b2c3d479")
}

// text makes a text as the column's name suggests.
func (f *filler) text(column string) string {
	if list := f.sought[column]; len(list) > 0 && f.IntN(3) > 0 {
		return list[f.IntN(len(list))]
	}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(strings.ToLower(column), p) {
				return true
			}
		}
		return false
	}
	switch {
	case f.IntN(9) == 0:
		return ""
	case has("ipaddress", "ip_", "sourceip", "clientip", "remoteip", "localip", "callerip", "destinationip"):
		return f.one("10.0.0.5", "203.0.113.7", "203.0.113.7:443", "[2001:db8::1]:53", "2001:db8::1", "192.168.300.1", "fe80::1%2")
	case has("json", "properties", "entities", "details", "fields", "parameters", "eventdata", "devicedetail", "policies", "extended", "roles", "modified", "claims", "authorization"):
		return f.json(column, 3)
	case has("upn", "principalname", "user", "account", "caller", "identity", "mail", "actor", "sender", "recipient"):
		return f.one("ann@contoso.example", "BOB@Contoso.example", `CONTOSO\svc_backup$`, "ann", "Bob Ünal", "a@b@c")
	case has("url", "uri", "link", "domain"):
		return f.one("https://login.contoso.example/a?b=c%20d", "contoso.example", "http://[::1", "ftp://x", "%zz")
	case has("time", "date"):
		return f.one("2022-09-29T10:00:00Z", "9/29/2022 10:00", "never", "2022-02-31")
	case has("commandline", "command"):
		return f.one(`powershell.exe -enc SQBFAFgA`, `cmd /c "whoami & dir"`, "net user /add", "'")
	case has("resourceid", "scope", "resource"):
		return f.one("/subscriptions/0a1b2c3d/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v", "/", "rg")
	case has("id", "guid"):
		return f.guid()
	case has("status", "type", "code", "port", "number", "count", "level"):
		return f.one("0", "50126", "4624", "Success", "-1", "9223372036854775808", "1.5", "0x1f")
	}
	return f.one("alpha", "Beta gamma", "a,b;c=d", "{", "[", `"`, "1", "x\ty", "日本", "SQBFAFgA")
}

// json makes JSON: objects, arrays, texts, text that holds JSON, and text that
// is none.
func (f *filler) json(column string, depth int) string {
	scalar := func() string {
		quoted, err := json.Marshal(f.text(f.one("userPrincipalName", "ipAddress", "displayName", "Id", "Status", "CreatedTime")))
		if err != nil {
			return "null"
		}
		return f.one(string(quoted), string(quoted), "1", "2.5", "true", "null", `""`)
	}
	if depth == 0 {
		return scalar()
	}
	key := func() string {
		return f.one("displayName", "userPrincipalName", "key", "value", "Name", "Value", "Type", "Address", "newValue", "oldValue", "ipAddress", "user", "id", "modifiedProperties", "type", "city")
	}
	switch f.IntN(8) {
	case 0:
		return scalar()
	case 1:
		return f.one("[]", "{}", `"{\"a\":[1]}"`, `"{"`)
	case 2, 3, 4:
		return fmt.Sprintf(`[%s,%s]`, f.json(column, depth-1), f.json(column, depth-1))
	}
	members := map[string]json.RawMessage{}
	for range 1 + f.IntN(5) {
		members[key()] = json.RawMessage(f.json(column, depth-1))
	}
	text, err := json.Marshal(members)
	if err != nil {
		return "{}"
	}
	return string(text)
}
