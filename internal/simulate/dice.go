package simulate

import (
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// dice is the one source of chance.
type dice struct{ *rand.Rand }

// newDice returns dice for one purpose, so that one part's throws do not
// change another's.
func newDice(seed, purpose uint64) *dice {
	return &dice{rand.New(rand.NewPCG(seed, purpose))}
}

// chance is true with probability p.
func (d *dice) chance(p float64) bool { return d.Float64() < p }

// between returns a number in [low, high].
func (d *dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// span returns a duration in [low, high) at the clock's grain of 100 ns.
func (d *dice) span(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64(high-low)))/100*100
}

// guid returns a random GUID.
func (d *dice) guid() GUID {
	var g GUID
	fill(g[:8], d.Uint64())
	fill(g[8:], d.Uint64())
	g[6], g[8] = g[6]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

func fill(dst []byte, n uint64) {
	for i := range dst {
		dst[i] = byte(n >> (8 * i))
	}
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// token returns n characters as they occur in tokens.
func (d *dice) token(n int) string {
	b := make([]byte, n)
	var bits uint64
	for i := range b {
		if i%10 == 0 {
			bits = d.Uint64()
		}
		b[i] = letters[bits&63]
		bits >>= 6
	}
	return string(b)
}

// pick returns one of the choices.
func pick[T any](d *dice, choices []T) T { return choices[d.IntN(len(choices))] }

// A GUID is written in lower case with hyphens.
type GUID [16]byte

// String returns the GUID's text.
func (g GUID) String() string { return string(g.append(nil)) }

func (g GUID) append(dst []byte) []byte {
	var b [36]byte
	hex.Encode(b[:8], g[:4])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	hex.Encode(b[9:13], g[4:6])
	hex.Encode(b[14:18], g[6:8])
	hex.Encode(b[19:23], g[8:10])
	hex.Encode(b[24:], g[10:])
	return append(dst, b[:]...)
}

// bare returns the GUID without hyphens, as authorization evidence has it.
func (g GUID) bare() string { return hex.EncodeToString(g[:]) }
