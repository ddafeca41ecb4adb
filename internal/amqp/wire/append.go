package wire

import "time"

// AppendValue writes v in its most compact encoding. It takes the types of the
// table above and int (as long); any other type is a mistake in our own code,
// and panics.
func AppendValue(b []byte, v any) []byte { return b }

// AppendNull writes null.
func AppendNull(b []byte) []byte { return b }

// AppendBool writes a boolean.
func AppendBool(b []byte, v bool) []byte { return b }

// AppendUint writes a uint.
func AppendUint(b []byte, v uint32) []byte { return b }

// AppendUlong writes a ulong.
func AppendUlong(b []byte, v uint64) []byte { return b }

// AppendInt writes an int.
func AppendInt(b []byte, v int32) []byte { return b }

// AppendLong writes a long.
func AppendLong(b []byte, v int64) []byte { return b }

// AppendLongFixed writes a long in nine bytes, whatever its value.
func AppendLongFixed(b []byte, v int64) []byte { return b }

// AppendTimestamp writes a timestamp in nine bytes, cut to milliseconds.
func AppendTimestamp(b []byte, t time.Time) []byte { return b }

// AppendBinary writes a binary.
func AppendBinary(b, v []byte) []byte { return b }

// AppendString writes a string.
func AppendString(b []byte, s string) []byte { return b }

// AppendSymbol writes a symbol.
func AppendSymbol(b []byte, s Symbol) []byte { return b }

// AppendMap writes a map.
func AppendMap(b []byte, m Map) []byte { return b }
