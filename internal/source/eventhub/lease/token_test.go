package lease

import (
	"testing"
	"time"
)

func TestTokenIsReadAsWritten(t *testing.T) {
	for _, want := range []holding{
		{"a:b:c", 1 << 40, time.UnixMilli(1790000000123)},
		{"", 3, time.UnixMilli(0)},
	} {
		got, err := parse(want.String())
		if err != nil || got.owner != want.owner || got.epoch != want.epoch || !got.expires.Equal(want.expires) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, token := range []string{"", "1:2:3:a", "1:2:3", "2:2:3:a", "1:-2:3:a", "1:x:3:a", "1:2:x:a", "1:2:3:", "::::"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		h, err := parse(token)
		if err != nil || token == "" {
			return
		}
		again, err := parse(h.String())
		if err != nil || again.String() != h.String() {
			t.Errorf("%q: read as %+v, read again as %+v, %v", token, h, again, err)
		}
	})
}
