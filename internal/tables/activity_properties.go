package tables

import (
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// An added is a key that a diagnostic setting writes into Properties_d.
type added struct {
	key   string
	value text
}

// submittedText returns the time of submission as a diagnostic setting writes
// it: with 7 fractional digits.
func (a *activity) submittedText(space []byte) text {
	if !a.submission.ok || !a.submitted.empty() {
		return a.submitted
	}
	return text{appendTime(space, a.submission.ticks), true}
}

// writeProperties fills Properties_d: the properties, the keys a diagnostic
// setting adds, and whatever had no column. It returns the resource's name.
func (a *activity) writeProperties(rows *schema.Rows, adds []added) (resource text) {
	set(rows, colStatusCode, plain(a.details.statusCode))
	resource = plain(a.details.resource)
	buf := rows.Build(colPropertiesD)
	start := len(buf)
	buf = a.details.appendMembers(append(buf, '{'))
	for i := range adds {
		add := &adds[i]
		switch {
		case a.details.get(add.key).Exists():
		case add.key == "resource":
			buf, resource = a.appendResource(buf)
		case !add.value.empty():
			buf = appendMember(buf, add.key, add.value)
		}
	}
	buf = a.appendKept(buf)
	if len(buf) > start+1 {
		rows.Built(colPropertiesD, closeObject(buf))
	}
	return resource
}

// appendResource appends "resource":"names", and returns the names.
func (a *activity) appendResource(dst []byte) (out []byte, names text) {
	if len(a.parts.path) == 0 {
		return dst, text{}
	}
	if !a.id.clean {
		if names = (text{b: a.parts.appendNames(nil)}); names.empty() {
			return dst, names
		}
		return appendMember(dst, "resource", names), names
	}
	n := len(dst)
	dst = append(appendKey(dst, "resource"), '"')
	start := len(dst)
	dst = a.parts.appendNames(dst)
	if len(dst) == start {
		return dst[:n], text{}
	}
	names = text{dst[start:], true}
	return append(dst, '"', ','), names
}

// clashes is where a member goes whose name is taken in Properties_d by
// another value.
const clashes = "record"

// appendKept appends the members that have no column under their own names.
func (a *activity) appendKept(dst []byte) []byte {
	var taken []event.Value
	for i := range a.count + len(a.more) {
		v := a.keptAt(i)
		same, there := a.details.has(v)
		switch {
		case same:
		case there || isAdded(v.Key()):
			taken = append(taken, v)
		default:
			dst = appendOwn(dst, v)
		}
	}
	if len(taken) == 0 {
		return dst
	}
	dst = append(appendKey(dst, clashes), '{')
	for _, v := range taken {
		dst = appendOwn(dst, v)
	}
	return append(closeObject(dst), ',')
}

func (a *activity) keptAt(i int) event.Value {
	if i < a.count {
		return a.kept[i]
	}
	return a.more[i-a.count]
}

// isAdded tells whether a diagnostic setting adds a key of that name, or the
// name is that of the clashes.
func isAdded(key []byte) bool {
	switch string(key) {
	case "caller", "eventDataId", "eventSubmissionTimestamp", "httpRequest", "resource", "resourceGroup",
		"resourceProviderValue", "subscriptionId", "activityStatusValue", "activitySubstatusValue", clashes:
		return true
	default:
		return false
	}
}
