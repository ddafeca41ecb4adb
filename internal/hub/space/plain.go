package space

import (
	"fmt"
	"time"

	"nephoscope/internal/amqp/wire"
)

// plain is a value of the wire in the types that JSON knows.
func plain(v any) any {
	switch v := v.(type) {
	case wire.Map:
		return plainMap(v)
	case wire.List:
		return plainList(v)
	case wire.Array:
		return plainList(v)
	case wire.Described:
		return plain(v.Value)
	case wire.UUID:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case wire.Char:
		return string(rune(v))
	case float32:
		return plainFloat(float64(v), 32)
	case float64:
		return plainFloat(v, 64)
	case time.Time:
		return plainTime(v)
	case wire.Decimal32, wire.Decimal64, wire.Decimal128:
		return fmt.Sprintf("%x", v)
	}
	return v
}

// plainTime is a time, or its milliseconds since 1970 where JSON has no year for
// it.
func plainTime(v time.Time) any {
	if year := v.Year(); year < 0 || year > 9999 {
		return v.UnixMilli()
	}
	return v
}

// plainFloat says in words what JSON has no number for.
func plainFloat(v float64, bits int) any {
	if v-v != 0 {
		return fmt.Sprint(v)
	}
	if bits == 32 {
		return float32(v)
	}
	return v
}

func plainList(values []any) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = plain(v)
	}
	return list
}

func plainMap(m wire.Map) map[string]any {
	out := make(map[string]any, len(m))
	for _, entry := range m {
		out[fmt.Sprint(plain(entry.Key))] = plain(entry.Value)
	}
	return out
}
