package address

import (
	"encoding/binary"
	"math/bits"
)

// PartitionOf is the index of the partition that events with a key go to, among
// count. It is the service's own rule, so a key goes where the service would
// put it, and where clients that choose for themselves put it.
func PartitionOf(key string, count int) int {
	one, two := lookup3(key)
	n := int(int16(one^two)) % count
	return max(n, -n)
}

// lookup3 is Bob Jenkins' hash of that name in its variant with two results,
// with seeds of 0: three words are stirred with twelve bytes at a time.
func lookup3(text string) (one, two uint32) {
	start := 0xdeadbeef + uint32(len(text))
	a, b, c := start, start, start
	rest := []byte(text)
	for ; len(rest) > 12; rest = rest[12:] {
		a, b, c = mix(add(a, b, c, rest))
	}
	if len(rest) == 0 {
		return c, b
	}
	var last [12]byte
	copy(last[:], rest)
	_, b, c = final(add(a, b, c, last[:]))
	return c, b
}

// add adds twelve bytes to the three words.
func add(a, b, c uint32, block []byte) (uint32, uint32, uint32) {
	return a + binary.LittleEndian.Uint32(block),
		b + binary.LittleEndian.Uint32(block[4:]),
		c + binary.LittleEndian.Uint32(block[8:])
}

func mix(a, b, c uint32) (uint32, uint32, uint32) {
	a, c = (a-c)^bits.RotateLeft32(c, 4), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 6), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 8), b+a
	a, c = (a-c)^bits.RotateLeft32(c, 16), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 19), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 4), b+a
	return a, b, c
}

func final(a, b, c uint32) (uint32, uint32, uint32) {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return a, b, c
}
