package review

import "testing"

// FuzzOf reviews any text: it must end, and every note must have a place.
func FuzzOf(f *testing.F) {
	for _, text := range []string{
		"let a = 1d; T | where TimeGenerated > ago(a) | take 5", "T | where TimeGenerated between (startofday(ago(7d)) .. now())",
		"let f = (x:long) { let y = x; y }; T | extend f(1), rand()", "union V* | sample 3", "T | where bin(ago(1d), 0) < TimeGenerated",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := Of(text)
		for _, n := range r.Notes {
			if n.Line < 1 || n.Column < 1 || n.Message == "" {
				t.Errorf("got %+v", n)
			}
		}
		for _, l := range r.Looks {
			if l.Line < 1 || l.Column < 1 {
				t.Errorf("got %+v", l)
			}
		}
	})
}
