package decode

import "nephoscope/internal/event"

// shapeIn returns the shape of the records that a container of that format
// holds.
func shapeIn(f event.Format) event.Shape {
	switch f {
	case event.FormatREST:
		return event.ShapeREST
	case event.FormatHub, event.FormatStorage:
		return event.ShapeHub
	case event.FormatTable:
		return event.ShapeTableRow
	}
	return event.ShapeUnknown
}

// forcedShape returns the shape of an object whose keys do not tell: the one
// that the format forces, but only if some key speaks for it and none for
// another. Anything else forced on the wrong data would become a row without
// content.
func forcedShape(text []byte, nodes []event.Node, forced event.Shape) event.Shape {
	var seen mark
	for i := int32(1); int(i) < len(nodes); i = nodes[i].Next {
		seen |= markOf(text, nodes, i)
	}
	const (
		rest = markEventTime | markREST | markLocalized
		row  = markTimeGenerated | markTable
		both = markOperation | markHub // of hub records and of REST events
	)
	var of, against mark
	switch forced {
	case event.ShapeREST:
		of, against = rest|both, markTime|row|markColumn
	case event.ShapeHub:
		of, against = markTime|both, rest|row
	case event.ShapeTableRow:
		of, against = row|markColumn, rest
	}
	if seen&of == 0 || seen&(against|markOtherTable) != 0 {
		return event.ShapeUnknown
	}
	return forced
}
