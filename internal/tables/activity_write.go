package tables

import (
	"bytes"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// write appends the row.
func (a *activity) write(rows *schema.Rows) {
	rows.SetString(colSourceSystem, "Azure")
	if a.time.ok {
		rows.SetInt(colTimeGenerated, int64(a.time.ticks))
	}
	if a.submission.ok {
		rows.SetInt(colEventSubmissionTimestamp, int64(a.submission.ticks))
	}
	category := a.category()
	operation := a.writeOperation(rows, category)
	status, substatus := a.writeResult(rows)
	caller := a.writeCaller(rows)
	http := a.writeRequest(rows)
	subscription, group, provider := a.writeResource(rows)
	a.writeWords(rows, category)
	a.writeToken(rows)

	var space [28]byte
	resource := a.writeProperties(rows, []added{
		{"caller", caller},
		{"eventDataId", a.eventDataID},
		{"eventSubmissionTimestamp", a.submittedText(space[:0])},
		{"httpRequest", http},
		{"resource", text{}},
		{"resourceGroup", group},
		{"resourceProviderValue", provider},
		{"subscriptionId", subscription},
		{"activityStatusValue", status},
		{"activitySubstatusValue", substatus},
	})
	set(rows, colResourceName, resource)
	rows.End(a.rowID(operation, status))
}

// set fills a string column, or leaves it empty.
func set(rows *schema.Rows, col int, t text) {
	if len(t.b) > 0 {
		rows.SetText(col, t.b)
	}
}

// setLower and setUpper fill a string column in that case and return what they
// wrote, which stays valid until the next row.
func setLower(rows *schema.Rows, col int, t text) text {
	if len(t.b) == 0 {
		return text{}
	}
	buf := rows.Build(col)
	start := len(buf)
	buf = appendLower(buf, t.b)
	rows.Built(col, buf)
	return text{buf[start:], t.clean}
}

func setUpper(rows *schema.Rows, col int, t text) text {
	if len(t.b) == 0 {
		return text{}
	}
	buf := rows.Build(col)
	start := len(buf)
	buf = appendUpper(buf, t.b)
	rows.Built(col, buf)
	return text{buf[start:], t.clean}
}

// keepUnless keeps a member unless every text in it is one of those that
// columns show.
func (a *activity) keepUnless(f field, shown ...text) {
	if v := a.by[f]; v.Exists() && !shows(shown, v) {
		a.keep(v)
	}
}

func shows(shown []text, v event.Value) bool {
	switch v.Kind() {
	case event.Missing, event.Null:
		return true
	case event.Object, event.Array:
		for c := v.First(); c.Exists(); c = c.Next(v) {
			if !shows(shown, c) {
				return false
			}
		}
		return true
	}
	own := plain(v)
	if own.empty() {
		return true
	}
	for _, s := range shown {
		if bytes.Equal(s.b, own.b) {
			return true
		}
	}
	return false
}

func (a *activity) writeOperation(rows *schema.Rows, category text) text {
	operation, up := a.operation(category)
	display := localized(a.by[fieldOperation])
	written := operation
	if up {
		written = setUpper(rows, colOperationNameValue, operation)
	} else {
		set(rows, colOperationNameValue, operation)
	}
	set(rows, colOperationName, display)
	a.keepUnless(fieldOperation, written, display)
	return written
}

// writeResult fills the status columns. A hub record's resultType stays as it
// is; a REST status is an older word, which the older column keeps.
func (a *activity) writeResult(rows *schema.Rows) (status, substatus text) {
	result := plain(a.by[fieldResult])
	older := plain(a.by[fieldStatus])
	status = result.or(a.statusOf(older))
	set(rows, colActivityStatusValue, status)
	set(rows, colActivityStatus, older)
	a.keepUnless(fieldResult, status)
	a.keepUnless(fieldStatus, status, older)

	display := localized(a.by[fieldSubstatus])
	substatus = plain(a.by[fieldSubstatus]).or(substatusOf(plain(a.by[fieldSignature])))
	set(rows, colActivitySubstatusValue, substatus)
	set(rows, colActivitySubstatus, display)
	a.keepUnless(fieldSubstatus, substatus, display)
	a.keepUnless(fieldSignature, substatus)
	return status, substatus
}

func (a *activity) writeCaller(rows *schema.Rows) text {
	own := plain(a.by[fieldCaller])
	caller := own.trimmed().or(a.identityName.trimmed()).or(a.token.caller())
	set(rows, colCaller, caller)
	a.keepUnless(fieldCaller, caller)
	return caller
}

// writeRequest fills address and HTTPRequest. A hub tells the address only;
// HTTPRequest then has it with its port.
func (a *activity) writeRequest(rows *schema.Rows) text {
	own := plain(a.by[fieldIP])
	request := embedded(a.by[fieldHTTP])
	address := withoutPort(own.or(plain(request.GetFold("clientIpAddress"))).trimmed())
	set(rows, colCallerIPAddress, address)
	if !blank(request) {
		a.keepUnless(fieldIP, address)
		http := exportedText(request)
		set(rows, colHTTPRequest, http)
		return http
	}
	a.keepUnless(fieldIP, own)
	if own.empty() {
		return text{}
	}
	buf := rows.Build(colHTTPRequest)
	start := len(buf)
	buf = closeObject(appendMember(append(buf, '{'), "clientIpAddress", own))
	rows.Built(colHTTPRequest, buf)
	return text{b: buf[start:]}
}

// writeResource fills what a resource id tells, or the members that say the
// same where there is no id.
func (a *activity) writeResource(rows *schema.Rows) (subscription, group, provider text) {
	part := func(b []byte, f field) text { return text{b, a.id.clean}.or(plain(a.by[f])) }
	set(rows, colResourceID, a.id)
	set(rows, colResource, text{a.parts.last, a.id.clean})
	rows.Built(colHiddenResourceID, appendResourceID(rows.Build(colHiddenResourceID), a.id.b))
	subscription = setLower(rows, colSubscriptionID, part(a.parts.subscription, fieldSubscription))
	set(rows, colHiddenSubscriptionID, subscription)
	group = setUpper(rows, colResourceGroup, part(a.parts.group, fieldGroup))
	provider = setUpper(rows, colResourceProviderValue, part(a.parts.provider, fieldProvider))
	display := localized(a.by[fieldProvider])
	set(rows, colResourceProvider, display)

	a.keepUnless(fieldResourceID, a.id)
	a.keepUnless(fieldSubscription, subscription, text{b: a.parts.subscription})
	a.keepUnless(fieldGroup, group)
	a.keepUnless(fieldProvider, provider, display)
	return subscription, group, provider
}

// writeWords fills the columns that are copied as they are.
func (a *activity) writeWords(rows *schema.Rows, category text) {
	older := text{}
	if a.by[fieldCategory].Kind() == event.Object {
		older = category
	}
	set(rows, colCategoryValue, category)
	set(rows, colCategory, older)
	a.keepUnless(fieldCategory, category)

	level := a.level()
	set(rows, colLevel, level)
	a.keepUnless(fieldLevel, level)
	a.keepUnless(fieldLevelNumber, level)

	correlation, operationID := plain(a.by[fieldCorrelation]), plain(a.by[fieldOperationID])
	set(rows, colCorrelationID, correlation)
	set(rows, colOperationID, operationID)
	set(rows, colEventDataID, a.eventDataID)
	set(rows, colHierarchy, plain(a.details.hierarchy))
	a.keepUnless(fieldCorrelation, correlation)
	a.keepUnless(fieldOperationID, operationID)
	a.keepUnless(fieldEventDataID, a.eventDataID)
}
