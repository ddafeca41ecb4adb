package syntax

import "testing"

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
