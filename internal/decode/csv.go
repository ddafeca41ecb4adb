package decode

import (
	"bytes"
	"strconv"
)

// maxProbeCSV is how far a row may reach that is read to try where the rows
// begin again after a broken one.
const maxProbeCSV = 64 << 10

// A field is one field of a CSV row: where its text is, without quotes.
type field struct {
	start, end int
	doubled    bool // quotes in the text are doubled
}

// A dialect is how a CSV is written.
type dialect struct {
	header     string // the line with the names, without its end
	comma, eol byte
}

// rowCSV decodes the row at w.i as an object of strings.
func (w *walker) rowCSV() state {
	for w.i < len(w.b) && (w.b[w.i] == '\r' || w.b[w.i] == '\n' || w.b[w.i] == 0) {
		w.i++
	}
	if w.i >= len(w.b) {
		return w.atEnd()
	}
	f := &w.stack[len(w.stack)-1]
	v, partial := w.view()
	fields, end, out := fieldsCSV(w.d.fields[:0], v, f.csv, len(v))
	w.d.fields = fields
	switch {
	case out != rowWhole && partial:
		return needMore
	case out == rowInQuotes, out == rowCut && len(w.b)-w.i > len(v):
		return w.loseCSV(-1)
	case len(fields) != len(f.keys):
		return w.loseCSV(end)
	}
	if string(bytes.TrimRight(v[:end], "\r\n")) != f.csv.header {
		w.recordCSV(v, fields, f.keys)
	}
	return w.advance(end)
}

// whyCSV tells what is wrong with the row raw.
func (w *walker) whyCSV(raw []byte) fault {
	f := &w.stack[len(w.stack)-1]
	fields, end, out := fieldsCSV(w.d.fields[:0], raw, f.csv, len(raw))
	w.d.fields = fields
	switch got, want := len(fields), len(f.keys); {
	case out == rowInQuotes:
		return fault{end, ReasonTruncated, "the closing quote of a field"}
	case out == rowCut && got < want:
		return fault{end, ReasonTruncated, "field " + strconv.Itoa(got+1) + " of " + strconv.Itoa(want)}
	default:
		return fault{end, ReasonSyntax, strconv.Itoa(want) + " fields, not " + strconv.Itoa(got) + ","}
	}
}

func (w *walker) recordCSV(v []byte, fields []field, keys [][]byte) {
	out := append(w.d.row[:0], '{')
	for i, f := range fields {
		out = appendMember(out, keys[i], []byte{'"'})
		out = append(appendTextCSV(out, v[f.start:f.end], f.doubled), '"')
	}
	w.d.row = append(out, '}')
	w.d.scan.watch = 0
	w.d.scan.scan(w.d.row)
	w.record(w.d.row, false)
}

// appendTextCSV appends a field's text as it stands in a JSON string.
func appendTextCSV(dst, text []byte, doubled bool) []byte {
	for i := 0; i < len(text); {
		n := appendRun(&dst, text[i:], '"')
		if doubled && text[i] == '"' {
			n++
		}
		i += n
	}
	return dst
}

// A rowState tells how fieldsCSV came to an end.
type rowState uint8

const (
	rowWhole    rowState = iota // at the end of a line
	rowCut                      // at the end of the text
	rowInQuotes                 // at the end of the text, in quotes
)

// fieldsCSV splits the row that v begins with and returns where the next one
// begins. It stops when there are more than limit fields.
func fieldsCSV(dst []field, v []byte, csv dialect, limit int) (fields []field, end int, out rowState) {
	for i := 0; len(dst) <= limit; i++ {
		f, next := fieldCSV(v, i, csv)
		if next < 0 {
			return dst, len(v), rowInQuotes
		}
		dst, i = append(dst, f), next
		switch {
		case i >= len(v):
			return dst, i, rowCut
		case v[i] == csv.eol:
			return dst, i + 1, rowWhole
		}
	}
	return dst, len(v), rowWhole
}

// fieldCSV reads the field at i and returns where the delimiter or the end of
// the line after it is, -1 if a quote is not closed.
func fieldCSV(v []byte, i int, csv dialect) (f field, next int) {
	if i >= len(v) || v[i] != '"' {
		next = plainFieldEnd(v, i, csv)
		end := next
		if end < len(v) && v[end] == '\n' && end > i && v[end-1] == '\r' {
			end--
		}
		return field{start: i, end: end}, next
	}
	f.start = i + 1
	for j := f.start; ; j += 2 {
		n := bytes.IndexByte(v[j:], '"')
		if n < 0 {
			return f, -1
		}
		j += n
		if j+1 < len(v) && v[j+1] == '"' {
			f.doubled = true
			continue
		}
		f.end = j
		next = plainFieldEnd(v, j+1, csv)
		if len(bytes.TrimSpace(v[j+1:next])) > 0 {
			f.end = next // text after the closing quote is kept
		}
		return f, next
	}
}

func plainFieldEnd(v []byte, i int, csv dialect) int {
	for i < len(v) && v[i] != csv.comma && v[i] != csv.eol {
		i++
	}
	return i
}

// loseCSV gives up the row at w.i, which ends end bytes on if its quotes are
// right, -1 if they cannot be.
func (w *walker) loseCSV(end int) state {
	start := w.base + int64(w.i)
	w.sync = resync{on: true, csv: true, start: start, pos: w.i, open: w.sync.open, end: -1}
	if end >= 0 {
		w.sync.end = start + int64(end)
	}
	return w.resync()
}

// resyncCSV looks for the end of a broken row: the first line that begins a
// whole row, or the row's own end.
func (w *walker) resyncCSV() state {
	s, eol := &w.sync, w.stack[len(w.stack)-1].csv.eol
	for {
		n := bytes.IndexByte(w.b[min(s.pos, len(w.b)):], eol)
		next := s.pos + n + 1
		at := w.base + int64(next)
		switch {
		case n < 0 && w.eof:
			return w.found(len(w.b))
		case n >= 0 && s.end >= 0 && at >= s.end:
			return w.found(next)
		case n < 0, !w.eof && len(w.b)-next < maxProbeCSV:
			return needMore
		case w.wholeRow(w.b[next:min(len(w.b), next+maxProbeCSV)]):
			return w.found(next)
		}
		s.pos = next
	}
}

func (w *walker) wholeRow(v []byte) bool {
	f := &w.stack[len(w.stack)-1]
	fields, _, out := fieldsCSV(w.d.fields[:0], v, f.csv, len(f.keys))
	w.d.fields = fields
	return out != rowInQuotes && len(fields) == len(f.keys) && (out == rowWhole || len(v) < maxProbeCSV)
}
