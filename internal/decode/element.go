package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

// begin looks at the start of the data: a CSV begins with its header.
func (w *walker) begin() state {
	w.i = skipSeparators(w.b, w.i, false)
	if w.i >= len(w.b) || w.cutBOM() {
		return w.atEnd()
	}
	st := stepped
	if c := w.b[w.i]; c != '{' && c != '[' && w.texts == 0 {
		st = w.headerCSV()
	}
	w.begun = st == stepped
	return st
}

// cutBOM tells whether the window ends within what may be a byte order mark.
func (w *walker) cutBOM() bool {
	rest := w.b[w.i:]
	return !w.eof && len(rest) < len(utf8BOM) && bytes.HasPrefix([]byte(utf8BOM), rest)
}

// scalar handles what is no container and no text: a number or literal, which
// cannot be a record, or garbage.
func (w *walker) scalar() state {
	v, partial := w.view()
	end, kind := scalarEnd(v, 0)
	if kind == event.Missing {
		if partial && scalarFault(v, 0).reason == ReasonTruncated {
			return needMore
		}
		return w.garbage()
	}
	return w.notObject(v, end, partial)
}

// notObject rejects the complete value v[:end] if something that may follow a
// value follows it; otherwise it is garbage.
func (w *walker) notObject(v []byte, end int, partial bool) state {
	switch {
	case end < len(v) && !delimits(v[end]):
		return w.garbage()
	case end >= len(v) && partial:
		return needMore
	}
	w.refuse(v[:end], w.base+int64(w.i), ReasonNotObject, func() string { return "expected an object" })
	return w.advance(end)
}

// delimits tells whether c may follow a value. Among these are all bytes that
// end garbage, so a value does not become garbage by what stands beyond it.
func delimits(c byte) bool {
	return isSpace(c) || c == ',' || c == 0 || c == 0x1e || c == '}' || endsGarbage(c)
}

func endsGarbage(c byte) bool { return c == '\n' || c == '{' || c == '[' || c == ']' }

// text decodes the string at w.i as a message of its own if it holds JSON.
func (w *walker) text() state {
	v, partial := w.view()
	end, escaped := stringEnd(v, 1)
	switch {
	case end < 0 && partial && stringFault(v, 1).reason == ReasonTruncated:
		return needMore
	case end < 0:
		return w.garbage()
	case end+1 < len(v) && !delimits(v[end+1]):
		return w.garbage()
	case end+1 >= len(v) && partial:
		return needMore
	}
	inner := bytes.TrimSpace(v[1:end])
	if escaped {
		inner = bytes.TrimSpace(event.AppendUnescaped(nil, inner))
	}
	if w.texts == maxTexts || len(inner) == 0 || bytes.IndexByte([]byte(`{["`), inner[0]) < 0 {
		return w.notObject(v, end+1, partial)
	}
	w.within(inner)
	return w.advance(end + 1)
}

// within walks JSON that is not in the window.
func (w *walker) within(b []byte) {
	sub := newWalker(w.d, w.format)
	sub.texts = w.texts + 1
	sub.b, sub.eof, sub.base, sub.index = b, true, w.offset(w.i), w.index
	sub.yield, sub.reject = w.yield, w.reject
	w.err = sub.walk()
	w.index = sub.index
}

// tail passes one member of an envelope after its list, or leaves the
// envelope. A second list is entered like the first.
func (w *walker) tail() state {
	v, partial := w.view()
	if v[0] == '}' {
		w.pop()
		return w.advance(1)
	}
	at, key, f := memberValue(v)
	if f.reason == "" && v[at] == '[' && w.watch.listOf(key) == records {
		w.stack[len(w.stack)-1].kind = inList
		return w.advance(at + 1)
	}
	end := 0
	if f.reason == "" {
		end, f = w.d.scan.skip(v[at:])
	}
	if f.reason != "" && f.mendable() {
		end, f = w.d.mend.member(v)
		at = 0
	}
	switch {
	case partial && (f.reason == ReasonTruncated || at+end == len(v)):
		return needMore
	case f.reason != "":
		return w.badTail(v[0])
	}
	return w.advance(at + end)
}

// badTail leaves an envelope whose tail is not JSON, as if its brace were
// missing. Like the rest of a tail, what stands before the next bracket holds
// no records and is dropped.
func (w *walker) badTail(c byte) state {
	w.pop()
	if endsGarbage(c) {
		return stepped
	}
	w.garbage()
	w.sync.silent = true
	return stepped
}

// memberValue reads comma, key and colon and returns where the value begins.
func memberValue(v []byte) (at int, key []byte, f fault) {
	i := 0
	if v[0] == ',' {
		i = skipSpace(v, 1)
	}
	if i >= len(v) || v[i] != '"' {
		return 0, nil, missing(v, i, "a key in double quotes")
	}
	end, _ := stringEnd(v, i+1)
	if end < 0 {
		return 0, nil, stringFault(v, i+1)
	}
	key = v[i+1 : end]
	i = skipSpace(v, end+1)
	if i >= len(v) || v[i] != ':' {
		return 0, nil, missing(v, i, "a colon")
	}
	i = skipSpace(v, i+1)
	if i >= len(v) {
		return 0, nil, missing(v, i, "a value")
	}
	return i, key, fault{}
}
