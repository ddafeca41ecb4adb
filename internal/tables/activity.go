package tables

import (
	"bytes"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// An activity is one event of the REST API, of an event hub or of a storage
// blob, read for the columns. The three differ in names and in a few words,
// so one reading serves all. Everything aliases the record.
type activity struct {
	fields
	rec           *event.Record
	time          instant
	submission    instant
	submitted     text // the submission's time as written, if that has 7 digits and Z
	id            text // of the resource, as written
	parts         resourceID
	eventDataID   text
	identityName  text // an identity that is a name and no object
	authorization event.Value
	claims        event.Value
	token         claims
	details       details
	words         [64]byte // see word
	used          int
}

// collect reads the record.
func (a *activity) collect(rec *event.Record) {
	a.rec = rec
	a.sort(rec.Root())
	a.readIdentity()
	a.readProperties()
	ticks := a.readID()
	a.readTimes(ticks)
	a.token.read(a.claims)
}

// readIdentity finds authorization and claims, which stand at the top (REST)
// or inside identity (hub); each of the three may be text that holds JSON.
func (a *activity) readIdentity() {
	a.authorization = embedded(a.by[fieldAuthorization])
	a.claims = embedded(a.by[fieldClaims])
	identity := embedded(a.by[fieldIdentity])
	if identity.Kind() == event.String {
		a.identityName = notNull(plain(identity))
		if !blank(a.claims) {
			a.keep(a.by[fieldIdentity])
		}
		return
	}
	others := false
	for v := identity.First(); v.Exists(); v = v.Next(identity) {
		switch what := fieldOf(v.Key()); {
		case what == fieldAuthorization && blank(a.authorization):
			a.authorization = embedded(v)
		case what == fieldClaims && blank(a.claims):
			a.claims = embedded(v)
		default:
			others = others || !blank(v)
		}
	}
	if others {
		a.keep(a.by[fieldIdentity])
	}
}

// readProperties looks at the properties once; what is no object stays under
// its own name.
func (a *activity) readProperties() {
	properties := embedded(a.by[fieldProperties])
	if properties.Kind() == event.Object {
		a.details.read(properties)
		return
	}
	if !notNull(plain(properties)).empty() || properties.Kind() == event.Array {
		a.keep(a.by[fieldProperties])
	}
}

// readID takes resource id and event id from their members, or from the REST
// id, which holds both and the time in ticks.
func (a *activity) readID() (ticks []byte) {
	a.id = plain(a.by[fieldResourceID])
	a.eventDataID = plain(a.by[fieldEventDataID])
	id := plain(a.by[fieldID])
	resource, eventID, ticks := cutEventID(id.b)
	a.id = a.id.or(text{resource, id.clean})
	a.eventDataID = a.eventDataID.or(text{eventID, id.clean})
	a.parts = parseResourceID(a.id.b)
	known := bytes.Equal(resource, a.id.b) && bytes.Equal(eventID, a.eventDataID.b)
	if !known || len(ticks) == 0 || a.by[fieldID].Kind() == event.Object {
		a.keep(a.by[fieldID])
	}
	return ticks
}

// cutEventID cuts the id of a REST event: {resource}/events/{id}/ticks/{n}.
func cutEventID(id []byte) (resource, eventID, ticks []byte) {
	i := bytes.LastIndex(id, []byte("/events/"))
	if i < 0 {
		return nil, nil, nil
	}
	resource, rest := id[:i], id[i+len("/events/"):]
	eventID, ticks, ok := bytes.Cut(rest, []byte("/ticks/"))
	if !ok {
		return nil, nil, nil
	}
	return resource, eventID, ticks
}

// readTimes finds the time of the event. When its own member is missing or
// unreadable another time in the record stands in; when there is none the
// time stays unset and the pipeline puts the time of arrival there.
func (a *activity) readTimes(ticks []byte) {
	var own text
	a.time, own = a.readTime(fieldTime)
	a.submission, a.submitted = a.readTime(fieldSubmission)
	if !a.time.ok {
		a.time, own = a.readTime(fieldOtherTime)
	} else if a.by[fieldOtherTime].Exists() {
		a.keep(a.by[fieldOtherTime])
	}
	if !a.time.ok {
		a.time, own = parseTicks(ticks), text{}
	}
	if !a.time.ok {
		a.time, own = a.submission, a.submitted
	}
	if !a.submission.ok {
		a.submission, a.submitted = a.time, own
	}
}

// readTime reads a member that holds a time; a writing that says more than
// the ticks, or cannot be read, is kept. The text is returned if it is the one
// that a diagnostic setting would write.
func (a *activity) readTime(f field) (instant, text) {
	own := plain(a.by[f])
	t := parseTime(own.b)
	if !t.canonical || a.by[f].Kind() == event.Object {
		a.keep(a.by[f])
	}
	if !t.canonical || len(own.b) != len("2006-01-02T15:04:05.0000000Z") {
		own = text{}
	}
	return t, own
}

// parseTicks reads a time given as the number of ticks.
func parseTicks(b []byte) instant {
	if len(b) == 0 || len(b) > 19 {
		return instant{}
	}
	n := int64(0)
	for _, c := range b {
		if c-'0' > 9 || n > int64(schema.MaxDatetime)/10 {
			return instant{}
		}
		n = n*10 + int64(c-'0')
	}
	return instant{ticks: schema.DatetimeValue(n), canonical: true, ok: n > 0 && n <= int64(schema.MaxDatetime)}
}

// notNull empties a text that is the word null.
func notNull(t text) text {
	if string(t.b) == "null" {
		return text{}
	}
	return t
}
