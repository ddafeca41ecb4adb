package file

import "testing"

func TestMarkIsReadAsWritten(t *testing.T) {
	for _, want := range []mark{{}, {format: "auto", end: 5, index: 1, read: 1 << 40, hash: "0a", tail: 7, whole: true}} {
		got, err := parseMark(want.String())
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func FuzzParseMark(f *testing.F) {
	for _, token := range []string{"", "2:auto:part:ff:1:2:3:0", "2:hub:whole:ff:1:2:3:4", "1:1:2:3:ff:part", "2:auto:part:ff:x:2:3:0", "2::::-1:1:1:1"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		m, err := parseMark(token)
		if err != nil {
			return
		}
		again, err := parseMark(m.String())
		if err != nil || again != m {
			t.Errorf("%q: read as %+v, read again as %+v, %v", token, m, again, err)
		}
	})
}
