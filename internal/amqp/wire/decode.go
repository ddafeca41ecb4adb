package wire

import "errors"

// Limits of Decode. Check and ParseSections have the same limit of depth and,
// as they make nothing, no limit of values.
const (
	// MaxDepth is how deep values may stand in one another.
	MaxDepth = 32
	// MaxValues is how many values one call of Decode makes.
	MaxValues = 1 << 16
)

// Decode reads the value at the start of b and returns what follows it.
// Binaries are slices of b; all else is copied. It never makes more memory
// than the limits allow, whatever b claims.
func Decode(b []byte) (v any, rest []byte, err error) { return nil, nil, errors.New("not yet") }
