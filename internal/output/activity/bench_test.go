package activity

import (
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/simulate"
)

// BenchmarkWrite writes rows of a simulated company as records; one operation
// is one record.
func BenchmarkWrite(b *testing.B) {
	columns, list := read(b, event.FormatHub, simulated(b, simulate.ShapeHub, 2000))
	for _, g := range []Generation{Setting, Profile} {
		b.Run(string(g), func(b *testing.B) {
			w, err := NewWriter(columns, g)
			if err != nil {
				b.Fatal(err)
			}
			var out []byte
			bytes, i := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				out = w.Append(out[:0], &list[i%len(list)].row)
				bytes += len(out)
				i++
			}
			b.SetBytes(int64(bytes / i))
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
