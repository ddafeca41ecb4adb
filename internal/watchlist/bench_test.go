package watchlist_test

import (
	"fmt"
	"strings"
	"testing"

	"nephoscope/internal/watchlist"
)

// BenchmarkLargeList measures a list of 100,000 items: bringing it in, and
// looking something up in it.
func BenchmarkLargeList(b *testing.B) {
	var text strings.Builder
	text.WriteString("name,role,address,since\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "user%06d@tidewater.example,clerk,198.51.100.%d,2026-01-%02d\n", i, i%256, i%28+1)
	}
	s := newSite(b)
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			s.bring(text.String(), watchlist.ImportOptions{Mode: watchlist.Replace})
		}
	})
	b.Run("change one in ten", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			s.bring(strings.ReplaceAll(text.String(), "0@", fmt.Sprint("0x", n, "@")), watchlist.ImportOptions{Mode: watchlist.Replace})
		}
	})
	b.Run("lookup", func(b *testing.B) {
		for b.Loop() {
			got := s.asked(`datatable(who:string)["user000015@tidewater.example", "nobody"] | lookup kind=inner _GetWatchlist("vips") on $left.who == $right.SearchKey | project role`)
			if len(got) != 1 || got[0] != "clerk" {
				b.Fatalf("got %v", got)
			}
		}
	})
}
