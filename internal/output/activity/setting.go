package activity

import (
	"strings"

	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// appendSetting appends the members of a record of a diagnostic setting.
func (r *record) appendSetting(dst []byte) []byte {
	dst = r.appendHead(dst)
	dst = appendText(dst, "category", r.category())
	dst = r.appendResult(dst)
	dst = r.appendKept(dst, "durationMs")
	dst = r.appendAddress(dst)
	dst = appendText(dst, "correlationId", r.text(colCorrelation))
	dst = r.appendIdentity(dst)
	dst = appendText(dst, "level", r.text(colLevel))
	dst = r.appendKept(dst, "location")
	dst = appendProperties(dst, r.withHierarchy())
	for i := range r.kept {
		if m := &r.kept[i]; m.key != nil {
			dst = m.append(dst)
		}
	}
	return r.appendREST(dst)
}

// appendHead appends time, resource and operation.
func (r *record) appendHead(dst []byte) []byte {
	dst = appendText(dst, "time", r.time(colTimeGenerated))
	dst = appendText(dst, "resourceId", r.id())
	if r.text(colOperation) == "" { // under some selections the REST API tells nothing else
		return r.appendNamed(dst, "operationName", colOperation, colOperationText)
	}
	return appendText(dst, "operationName", r.text(colOperation))
}

// appendResult appends type, signature and description of the result.
func (r *record) appendResult(dst []byte) []byte {
	dst = appendText(dst, "resultType", r.text(colStatus))
	if own := r.take("resultSignature"); own != nil {
		dst = append(append(appendName(dst, "resultSignature"), own...), ',')
	} else {
		dst = appendText(dst, "resultSignature", r.signature())
	}
	return r.appendKept(dst, "resultDescription")
}

// signature makes the signature of a row that has none. Only rows that come
// from elsewhere than a stream get the long one: Azure's records of Resource
// Manager's events always have it.
func (r *record) signature() string {
	substatus := r.text(colSubstatus)
	elsewhere := r.text(colEventDataID) != "" || r.text(colTenant) != "" // only the REST API and tables have these
	category := r.category()
	if long := longStatus(r.text(colStatus)); long != "" && elsewhere && (category == "Administrative" || category == "Policy") {
		return long + "." + substatus
	}
	if r.text(colSubstatusText) != "" {
		return "" // subStatus tells it
	}
	return substatus
}

// longStatus returns the word that a signature begins with, "" for a status
// that has none.
func longStatus(status string) string {
	switch status {
	case "Start":
		return "Started"
	case "Accept":
		return "Accepted"
	case "Success":
		return "Succeeded"
	case "Failure":
		return "Failed"
	case "Cancel":
		return "Canceled"
	}
	return ""
}

// appendAddress appends the caller's address as the record had it, with its
// port. HTTPRequest that says nothing else need not be told.
func (r *record) appendAddress(dst []byte) []byte {
	if own := r.onlyAddress(); own != "" {
		return appendText(dst, "callerIpAddress", own)
	}
	return appendText(dst, "callerIpAddress", r.text(colIP))
}

// onlyAddress returns the address in HTTPRequest if nothing else is in it, ""
// otherwise.
func (r *record) onlyAddress() string {
	r.scratch = append(r.scratch[:0], r.text(colHTTP)...)
	list, ok := r.scan.members(r.inner[:0], r.scratch)
	r.inner = list
	if !ok || len(list) != 1 || string(list[0].name) != "clientIpAddress" {
		return ""
	}
	address := r.text(colIP)
	for _, own := range []string{address, "[" + address + "]"} {
		if list[0].is(own) {
			return own
		}
	}
	value := strings.Trim(string(list[0].value), `"`)
	if host, port, ok := cutPort(value); ok && host == address && list[0].is(host+":"+port) {
		return value
	}
	if host, rest, ok := strings.Cut(strings.TrimPrefix(value, "["), "]"); ok && host == address && list[0].is("["+host+"]"+rest) {
		return value
	}
	return ""
}

// cutPort cuts the port off an address of version 4.
func cutPort(address string) (host, port string, ok bool) {
	host, port, ok = strings.Cut(address, ":")
	return host, port, ok && !strings.Contains(port, ":")
}

// appendIdentity appends authorization and claims.
func (r *record) appendIdentity(dst []byte) []byte {
	start := len(dst)
	dst = append(appendName(dst, "identity"), '{')
	open := len(dst)
	dst = r.appendObject(dst, "authorization", colAuthorizationD, colAuthorization)
	dst = r.appendObject(dst, "claims", colClaimsD, colClaims)
	if len(dst) == open {
		return dst[:start]
	}
	return append(closed(dst), ',')
}

// appendObject appends a dynamic column, or the text beside it that is none.
func (r *record) appendObject(dst []byte, name string, dynamic, text int) []byte {
	value := r.text(dynamic)
	if value == "" || !r.isJSON(value) {
		return appendText(dst, name, r.text(text))
	}
	return append(append(appendName(dst, name), value...), ',')
}

func appendProperties(dst []byte, list []member) []byte {
	if len(list) == 0 {
		return dst
	}
	return append(appendMembers(appendName(dst, "properties"), list), ',')
}

func appendMembers(dst []byte, list []member) []byte {
	dst = append(dst, '{')
	for i := range list {
		dst = list[i].append(dst)
	}
	return closed(dst)
}

// withHierarchy returns the event's own properties with the hierarchy, which
// a record has no other place for.
func (r *record) withHierarchy() []member {
	hierarchy := r.text(colHierarchy)
	if hierarchy == "" || named(r.own, "hierarchy") != nil || named(r.own, "eventProperties") != nil {
		return r.own
	}
	return append(r.own, member{name: []byte("hierarchy"), key: []byte(`"hierarchy"`), value: quote(nil, hierarchy)})
}

// appendKept appends the kept member of that name, if there is one.
func (r *record) appendKept(dst []byte, name string) []byte {
	value := r.take(name)
	if value == nil {
		return dst
	}
	return append(append(appendName(dst, name), value...), ',')
}

// appendREST appends, under the names of the REST API, what Azure's records
// have no place for and the rest of this one does not tell.
func (r *record) appendREST(dst []byte) []byte {
	dst = appendText(dst, "eventDataId", r.text(colEventDataID))
	dst = appendText(dst, "operationId", r.text(colOperationID))
	if t := r.time(colSubmission); t != r.time(colTimeGenerated) {
		dst = appendText(dst, "submissionTimestamp", t)
	}
	if !r.claimsTellCaller() {
		dst = appendText(dst, "caller", r.text(colCaller))
	}
	if http := r.text(colHTTP); http != "" && r.onlyAddress() == "" {
		dst = appendName(dst, "httpRequest")
		if http[0] == '{' && r.isJSON(http) {
			dst = append(append(dst, http...), ',')
		} else {
			dst = append(quote(dst, http), ',')
		}
	}
	dst = appendText(dst, "status", r.text(colStatusText))
	dst = r.appendNamed(dst, "subStatus", colSubstatus, colSubstatusText)
	dst = r.appendNamed(dst, "resourceProviderName", colProvider, colProviderText)
	return r.appendScope(dst)
}

// claimsTellCaller tells whether a reader finds the caller in the claims. It
// takes the user principal name before all others, and that is there without
// escapes for most people.
func (r *record) claimsTellCaller() bool {
	const upn = `"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"`
	caller, claims := r.text(colCaller), r.text(colClaimsD)
	if _, value, ok := strings.Cut(claims, upn); ok && caller != "" {
		if rest, same := strings.CutPrefix(value, caller); same && strings.HasPrefix(rest, `"`) {
			return true
		}
	}
	return caller == tables.CallerOf(schema.DynamicValue(claims))
}

// appendNamed appends a value with its text for people, if it has one.
func (r *record) appendNamed(dst []byte, name string, value, text int) []byte {
	if r.text(text) == "" {
		return dst
	}
	dst = append(appendName(dst, name), '{')
	dst = appendText(dst, "value", r.text(value))
	dst = appendText(dst, "localizedValue", r.text(text))
	return append(closed(dst), ',')
}

// appendScope appends what the resource id does not tell.
func (r *record) appendScope(dst []byte) []byte {
	if own := r.text(colSubscription); own != r.resource.Subscription && r.resource.Subscription == "" {
		dst = appendText(dst, "subscriptionId", own)
	}
	if own := r.text(colGroup); own != r.resource.Group && r.resource.Group == "" {
		dst = appendText(dst, "resourceGroupName", own)
	}
	if own := r.text(colProvider); own != r.resource.Provider && r.resource.Provider == "" && r.text(colProviderText) == "" {
		dst = appendText(dst, "resourceProviderName", own)
	}
	return dst
}
