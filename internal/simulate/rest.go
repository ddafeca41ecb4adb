package simulate

import "strconv"

// appendREST appends the event as the Azure Monitor REST API answers it.
func appendREST(dst []byte, e *Event) []byte {
	dst = append(dst, '{')
	if e.Caller != nil {
		dst = e.appendRequester(dst)
	}
	dst = appendPlain(dst, "channels", "Operation")
	dst = appendGUID(dst, "correlationId", e.Correlation)
	dst = appendMember(dst, "description", e.Description)
	dst = appendGUID(dst, "eventDataId", e.ID)
	dst = appendName(dst, "eventName", e.name())
	dst = appendName(dst, "category", string(e.Category))
	dst = appendTime(dst, "eventTimestamp", e.Time)
	dst = append(appendKey(dst, "id"), '"')
	dst = append(append(dst, e.Resource.ID...), "/events/"...)
	dst = append(e.ID.append(dst), "/ticks/"...)
	dst = append(strconv.AppendInt(dst, ticks(e.Time), 10), '"', ',')
	dst = appendPlain(dst, "level", e.Level)
	dst = appendGUID(dst, "operationId", e.OperationID)
	dst = appendName(dst, "operationName", e.Operation)
	dst = appendPlain(dst, "resourceGroupName", e.Resource.Group)
	dst = appendName(dst, "resourceProviderName", e.Resource.Provider())
	dst = appendName(dst, "resourceType", e.Resource.Type)
	dst = appendMember(dst, "resourceId", e.Resource.ID)
	dst = appendProperties(dst, e.Properties)
	dst = appendName(dst, "status", e.Status.Long())
	dst = appendName(dst, "subStatus", e.Substatus)
	dst = appendTime(dst, "submissionTimestamp", e.Submitted)
	dst = appendGUID(dst, "subscriptionId", e.Resource.Subscription.ID)
	if e.Caller != nil {
		dst = appendGUID(dst, "tenantId", e.Caller.company.TenantID)
	}
	return closed(dst)
}

// appendRequester appends who asked and with which right.
func (e *Event) appendRequester(dst []byte) []byte {
	s := e.Caller
	if s.IP != "" {
		dst = append(e.appendAuthorization(appendKey(dst, "authorization")), ',')
		dst = appendMember(dst, "caller", s.Caller())
		dst = append(appendKey(dst, "httpRequest"), '{')
		dst = appendGUID(dst, "clientRequestId", e.OperationID)
		dst = appendPlain(dst, "clientIpAddress", s.IP)
		dst = appendPlain(dst, "method", e.method())
		dst = append(closed(dst), ',')
	} else {
		dst = appendMember(dst, "caller", s.Name)
	}
	return append(s.appendClaims(appendKey(dst, "claims")), ',')
}

// appendName appends a value with its localized form, which is the same here.
func appendName(dst []byte, key, value string) []byte {
	dst = append(appendKey(dst, key), '{')
	dst = appendMember(dst, "value", value)
	dst = appendMember(dst, "localizedValue", value)
	return append(closed(dst), ',')
}

// name returns the event name.
func (e *Event) name() string {
	switch {
	case e.Category == Autoscale:
		return "AutoscaleAction"
	case e.Category == Alert:
		return "Alert"
	case e.Status == Start:
		return "BeginRequest"
	default:
		return "EndRequest"
	}
}

func (e *Event) method() string {
	switch e.Verb() {
	case "Write":
		return "PUT"
	case "Delete":
		return "DELETE"
	default:
		return "POST"
	}
}
