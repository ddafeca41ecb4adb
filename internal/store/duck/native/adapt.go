package native

// Adapters from plain Go functions to functions over a batch. A result that
// is not ok is NULL, and so is the result for a NULL argument, except that
// texts have no NULL: it counts as empty.

func toText(name string, args []sqlType, f func(b *batch, row int, dst []byte) ([]byte, bool)) function {
	run := func(b *batch) {
		b.ends = make([]uint64, b.rows)
		for row := range b.rows {
			ok := !b.missing(args, row)
			if ok {
				b.buf, ok = f(b, row, b.buf)
			}
			if !ok {
				b.setNull(row)
			}
			b.ends[row] = uint64(len(b.buf))
		}
	}
	return function{name: name, args: args, result: text, run: run}
}

func toValue[T any](name string, args []sqlType, result sqlType, f func(b *batch, row int) (T, bool)) function {
	run := func(b *batch) {
		for row := range b.rows {
			var v T
			ok := !b.missing(args, row)
			if ok {
				v, ok = f(b, row)
			}
			if !ok {
				b.setNull(row)
			}
			setResult(b, row, v)
		}
	}
	return function{name: name, args: args, result: result, run: run}
}

// missing tells whether an argument that is no text is NULL.
func (b *batch) missing(args []sqlType, row int) bool {
	for col, t := range args {
		if t != text && b.null(col, row) {
			return true
		}
	}
	return false
}

func longToText(name string, f func(dst []byte, n int64) []byte) function {
	return toText(name, []sqlType{long}, func(b *batch, row int, dst []byte) ([]byte, bool) {
		return f(dst, b.long(0, row)), true
	})
}

func textToLong(name string, f func(string) (int64, bool)) function {
	return toValue(name, []sqlType{text}, long, func(b *batch, row int) (int64, bool) {
		return f(b.text(0, row))
	})
}

func textToText(name string, f func(string) (string, bool)) function {
	return toText(name, []sqlType{text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
		s, ok := f(b.text(0, row))
		return append(dst, s...), ok
	})
}
