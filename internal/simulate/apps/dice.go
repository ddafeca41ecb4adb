package apps

import (
	"encoding/hex"
	"math/rand/v2"
	"time"
)

// dice is the one source of chance.
type dice struct{ *rand.Rand }

// purpose keeps these throws apart from those of the company.
const purpose = 11

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, purpose))} }

// chance is true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between returns a number in [low, high].
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// span returns a duration in [low, high) in whole milliseconds.
func (d dice) span(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64(high-low))).Truncate(time.Millisecond)
}

// digits returns 2n hexadecimal digits.
func (d dice) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.Uint64())
	}
	return hex.EncodeToString(b)
}

// guid returns the text of a GUID.
func (d dice) guid() string {
	h := d.digits(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// pick returns one of the choices.
func pick[T any](d dice, choices []T) T { return choices[d.IntN(len(choices))] }
