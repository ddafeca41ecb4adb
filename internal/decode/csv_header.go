package decode

import (
	"bytes"
	"slices"
	"strings"

	"nephoscope/internal/event"
)

// headerCSV enters a CSV if the data begin with the header of one, maybe after
// Excel's line that tells the delimiter.
func (w *walker) headerCSV() state {
	v, partial := w.view()
	start, end, csv := headOfCSV(v)
	whole := end < len(v)-1 || end < len(v) && v[end] == '\n'
	switch {
	case !whole && partial:
		return needMore
	case !whole && len(w.b)-w.i > len(v):
		return stepped
	}
	line := bytes.TrimRight(v[start:end], "\r")
	csv.header = string(line)
	f := frame{kind: inCSV, lead: string(v[:start]) + csv.header + strings.Repeat(string(csv.eol), 2), csv: csv}
	fields, _, _ := fieldsCSV(nil, line, csv, len(line))
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
	renamePortal(f.keys)
	w.stack = append(w.stack, f)
	return w.advance(min(end+1, len(v)))
}

// headOfCSV returns where in v the line with the names is, and how the CSV is
// written: a carriage return ends its lines only if no line feed follows it.
func headOfCSV(v []byte) (start, end int, csv dialect) {
	csv.eol = '\n'
	end = lineEnd(v, 0)
	if line := bytes.ToLower(v[:end]); len(line) == len("sep=,") && string(line[:4]) == "sep=" && end < len(v) {
		csv.comma = line[4]
		start = end + 1
		if v[end] == '\r' && start < len(v) && v[start] == '\n' {
			start++
		}
		end = lineEnd(v, start)
	}
	if end+1 < len(v) && v[end] == '\r' {
		if v[end+1] == '\n' {
			end++
		} else {
			csv.eol = '\r'
		}
	}
	if csv.comma == 0 {
		csv.comma = delimiter(v[start:end])
	}
	return start, end, csv
}

func lineEnd(v []byte, i int) int {
	for i < len(v) && v[i] != '\r' && v[i] != '\n' {
		i++
	}
	return i
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

// renamePortal gives the columns of the portal's own list of events the names
// of the table's. Those that say something else than a column stay as they are.
func renamePortal(keys [][]byte) {
	isPortal := func(key []byte) bool { return string(key) == "Event initiated by" }
	if !slices.ContainsFunc(keys, isPortal) {
		return
	}
	for i, key := range keys {
		switch string(key) {
		case "Time":
			keys[i] = []byte("TimeGenerated")
		case "Correlation ID":
			keys[i] = []byte("CorrelationId")
		case "Operation name":
			keys[i] = []byte("OperationName")
		case "Status":
			keys[i] = []byte("ActivityStatus")
		case "Event category":
			keys[i] = []byte("CategoryValue")
		case "Event initiated by":
			keys[i] = []byte("Caller")
		case "Resource group":
			keys[i] = []byte("ResourceGroup")
		}
	}
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
