package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

// A mark is what one key of an object says about its shape.
type mark uint16

const (
	markTime          mark = 1 << iota // time: hub
	markEventTime                      // eventTimestamp: REST
	markREST                           // a key that only REST events have
	markLocalized                      // operationName or status as {value, localizedValue}
	markOperation                      // operationName of a hub record
	markHub                            // another key of hub records
	markTimeGenerated                  // TimeGenerated: table
	markTable                          // a column that only AzureActivity has
	markColumn                         // a column that AzureActivity shares with others
	markOtherTable                     // Type or $table names another table
)

// shapeOf tells the shape of the object whose tape nodes are, from the first
// keys that tell; unclear is the answer for an object whose keys do not tell.
func shapeOf(text []byte, nodes []event.Node, unclear event.Shape) event.Shape {
	var seen mark
	for i := int32(1); int(i) < len(nodes); i = nodes[i].Next {
		seen |= markOf(text, nodes, i)
		switch {
		case seen&markEventTime != 0:
			return event.ShapeREST
		case seen&markTime != 0 && seen&(markOperation|markHub|markLocalized) != 0:
			return event.ShapeHub
		}
	}
	switch {
	case seen&markOtherTable != 0:
		return event.ShapeUnknown
	case seen&markTable != 0, seen&markTimeGenerated != 0 && seen&markColumn != 0:
		return event.ShapeTableRow
	case seen&markREST != 0 && seen&markLocalized != 0:
		return event.ShapeREST
	case seen&markOperation != 0 && seen&markHub != 0:
		return event.ShapeHub
	}
	return unclear
}

// markOf classifies member i. Hub records occur with other casing, so the keys
// of hub records are compared without case, those of REST and table with it.
func markOf(text []byte, nodes []event.Node, i int32) mark {
	n := &nodes[i]
	key := text[n.KeyStart:n.KeyEnd]
	switch string(key) {
	case "time":
		return markTime
	case "eventTimestamp":
		return markEventTime
	case "eventDataId", "submissionTimestamp", "subStatus", "resourceUri", "eventSource", "httpRequest":
		return markREST
	case "TimeGenerated":
		return markTimeGenerated
	case "OperationNameValue", "ActivityStatusValue", "ActivitySubstatusValue", "ActivityStatus", "CategoryValue":
		return markTable
	case "Type", "$table":
		return tableMark(text[n.Start:n.End])
	}
	return foldedMark(text, nodes, i, key)
}

func foldedMark(text []byte, nodes []event.Node, i int32, key []byte) mark {
	var column mark
	if len(key) > 0 && key[0] >= 'A' && key[0] <= 'Z' {
		column = markColumn
	}
	switch {
	case fold(key, "operationName"), fold(key, "status"):
		if nodes[i].Kind == event.Object && hasKey(text, nodes, i, "localizedValue") {
			return markLocalized
		}
		if len(key) == len("status") {
			return 0
		}
		return markOperation | column
	case fold(key, "time"):
		return markTime
	case fold(key, "category"), fold(key, "resourceId"), fold(key, "resultType"), fold(key, "resultSignature"),
		fold(key, "callerIpAddress"), fold(key, "correlationId"):
		return markHub | column
	case fold(key, "caller"), fold(key, "operationId"):
		return column
	}
	return 0
}

func tableMark(value []byte) mark {
	if string(value) == "AzureActivity" {
		return markTable
	}
	return markOtherTable
}

func fold(key []byte, name string) bool {
	return len(key) == len(name) && bytes.EqualFold(key, []byte(name))
}

// hasKey tells whether object i has a member with that key.
func hasKey(text []byte, nodes []event.Node, i int32, key string) bool {
	for c := i + 1; c < nodes[i].Next; c = nodes[c].Next {
		if string(text[nodes[c].KeyStart:nodes[c].KeyEnd]) == key {
			return true
		}
	}
	return false
}
