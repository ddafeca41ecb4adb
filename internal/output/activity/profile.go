package activity

import (
	"bytes"
	"strings"
)

// appendProfile appends the members of a record of a log profile.
func (r *record) appendProfile(dst []byte) []byte {
	dst = r.appendHead(dst)
	dst = appendText(dst, "category", r.verb())
	dst = r.appendResult(dst)
	if d := r.take("durationMs"); d != nil {
		dst = append(append(appendName(dst, "durationMs"), number(d)...), ',')
	}
	dst = r.appendAddress(dst)
	dst = appendText(dst, "correlationId", r.text(colCorrelation))
	dst = r.appendIdentity(dst)
	level := r.text(colLevel)
	if level == "Informational" {
		level = "Information"
	}
	dst = appendText(dst, "level", level)
	if own := r.take("location"); own != nil {
		dst = append(append(appendName(dst, "location"), own...), ',')
	} else {
		dst = appendText(dst, "location", "global")
	}
	return r.appendProfileProperties(dst)
}

// verb returns the kind of operation, which log profiles write for a category:
// as the record had it, or told by the last segment of the operation.
func (r *record) verb() string {
	if i := len(r.own) - 1; i >= 0 && string(r.own[i].name) == "category" {
		for _, verb := range []string{"Write", "Delete", "Action"} {
			if r.own[i].is(verb) {
				r.own = r.own[:i]
				return verb
			}
		}
	}
	return Verb(r.text(colOperation))
}

// Verb returns the kind of an operation in the words of log profiles: Write,
// Delete, or Action for everything else.
func Verb(operation string) string {
	switch last := operation[strings.LastIndexByte(operation, '/')+1:]; {
	case strings.EqualFold(last, "write"):
		return "Write"
	case strings.EqualFold(last, "delete"):
		return "Delete"
	default:
		return "Action"
	}
}

// number takes the quotes off a number that is written as text.
func number(value []byte) []byte {
	inner := bytes.Trim(value, `"`)
	if len(inner) == 0 || len(inner) > 15 || inner[0] == '0' && len(inner) > 1 {
		return value
	}
	for _, c := range inner {
		if c-'0' > 9 {
			return value
		}
	}
	return inner
}

// appendProfileProperties appends the properties so that a reader derives the
// event category: where it would not, they go one level deeper, into
// eventProperties, as health events have them.
func (r *record) appendProfileProperties(dst []byte) []byte {
	category := r.category()
	own := r.withHierarchy()
	if category == derived(own) {
		return appendProperties(dst, own)
	}
	dst = append(appendName(dst, "properties"), '{')
	dst = appendText(dst, "eventCategory", category)
	if len(own) > 0 {
		dst = append(appendMembers(appendName(dst, "eventProperties"), own), ',')
	}
	return append(closed(dst), ',')
}

// derived returns the event category that a reader finds in properties.
func derived(own []member) string {
	if told := named(own, "eventCategory"); told != nil && len(told.value) > 2 && told.value[0] == '"' {
		return string(told.value[1 : len(told.value)-1])
	}
	if named(own, "policies") != nil {
		return "Policy"
	}
	return "Administrative"
}
