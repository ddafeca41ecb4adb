package output

import "nephoscope/internal/schema"

// sizeOf returns about how many bytes values are when they are written.
func sizeOf(values []any) int64 {
	n := int64(0)
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case string:
			n += int64(len(v))
		case schema.DynamicValue:
			n += int64(len(v))
		case schema.GUIDValue:
			n += int64(len(v))
		case schema.DecimalValue:
			n += int64(len(v))
		default:
			n += 8
		}
	}
	return n
}
