package syntax

import "testing"

func TestParseDatetime(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got := "none"
		if v, ok := ParseDatetime(text); ok {
			got = v.String()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	f("2024-05-06", "2024-05-06T00:00:00.0000000Z")
	f(" 2024-5-6 ", "2024-05-06T00:00:00.0000000Z")
	f("2024-05", "2024-05-01T00:00:00.0000000Z")
	f("2024", "2024-01-01T00:00:00.0000000Z")
	f("2024/05/06 07:08", "2024-05-06T07:08:00.0000000Z")
	f("2024, 5, 6", "2024-05-06T00:00:00.0000000Z")
	f("2024 - 05 - 06 07:08", "2024-05-06T07:08:00.0000000Z")
	f("2024-05-06T07:08:09", "2024-05-06T07:08:09.0000000Z")
	f("2024-05-06 07:08:09.1234567Z", "2024-05-06T07:08:09.1234567Z")
	f("2024-05-06 07:08:09.123456789Z", "2024-05-06T07:08:09.1234567Z")
	f("2024-05-06T07:08:09+02:00", "2024-05-06T05:08:09.0000000Z")
	f("2024-05-06T07:08:09 -0130", "2024-05-06T08:38:09.0000000Z")
	f("05/06/2024 11:59 PM", "2024-05-06T23:59:00.0000000Z")
	f("5/6/2024 12:00 AM", "2024-05-06T00:00:00.0000000Z")
	f("Mon, 6 May 24 15:05:02 GMT", "2024-05-06T15:05:02.0000000Z")
	f("Monday, 06-May-24 15:05:02 UTC", "2024-05-06T15:05:02.0000000Z")
	f("6 May 1999 15:05", "1999-05-06T15:05:00.0000000Z")
	f("May 6 2024", "2024-05-06T00:00:00.0000000Z")
	f("0001-01-01", "0001-01-01T00:00:00.0000000Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")

	for _, bad := range []string{
		"", "x", "2024-13-01", "2024-02-30", "2024-01-00", "2024-01-01T24:00", "2024-01-01T10:60", "20240506",
		"2024-01-01 10:00 CET", "2024-01-01x", "0000-01-01", "32 May 2024", "6 Mai 2024", "2024-01-01T10:00+25:00",
		"0001-01-01T00:00+01:00", "1/2", "2024-", "2024-01-", "12:00",
	} {
		f(bad, "none")
	}
}

func TestParseTimespan(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got := "none"
		if v, ok := ParseTimespan(text); ok {
			got = v.String()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	f("1d", "1.00:00:00")
	f("1.5h", "01:30:00")
	f("0.1s", "00:00:00.1000000")
	f("15 seconds", "00:00:15")
	f("3ms", "00:00:00.0030000")
	f("7microseconds", "00:00:00.0000070")
	f("250nanoseconds", "00:00:00.0000003")
	f("1tick", "00:00:00.0000001")
	f("2", "2.00:00:00")
	f("-2", "-2.00:00:00")
	f("0:30", "00:30:00")
	f("1:2:3", "01:02:03")
	f("1.02:03:04.5", "1.02:03:04.5000000")
	f("-1.00:00:00.0000001", "-1.00:00:00.0000001")

	for _, bad := range []string{"", "x", "1x", "1:60", "24:00", "1:2:60", "1.x:00", "1:2:3.x", "99999999999d", "1d2h"} {
		f(bad, "none")
	}
}

func TestPositionOf(t *testing.T) {
	const text = "a\né世b\r\n\nend"
	f := func(offset, line, column int) {
		t.Helper()
		if got, want := PositionOf(text, offset), (Position{line, column}); got != want {
			t.Errorf("offset %d: got %v, want %v", offset, got, want)
		}
	}
	f(-1, 1, 1)
	f(0, 1, 1)
	f(1, 1, 2)
	f(2, 2, 1)
	f(4, 2, 2)
	f(7, 2, 3)
	f(10, 3, 1)
	f(11, 4, 1)
	f(len(text), 4, 4)
	f(len(text)+5, 4, 4)
}

func TestNearest(t *testing.T) {
	f := func(word, want string) {
		t.Helper()
		if got := Nearest(word, operatorNames); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	f("wehre", "where")
	f("Where", "where")
	f("summarise", "summarize")
	f("projectaway", "project-away")
	f("mvexpand", "mv-expand")
	f("exten", "extend")
	f("xyzzy", "")
	f("", "")
}
