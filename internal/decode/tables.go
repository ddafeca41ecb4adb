package decode

import (
	"strconv"

	"nephoscope/internal/event"
)

// tableFrame makes the frame for the rows of a table of a query response. head
// is the table up to its rows, nodes its tape.
func tableFrame(head []byte, nodes []event.Node) frame {
	c := columnsOf(head, nodes)
	f := frame{
		kind: inRows,
		lead: `{"columns":` + string(head[nodes[c].Start:nodes[c].End]) + `,"rows":[`,
	}
	for i := c + 1; i < nodes[c].Next; i = nodes[i].Next {
		f.keys = append(f.keys, columnName(head, nodes, i))
	}
	return f
}

// columnName returns the name of column i as it stands between quotes. It is a
// member of an object, except in answers that list bare names.
func columnName(text []byte, nodes []event.Node, i int32) []byte {
	if nodes[i].Kind == event.String {
		return clone(text[nodes[i].Start:nodes[i].End])
	}
	if nodes[i].Kind != event.Object {
		return nil
	}
	for m := i + 1; m < nodes[i].Next; m = nodes[m].Next {
		key := text[nodes[m].KeyStart:nodes[m].KeyEnd]
		if nodes[m].Kind == event.String && (fold(key, "name") || fold(key, "columnName")) {
			return clone(text[nodes[m].Start:nodes[m].End])
		}
	}
	return nil
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

// row decodes the array at w.i, a row, as an object with the columns' names.
func (w *walker) row() state {
	v, partial := w.view()
	r := w.d.read(v, 0)
	switch {
	case r.out == complete:
		w.rowRecord(v[:r.end], r)
		return w.advance(r.end)
	case r.early(v) && partial:
		return needMore
	}
	return w.lose(']')
}

// rowRecord yields the object made from row r; raw is the row as received.
func (w *walker) rowRecord(raw []byte, r reading) {
	keys, nodes := w.stack[len(w.stack)-1].keys, w.d.scan.nodes
	out, n := append(w.d.row[:0], '{'), 0
	for i := int32(1); int(i) < len(nodes); i = nodes[i].Next {
		if n < len(keys) {
			out = appendMember(out, keys[n], jsonOf(r.text, &nodes[i]))
		}
		n++
	}
	out = append(out, '}')
	w.d.row = out
	if n != len(keys) {
		w.refuse(raw, w.offset(w.i), ReasonSyntax, func() string {
			return "expected " + strconv.Itoa(len(keys)) + " values, one for each column, not " + strconv.Itoa(n)
		})
		return
	}
	w.d.scan.scan(out)
	w.record(out, r.mended)
}

// jsonOf returns a node's JSON.
func jsonOf(text []byte, n *event.Node) []byte {
	if n.Kind == event.String {
		return text[n.Start-1 : n.End+1]
	}
	return text[n.Start:n.End]
}

// appendMember appends a member to an object that is being written.
func appendMember(dst, key, value []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(append(append(dst, '"'), key...), '"', ':')
	return append(dst, value...)
}
