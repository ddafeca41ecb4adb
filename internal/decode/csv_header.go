package decode

import (
	"bytes"
	"strings"

	"nephoscope/internal/event"
)

// headerCSV enters a CSV if the data begin with the header of one.
func (w *walker) headerCSV() state {
	v, partial := w.view()
	end := bytes.IndexByte(v, '\n')
	switch {
	case end < 0 && partial:
		return needMore
	case end < 0 && len(w.b)-w.i > len(v):
		return stepped
	case end < 0:
		end = len(v)
	}
	line := bytes.TrimRight(v[:end], "\r")
	f := frame{kind: inCSV, lead: string(line) + "\n", comma: delimiter(line)}
	fields, _, _ := fieldsCSV(nil, line, f.comma, len(line))
	if bytes.IndexFunc(line, isControl) >= 0 || packed(line) {
		return stepped
	}
	plausible, known := 0, 0
	for _, field := range fields {
		name, ok := columnCSV(line, field)
		if ok {
			plausible++
		}
		if isKnownColumn(name) {
			known++
		}
		f.keys = append(f.keys, appendTextCSV(nil, name, field.doubled))
	}
	if w.format != event.FormatTable && (known == 0 || plausible < max(2, len(fields))) {
		return stepped
	}
	w.stack = append(w.stack, f)
	return w.advance(min(end+1, len(v)))
}

// delimiter returns which of the usual delimiters a header has most.
func delimiter(line []byte) byte {
	best := byte(',')
	for _, c := range []byte(";\t|") {
		if bytes.Count(line, []byte{c}) > bytes.Count(line, []byte{best}) {
			best = c
		}
	}
	return best
}

// columnCSV returns the column's name, and whether it looks like one. The
// portal's export adds the time zone to the names of datetime columns.
func columnCSV(line []byte, f field) (name []byte, plausible bool) {
	name = bytes.TrimSpace(line[f.start:f.end])
	name = bytes.TrimSuffix(name, []byte(" [UTC]"))
	for _, c := range name {
		if !isName(c) && strings.IndexByte(" .-[]():/+@", c) < 0 {
			return name, false
		}
	}
	return name, true
}

func isControl(r rune) bool { return r < ' ' && r != '\t' }

// isKnownColumn tells whether a table of events has a column of that name:
// what distinguishes a header from a line of text with commas.
func isKnownColumn(name []byte) bool {
	switch strings.ToLower(strings.ReplaceAll(string(name), " ", "")) {
	case "timegenerated", "time", "eventtimestamp", "eventsubmissiontimestamp", "correlationid", "category", "categoryvalue",
		"operationname", "operationnamevalue", "activitystatus", "activitystatusvalue", "caller", "resourceid", "_resourceid",
		"subscriptionid", "tenantid", "level":
		return true
	}
	return false
}
