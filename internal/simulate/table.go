package simulate

import (
	"bytes"
	"strings"
)

// A cell is one column of an exported AzureActivity row. Its text is JSON if
// the column is dynamic.
type cell struct {
	column  string
	dynamic bool
	append  func(e *Event, dst []byte) []byte
}

// workspace is the workspace id of every exported row.
const workspace = "5f0b2c1e-7a43-4d19-9c55-0e4a6b8d2f31"

// cells returns the columns of an export in their order.
func cells() []cell {
	text := func(column string, get func(*Event) string) cell {
		return cell{column: column, append: func(e *Event, dst []byte) []byte { return append(dst, get(e)...) }}
	}
	return []cell{
		text("TenantId", func(*Event) string { return workspace }),
		text("SourceSystem", func(*Event) string { return "Azure" }),
		text("CallerIpAddress", (*Event).address),
		text("CategoryValue", func(e *Event) string { return string(e.Category) }),
		text("CorrelationId", func(e *Event) string { return e.Correlation.String() }),
		{"Authorization_d", true, (*Event).cellAuthorization},
		{"Claims_d", true, (*Event).cellClaims},
		text("Level", func(e *Event) string { return e.Level }),
		text("OperationNameValue", func(e *Event) string { return strings.ToUpper(e.Operation) }),
		{"Properties_d", true, (*Event).cellProperties},
		text("Caller", (*Event).CallerName),
		text("EventDataId", func(e *Event) string { return e.ID.String() }),
		text("EventSubmissionTimestamp", func(e *Event) string { return e.Time.Format(timeLayout) }),
		text("HTTPRequest", (*Event).request),
		text("ResourceGroup", func(e *Event) string { return strings.ToUpper(e.Resource.Group) }),
		text("ResourceProviderValue", func(e *Event) string { return strings.ToUpper(e.Resource.Provider()) }),
		text("ActivityStatusValue", func(e *Event) string { return string(e.Status) }),
		text("ActivitySubstatusValue", func(e *Event) string { return e.Substatus }),
		text("Hierarchy", func(e *Event) string { return e.Resource.Subscription.hierarchy }),
		text("TimeGenerated", func(e *Event) string { return e.Time.Format(timeLayout) }),
		text("SubscriptionId", func(e *Event) string { return e.Resource.Subscription.ID.String() }),
		text("Type", func(*Event) string { return "AzureActivity" }),
		text("_ResourceId", func(e *Event) string { return strings.ToLower(e.Resource.ID) }),
	}
}

func (e *Event) address() string {
	if e.Caller == nil {
		return ""
	}
	return e.Caller.IP
}

// CallerName returns what the log shows as the caller: a person's UPN, the
// object id of a service principal, the name of a provider, or nothing.
func (e *Event) CallerName() string {
	switch {
	case e.Caller == nil:
		return ""
	case e.Caller.IP == "":
		return e.Caller.Name
	default:
		return e.Caller.Caller()
	}
}

func (e *Event) request() string {
	if ip := e.address(); ip != "" {
		return `{"clientIpAddress":"` + ip + `"}`
	}
	return ""
}

func (e *Event) cellAuthorization(dst []byte) []byte {
	if e.address() == "" {
		return dst
	}
	return e.appendAuthorization(dst)
}

func (e *Event) cellClaims(dst []byte) []byte {
	if e.Caller == nil {
		return dst
	}
	return e.Caller.appendClaims(dst)
}

// cellProperties appends the properties with those that the export adds.
func (e *Event) cellProperties(dst []byte) []byte {
	dst = append(dst, '{')
	for _, p := range e.Properties {
		dst = appendMember(dst, p.Key, p.Value)
	}
	dst = appendMember(dst, "caller", e.CallerName())
	dst = appendGUID(dst, "eventDataId", e.ID)
	dst = appendTime(dst, "eventSubmissionTimestamp", e.Time)
	dst = appendMember(dst, "resource", strings.ToLower(e.Resource.Name))
	dst = appendMember(dst, "resourceGroup", strings.ToUpper(e.Resource.Group))
	dst = appendMember(dst, "resourceProviderValue", strings.ToUpper(e.Resource.Provider()))
	dst = appendGUID(dst, "subscriptionId", e.Resource.Subscription.ID)
	dst = appendPlain(dst, "activityStatusValue", string(e.Status))
	dst = appendPlain(dst, "activitySubstatusValue", e.Substatus)
	return closed(dst)
}

// appendTableJSON appends a row as one JSON object.
func appendTableJSON(cells []cell) func([]byte, *Event) []byte {
	var scratch []byte
	return func(dst []byte, e *Event) []byte {
		dst = append(dst, '{')
		for i := range cells {
			scratch = cells[i].append(e, scratch[:0])
			switch {
			case !cells[i].dynamic:
				dst = appendMember(dst, cells[i].column, string(scratch))
			case len(scratch) > 0:
				dst = append(append(appendKey(dst, cells[i].column), scratch...), ',')
			}
		}
		return closed(dst)
	}
}

// csvHeader returns the header line of a portal export.
func csvHeader(cells []cell) string {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = c.column
		if strings.HasPrefix(c.column, "Time") || strings.HasSuffix(c.column, "Timestamp") {
			names[i] += " [UTC]"
		}
	}
	return "\uFEFF" + strings.Join(names, ",") + "\n"
}

// appendCSV appends a row as one CSV record without its line end.
func appendCSV(cells []cell) func([]byte, *Event) []byte {
	var scratch []byte
	return func(dst []byte, e *Event) []byte {
		for i := range cells {
			if i > 0 {
				dst = append(dst, ',')
			}
			scratch = cells[i].append(e, scratch[:0])
			dst = appendField(dst, scratch)
		}
		return dst
	}
}

// appendField appends a CSV field, quoted if it must be.
func appendField(dst, text []byte) []byte {
	if !bytes.ContainsAny(text, ",\"\r\n") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	dst = append(dst, bytes.ReplaceAll(text, []byte(`"`), []byte(`""`))...)
	return append(dst, '"')
}
