package file

import "testing"

func TestMarkIsReadAsWritten(t *testing.T) {
	for _, want := range []mark{{}, {end: 5, index: 1, raw: 1 << 40, hash: "0a", whole: true}} {
		got, err := parseMark(want.String())
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func FuzzParseMark(f *testing.F) {
	for _, token := range []string{"", "1:1:2:3:ff:part", "1:1:2:3:ff:whole", "2:1:2:3:ff:part", "1:x:2:3:ff:part", "1:-1:2:3::"} {
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
