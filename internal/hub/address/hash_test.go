package address

import (
	"fmt"
	"strings"
	"testing"
)

// The words that the author of the hash gives for his two-word variant.
func TestLookup3(t *testing.T) {
	f := func(text string, one, two uint32) {
		t.Helper()
		if gotOne, gotTwo := lookup3(text); gotOne != one || gotTwo != two {
			t.Errorf("lookup3(%q) = %08x %08x, want %08x %08x", text, gotOne, gotTwo, one, two)
		}
	}
	f("", 0xdeadbeef, 0xdeadbeef)
	f("Four score and seven years ago", 0x17770551, 0xce7226e6)
}

// Every length around the block size against a definition that adds bytes one
// by one.
func TestLookup3Lengths(t *testing.T) {
	text := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyzäöü", 2)
	for n := range len(text) {
		one, two := lookup3(text[:n])
		wantOne, wantTwo := slowLookup3(text[:n])
		if one != wantOne || two != wantTwo {
			t.Errorf("lookup3 of %d bytes = %08x %08x, want %08x %08x", n, one, two, wantOne, wantTwo)
		}
	}
}

// slowLookup3 says the hash as its definition does: word i of a block is the
// sum of its bytes, each shifted to its place.
func slowLookup3(text string) (one, two uint32) {
	var w [3]uint32
	for i := range w {
		w[i] = 0xdeadbeef + uint32(len(text))
	}
	rot := func(x uint32, k int) uint32 { return x<<k | x>>(32-k) }
	for i := 0; i < len(text); i++ {
		w[i/4%3] += uint32(text[i]) << (8 * (i % 4))
		switch {
		case i == len(text)-1:
			for n, k := range []int{14, 11, 25, 16, 4, 14, 24} {
				x, y := (n+2)%3, (n+1)%3 // c b, a c, b a, c b...
				w[x] = (w[x] ^ w[y]) - rot(w[y], k)
			}
		case i%12 == 11:
			for n, k := range []int{4, 6, 8, 16, 19, 4} {
				x, y, z := n%3, (n+2)%3, (n+1)%3
				w[x] = (w[x] - w[y]) ^ rot(w[y], k)
				w[y] += w[z]
			}
		}
	}
	return w[2], w[1]
}

func TestPartitionOf(t *testing.T) {
	for _, count := range []int{1, 2, 4, 7, 32, 1024} {
		seen := make([]int, count)
		for i := range 64 * count {
			seen[PartitionOf(fmt.Sprint("key ", i), count)]++
		}
		for p, n := range seen {
			if n == 0 {
				t.Errorf("%d partitions: no key of %d went to partition %d", count, 64*count, p)
			}
		}
	}
	if got := PartitionOf("", 32); got != 0 {
		t.Errorf("PartitionOf of no text = %d, want 0: both words are equal", got)
	}
}

func BenchmarkPartitionOf(b *testing.B) {
	key := "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one"
	b.SetBytes(int64(len(key)))
	for b.Loop() {
		PartitionOf(key, 32)
	}
}
