package tables

import (
	"bytes"

	"nephoscope/internal/event"
)

// details are the properties of an event. Health events nest them one level
// deeper, in eventProperties; both levels answer to a name.
type details struct {
	object, nested event.Value
	names          uint64 // a set of hashes of names that are there
	eventCategory  event.Value
	hierarchy      event.Value
	policies       event.Value
	statusCode     event.Value
	resource       event.Value
}

// read looks at each member once.
func (d *details) read(object event.Value) {
	d.object = object
	d.readMembers(object)
	if d.nested.Exists() {
		nested := d.nested
		d.readMembers(nested)
		d.nested = nested
	}
}

func (d *details) readMembers(object event.Value) {
	for v := object.First(); v.Exists(); v = v.Next(object) {
		key := v.RawKey()
		if v.KeyEscaped() {
			key = v.Key()
		}
		d.names |= nameBit(key)
		switch string(key) {
		case "eventCategory":
			d.eventCategory = first(d.eventCategory, v)
		case "hierarchy":
			d.hierarchy = first(d.hierarchy, v)
		case "policies":
			d.policies = first(d.policies, v)
		case "statusCode":
			d.statusCode = first(d.statusCode, v)
		case "resource":
			d.resource = first(d.resource, v)
		case "eventProperties":
			if nested := embedded(v); nested.Kind() == event.Object {
				d.nested = nested
			}
		}
	}
}

func first(v, w event.Value) event.Value {
	if v.Exists() {
		return v
	}
	return w
}

// nameBit hashes a name into one of 64 bits.
func nameBit[T []byte | string](name T) uint64 {
	if len(name) == 0 {
		return 1
	}
	return 1 << ((uint(len(name))*7 + uint(name[0]) + uint(name[len(name)-1])*3) & 63)
}

// get returns the member with that name on either level.
func (d *details) get(name string) event.Value {
	if d.names&nameBit(name) == 0 {
		return event.Value{}
	}
	return first(d.object.Get(name), d.nested.Get(name))
}

// has tells whether there is a member with the name of v.
func (d *details) has(v event.Value) (same, there bool) {
	key := v.Key()
	if d.names&nameBit(key) == 0 {
		return false, false
	}
	own := d.get(string(key))
	return own.Exists() && bytes.Equal(own.Raw(), v.Raw()), own.Exists()
}

// appendMembers appends all members, those of the inner level after those of
// the outer one and only where the outer one has no member of that name.
func (d *details) appendMembers(dst []byte) []byte {
	dst = appendMembers(dst, d.object)
	for v := d.nested.First(); v.Exists(); v = v.Next(d.nested) {
		if !d.object.Get(string(v.Key())).Exists() {
			dst = appendOwn(dst, v)
		}
	}
	return dst
}
