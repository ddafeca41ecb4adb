package simulate

import (
	"strconv"
	"strings"
	"time"
)

// appendHub appends the record that a diagnostic setting streams.
func appendHub(dst []byte, e *Event) []byte {
	dst = appendTime(append(dst, '{'), "time", e.Time)
	dst = append(appendKey(dst, "resourceId"), '"')
	dst = append(appendUpper(dst, e.Resource.ID), '"', ',')
	dst = append(appendKey(dst, "operationName"), '"')
	dst = append(appendUpper(dst, e.Operation), '"', ',')
	dst = appendPlain(dst, "category", string(e.Category))
	dst = appendResult(dst, e)
	dst = appendNumberText(dst, "durationMs", e.Duration.Milliseconds())
	dst = appendCaller(dst, e)
	dst = appendPlain(dst, "level", e.Level)
	dst = appendProperties(dst, e.Properties)
	if e.Caller != nil {
		dst = appendGUID(dst, "tenantId", e.Caller.company.TenantID)
	}
	dst = append(dst, `"RoleLocation":"West Europe","Stamp":"DD","ReleaseVersion":"6.2025.41.3+f07d1e5",`...)
	return closed(dst)
}

// appendHubProfile appends the record that a log profile streams.
func appendHubProfile(dst []byte, e *Event) []byte {
	dst = appendTime(append(dst, '{'), "time", e.Time)
	dst = append(appendKey(dst, "resourceId"), '"')
	dst = append(appendUpper(dst, e.Resource.ID), '"', ',')
	dst = append(appendKey(dst, "operationName"), '"')
	dst = append(appendUpper(dst, e.Operation), '"', ',')
	dst = appendPlain(dst, "category", e.Verb())
	dst = appendResult(dst, e)
	dst = strconv.AppendInt(appendKey(dst, "durationMs"), e.Duration.Milliseconds(), 10)
	dst = appendCaller(append(dst, ','), e)
	dst = appendPlain(dst, "level", strings.Replace(e.Level, "Informational", "Information", 1))
	dst = appendPlain(dst, "location", e.Region())
	return closed(appendProfileProperties(dst, e))
}

// appendResult appends result type, signature and description.
func appendResult(dst []byte, e *Event) []byte {
	dst = appendPlain(dst, "resultType", string(e.Status))
	if e.Category == Administrative || e.Category == Policy {
		dst = append(appendKey(dst, "resultSignature"), '"')
		dst = append(append(dst, e.Status.Long()...), '.')
		dst = append(append(dst, e.Substatus...), '"', ',')
	}
	if e.Description != "" {
		dst = appendMember(dst, "resultDescription", e.Description)
	}
	return dst
}

// appendCaller appends address, correlation and identity.
func appendCaller(dst []byte, e *Event) []byte {
	s := e.Caller
	if s != nil && s.IP != "" {
		dst = appendPlain(dst, "callerIpAddress", s.IP)
	}
	dst = appendGUID(dst, "correlationId", e.Correlation)
	if s == nil {
		return dst
	}
	dst = append(dst, `"identity":{`...)
	if s.IP != "" {
		dst = append(e.appendAuthorization(appendKey(dst, "authorization")), ',')
	}
	dst = s.appendClaims(appendKey(dst, "claims"))
	return append(dst, '}', ',')
}

// appendAuthorization appends scope, action and the evidence for the right.
func (e *Event) appendAuthorization(dst []byte) []byte {
	s := e.Caller
	dst = appendMember(append(dst, '{'), "scope", e.Resource.ID)
	dst = appendMember(dst, "action", e.Operation)
	dst = append(dst, `"evidence":{`...)
	dst = appendMember(dst, "role", s.role.name)
	dst = appendMember(dst, "roleAssignmentScope", e.Resource.Subscription.self.ID)
	dst = appendMember(dst, "roleAssignmentId", s.assignment.bare())
	dst = appendMember(dst, "roleDefinitionId", s.role.definition)
	dst = appendMember(dst, "principalId", s.ObjectID.bare())
	kind := "User"
	if s.UPN == "" {
		kind = "ServicePrincipal"
	}
	dst = appendMember(dst, "principalType", kind)
	return append(closed(dst), '}')
}

// appendProperties appends the member "properties" if there are any.
func appendProperties(dst []byte, list []Property) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, "properties"), '{')
	for _, p := range list {
		dst = appendMember(dst, p.Key, p.Value)
	}
	return append(closed(dst), ',')
}

// appendProfileProperties appends the few properties that log profiles keep.
func appendProfileProperties(dst []byte, e *Event) []byte {
	switch {
	case e.Category != Administrative:
		dst = append(appendKey(dst, "properties"), '{')
		dst = appendPlain(dst, "eventCategory", string(e.Category))
		dst = append(appendKey(dst, "eventProperties"), '{')
		for _, p := range e.Properties {
			dst = appendMember(dst, p.Key, p.Value)
		}
		return append(closed(dst), '}', ',')
	case e.Status == Start:
		return dst
	default:
		dst = append(dst, `"properties":{"statusCode":"`...)
		dst = append(dst, e.Substatus...)
		return append(dst, `","serviceRequestId":null},`...)
	}
}

// ticks counts 100 ns since year 1, as event ids do.
func ticks(t time.Time) int64 {
	return t.Unix()*10_000_000 + int64(t.Nanosecond()/100) + 621_355_968_000_000_000
}
