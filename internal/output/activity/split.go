package activity

import (
	"cmp"
	"slices"

	"nephoscope/internal/tables"
)

// A record is a row on its way to a record. Properties_d holds in one object
// what stood in several places of the record it came from: the event's own
// properties, then the keys that a diagnostic setting adds, then the members
// that have no column. They are told apart here.
type record struct {
	w      *Writer
	values []any

	resource   tables.Resource
	properties []byte   // Properties_d
	own        []member // of properties
	kept       []member // of the record itself

	list, inner []member // memory
	scratch     []byte
	scan        scanner
}

// sort takes Properties_d apart.
func (r *record) sort() {
	r.resource = tables.ResourceOf(r.id())
	r.own, r.kept = r.own[:0], r.kept[:0]
	text := cmp.Or(r.text(colPropertiesD), r.text(colProperties))
	r.properties = append(r.properties[:0], text...)
	list, ok := r.scan.members(r.list[:0], r.properties)
	r.list = list
	if !ok {
		if text != "" && text != "null" {
			r.own = append(r.own, r.wholeProperties(text))
		}
		return
	}
	first, after := r.addedRun(list)
	r.own = append(r.own, list[:first]...)
	r.dropNested()
	for _, m := range list[after:] {
		r.keep(m)
	}
}

// wholeProperties is what becomes of properties that are no object: the reader
// keeps them under their own name.
func (r *record) wholeProperties(text string) member {
	m := member{name: []byte("properties"), key: []byte(`"properties"`), value: []byte(text)}
	if !r.isJSON(text) {
		m.value = quote(nil, text)
	}
	return m
}

// An added is a key that a diagnostic setting adds, with what a reader will
// find by itself.
type added struct{ name, value string }

// added lists these keys in the order in which the mapping writes them.
func (r *record) added() [10]added {
	return [10]added{
		{"caller", r.text(colCaller)},
		{"eventDataId", r.text(colEventDataID)},
		{"eventSubmissionTimestamp", r.time(colSubmission)},
		{"httpRequest", r.text(colHTTP)},
		{"resource", r.resource.Names},
		{"resourceGroup", cmp.Or(r.resource.Group, r.text(colGroup))},
		{"resourceProviderValue", cmp.Or(r.resource.Provider, r.text(colProvider))},
		{"subscriptionId", cmp.Or(r.resource.Subscription, r.text(colSubscription))},
		{"activityStatusValue", r.text(colStatus)},
		{"activitySubstatusValue", r.text(colSubstatus)},
	}
}

// addedRun finds the last run of keys that a diagnostic setting adds and that
// say what a reader will find by itself: members before it are the event's own, those after it
// are of the record itself. Without a run all members are the event's own.
func (r *record) addedRun(list []member) (first, after int) {
	added := r.added()
	place := func(m *member) int {
		for i := range added {
			if a := &added[i]; a.value != "" && string(m.name) == a.name && m.is(a.value) {
				return i
			}
		}
		return -1
	}
	last := len(list) - 1
	for last >= 0 && place(&list[last]) < 0 {
		last--
	}
	if last < 0 {
		return len(list), len(list)
	}
	first = last
	for at := place(&list[last]); first > 0; first-- {
		before := place(&list[first-1])
		if before < 0 || before >= at {
			break
		}
		at = before
	}
	return first, last + 1
}

// keep puts a member of the record itself where it can stand: at the top if
// it is one of those that Azure writes there and no column has. Any other
// would be taken for something else at the top, and goes to the properties.
// The object "record" holds those whose name is taken in Properties_d.
func (r *record) keep(m member) {
	if atTop(string(m.name)) {
		r.kept = append(r.kept, m)
		return
	}
	if string(m.name) == clashes {
		inner, ok := r.scan.members(r.inner[:0], m.value)
		r.inner = inner
		if ok && !slices.ContainsFunc(inner, func(m member) bool { return !atTop(string(m.name)) }) {
			r.kept = append(r.kept, inner...)
			return
		}
	}
	r.own = append(r.own, m)
}

// atTop tells whether a member of that name has its place in the record
// itself.
func atTop(name string) bool {
	switch name {
	case "resultSignature", "resultDescription", "durationMs", "location", "tenantId", "operationVersion",
		"RoleLocation", "Stamp", "ReleaseVersion", "channels", "eventName", "resourceType", "description":
		return true
	}
	return false
}

// dropNested drops the copies of what properties hold one level deeper, in
// eventProperties: a reader finds them there again.
func (r *record) dropNested() {
	nested := named(r.own, "eventProperties")
	if nested == nil {
		return
	}
	inner, _ := r.scan.members(r.inner[:0], nested.value)
	r.inner = inner
	for n := len(r.own); n > 0; n-- {
		last := &r.own[n-1]
		same := named(inner, string(last.name))
		if same == nil || string(same.value) != string(last.value) {
			return
		}
		r.own = r.own[:n-1]
	}
}

// take returns the value of a kept member and drops it, nil if there is none.
func (r *record) take(name string) []byte {
	m := named(r.kept, name)
	if m == nil {
		return nil
	}
	value := m.value
	m.key = nil // taken
	return value
}
