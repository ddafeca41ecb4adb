package eventhub

import (
	"testing"

	"nephoscope/internal/source/eventhub/wire"
)

func TestMarkIsReadAsWritten(t *testing.T) {
	for _, want := range []mark{none(), {0, ""}, {1 << 60, "12345"}, {7, "3:8:opaque text, with ünicode"}} {
		if got, err := parseMark(want.String()); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestStartOfAMark(t *testing.T) {
	if got, want := (mark{5, "77"}).start(), (wire.Start{After: true, Sequence: 5, Offset: "77"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := none().start(); got != (wire.Start{}) {
		t.Errorf("got %+v, want the beginning", got)
	}
}

func FuzzParseMark(f *testing.F) {
	for _, token := range []string{"", "1:5:77", "1:5:", "1:5", "2:5:7", "1::", "1:-1:x", "1:-2:", "1:+3:x", "1:007:x", ":::"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		m, err := parseMark(token)
		if err != nil || token == "" {
			return
		}
		if m.String() != token {
			t.Errorf("%q: read as %+v, written as %q", token, m, m)
		}
	})
}
