package wire

import "time"

// openComposite writes the descriptor of a composite type and opens its list.
// Composites are always written with all their fields: some clients look at
// fields by position without looking at the length.
func openComposite(b []byte, code byte) (_ []byte, at int) {
	return openCompound(append(b, codeDescribed, codeUlong8, code))
}

// The functions below write a field, and null for one that is absent.

func appendText(b []byte, s string) []byte {
	if s == "" {
		return AppendNull(b)
	}
	return AppendString(b, s)
}

func appendSymbol(b []byte, s Symbol) []byte {
	if s == "" {
		return AppendNull(b)
	}
	return AppendSymbol(b, s)
}

func appendSymbols(b []byte, s []Symbol) []byte {
	if len(s) == 0 {
		return AppendNull(b)
	}
	return appendArray(b, anys(s))
}

func appendMapping(b []byte, m Map) []byte {
	if m == nil {
		return AppendNull(b)
	}
	return AppendMap(b, m)
}

func appendOptional(b, v []byte) []byte {
	if v == nil {
		return AppendNull(b)
	}
	return AppendBinary(b, v)
}

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return AppendNull(b)
	}
	return AppendTimestamp(b, t)
}

func appendUbyte(b []byte, v uint8) []byte { return append(b, codeUbyte, v) }

func appendUshort(b []byte, v uint16) []byte {
	return append(b, codeUshort, byte(v>>8), byte(v))
}

func appendMaybeUint(b []byte, v uint32, present bool) []byte {
	if !present {
		return AppendNull(b)
	}
	return AppendUint(b, v)
}
