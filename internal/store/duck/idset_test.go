package duck

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"nephoscope/internal/schema"
)

// TestIDSet: every identity that was added is found in its block, few others
// are found at all, and what is forgotten is gone; for random identities and
// for ones that differ in a few bits only.
func TestIDSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for name, one := range map[string]func(int) schema.ID{
		"random": func(int) (id schema.ID) {
			binary.LittleEndian.PutUint64(id[:], rnd.Uint64())
			binary.LittleEndian.PutUint64(id[8:], rnd.Uint64())
			return id
		},
		"low bits":  func(i int) (id schema.ID) { binary.LittleEndian.PutUint64(id[:], uint64(i)); return id },
		"high bits": func(i int) (id schema.ID) { binary.BigEndian.PutUint64(id[8:], uint64(i)<<40); return id },
		"middle":    func(i int) (id schema.ID) { binary.LittleEndian.PutUint64(id[4:], uint64(i)); return id },
	} {
		t.Run(name, func(t *testing.T) {
			const n, perBlock = 200_000, 1000
			set := newIDSet(n / 10)
			ids := identities(2*n, one)
			for i, id := range ids[:n] {
				set.add(&id, uint64(i/perBlock))
			}
			wrong := 0
			for i, id := range ids {
				blocks := set.find(&id, nil)
				switch {
				case i < n && !slices.Contains(blocks, uint64(i/perBlock)):
					t.Fatalf("identity %d is in block %d, found in %v", i, i/perBlock, blocks)
				case i >= n && len(blocks) > 0:
					wrong++
				}
			}
			if wrong > 2 {
				t.Errorf("%d of %d identities that were not added were found", wrong, n)
			}
			set.forget(n / perBlock / 2)
			for i, id := range ids[:n] {
				if found := len(set.find(&id, nil)) > 0; found != (i >= n/2) {
					t.Fatalf("identity %d after forgetting the first half: found is %v", i, found)
				}
			}
		})
	}
}

func identities(n int, one func(int) schema.ID) []schema.ID {
	ids := make([]schema.ID, n)
	for i := range ids {
		ids[i] = one(i)
	}
	return ids
}

func TestRanges(t *testing.T) {
	const b = 1 << blockRows
	for _, c := range []struct {
		blocks []uint64
		want   []span
	}{
		{[]uint64{3}, []span{{3 * b, 4 * b}}},
		{[]uint64{5, 3, 4, 3}, []span{{3 * b, 6 * b}}},
		{[]uint64{0, 2}, []span{{0, b}, {2 * b, 3 * b}}},
	} {
		if got := ranges(slices.Clone(c.blocks)); !slices.Equal(got, c.want) {
			t.Errorf("ranges(%v): got %v, want %v", c.blocks, got, c.want)
		}
	}
	var far []uint64
	for i := range uint64(100) {
		far = append(far, i*1000)
	}
	if got, want := ranges(far), []span{{0, 99_001 * b}}; !slices.Equal(got, want) {
		t.Errorf("ranges of far-flung blocks: got %v, want %v", got, want)
	}
}

func BenchmarkIDSet(b *testing.B) {
	const n = 1 << 20
	rnd := rand.New(rand.NewPCG(1, 2))
	ids := identities(2*n, func(int) (id schema.ID) {
		binary.LittleEndian.PutUint64(id[:], rnd.Uint64())
		return id
	})
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		set := newIDSet(0)
		for i := 0; b.Loop(); i++ {
			if i%n == 0 {
				set = newIDSet(0)
			}
			set.add(&ids[i%n], 1)
		}
	})
	b.Run("find", func(b *testing.B) {
		b.ReportAllocs()
		set := newIDSet(n)
		for i := range n {
			set.add(&ids[i], 1)
		}
		var blocks []uint64
		for i := 0; b.Loop(); i++ {
			blocks = set.find(&ids[i%len(ids)], blocks[:0])
		}
	})
}
