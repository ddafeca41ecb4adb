package output

import (
	"encoding/json"
	"math"
	"testing"

	"nephoscope/internal/schema"
)

func TestAppendJSON(t *testing.T) {
	column := func(name string) schema.Column { return schema.Column{Name: name} }
	b := &Batch{}
	row := Row{ID: "id-1", Arrived: 638_000_000_000_000_001}
	for _, c := range []struct {
		name  string
		value any
	}{
		{"Null", nil},
		{"Empty", ""},
		{"True", true},
		{"Int", int32(-5)},
		{"Long", int64(math.MinInt64)},
		{"Real", 0.1},
		{"NaN", math.NaN()},
		{"Inf", math.Inf(-1)},
		{"Text", "a \"quote\", a \\, a\nline, \x01 and ü <b>"},
		{"Bytes", "bad \xff"},
		{"Time", schema.DatetimeValue(638_000_000_000_000_000)},
		{"Span", schema.TimespanValue(15 * schema.TicksPerSecond)},
		{"GUID", schema.GUIDValue("0f8fad5b-d9cb-469f-a165-70867728950e")},
		{"Dynamic", schema.DynamicValue(`{"a":[1,"x"]}`)},
		{"NoJSON", schema.DynamicValue(`{"a":`)},
		{"Decimal", schema.DecimalValue("12345678901234567890.123")},
		{"NoDecimal", schema.DecimalValue("one")},
	} {
		b.Columns = append(b.Columns, column(c.name))
		row.Values = append(row.Values, c.value)
	}
	got := string(AppendJSON([]byte("> "), b, &row))
	want := `> {"True":true,"Int":-5,"Long":-9223372036854775808,"Real":0.1,"NaN":"NaN","Inf":"-Infinity",` +
		`"Text":"a \"quote\", a \\, a\nline, \u0001 and ü <b>","Bytes":"bad ` + "\uFFFD" + `","Time":"2022-09-28T22:13:20.0000000Z","Span":"00:00:15",` +
		`"GUID":"0f8fad5b-d9cb-469f-a165-70867728950e","Dynamic":{"a":[1,"x"]},"NoJSON":"{\"a\":","Decimal":12345678901234567890.123,"NoDecimal":"one",` +
		`"_TimeReceived":"2022-09-28T22:13:20.0000001Z","_ItemId":"id-1"}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !json.Valid([]byte(got[2:])) {
		t.Error("this is no JSON")
	}
	if got := string(AppendJSON(nil, b, &Row{Raw: []byte(`{"a":1}`)})); got != `{"a":1}` {
		t.Errorf("a raw record: got %s", got)
	}
}

func FuzzAppendJSON(f *testing.F) {
	f.Add("text", `{"a":1}`, "1.5", 0.5)
	f.Add("\xff\x00", `{"a":"\u12`, "1e", math.Inf(1))
	f.Fuzz(func(t *testing.T, text, dynamic, decimal string, real float64) {
		b := &Batch{Columns: make([]schema.Column, 4)}
		for i := range b.Columns {
			b.Columns[i].Name = string(rune('a' + i))
		}
		row := &Row{ID: text, Values: []any{text, schema.DynamicValue(dynamic), schema.DecimalValue(decimal), real}}
		if got := AppendJSON(nil, b, row); !json.Valid(got) {
			t.Errorf("%q is no JSON", got)
		}
	})
}
