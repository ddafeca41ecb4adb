package activity

import (
	"cmp"

	"nephoscope/internal/schema"
)

// The columns that records are made of.
const (
	colTimeGenerated = iota
	colSubmission
	colCategory
	colCategoryText
	colOperation
	colOperationText
	colStatus
	colSubstatus
	colStatusText
	colSubstatusText
	colIP
	colHTTP
	colCorrelation
	colOperationID
	colEventDataID
	colCaller
	colAuthorization
	colAuthorizationD
	colClaims
	colClaimsD
	colLevel
	colProperties
	colPropertiesD
	colHierarchy
	colResourceID
	colHiddenResourceID
	colSubscription
	colGroup
	colProvider
	colProviderText
	colTenant
	columnCount
)

func columnNames() [columnCount]string {
	return [columnCount]string{
		colTimeGenerated:    "TimeGenerated",
		colSubmission:       "EventSubmissionTimestamp",
		colCategory:         "CategoryValue",
		colCategoryText:     "Category",
		colOperation:        "OperationNameValue",
		colOperationText:    "OperationName",
		colStatus:           "ActivityStatusValue",
		colSubstatus:        "ActivitySubstatusValue",
		colStatusText:       "ActivityStatus",
		colSubstatusText:    "ActivitySubstatus",
		colIP:               "CallerIpAddress",
		colHTTP:             "HTTPRequest",
		colCorrelation:      "CorrelationId",
		colOperationID:      "OperationId",
		colEventDataID:      "EventDataId",
		colCaller:           "Caller",
		colAuthorization:    "Authorization",
		colAuthorizationD:   "Authorization_d",
		colClaims:           "Claims",
		colClaimsD:          "Claims_d",
		colLevel:            "Level",
		colProperties:       "Properties",
		colPropertiesD:      "Properties_d",
		colHierarchy:        "Hierarchy",
		colResourceID:       "ResourceId",
		colHiddenResourceID: "_ResourceId",
		colSubscription:     "SubscriptionId",
		colGroup:            "ResourceGroup",
		colProvider:         "ResourceProviderValue",
		colProviderText:     "ResourceProvider",
		colTenant:           "TenantId",
	}
}

// category returns the event category. A row without one is written as what
// most events are, or no reader would take the record for an event.
func (r *record) category() string {
	return cmp.Or(r.text(colCategory), r.text(colCategoryText), "Administrative")
}

// id returns the resource id; exported tables may have its lower-case twin
// only.
func (r *record) id() string { return cmp.Or(r.text(colResourceID), r.text(colHiddenResourceID)) }

// text returns the text of a column, "" if it has none.
func (r *record) text(col int) string {
	if r.w.at[col] < 0 {
		return ""
	}
	switch v := r.values[r.w.at[col]].(type) {
	case string:
		return v
	case schema.DynamicValue:
		return string(v)
	default:
		return ""
	}
}

// time returns a time as Azure writes it, "" if there is none.
func (r *record) time(col int) string {
	if r.w.at[col] < 0 {
		return ""
	}
	if t, ok := r.values[r.w.at[col]].(schema.DatetimeValue); ok {
		return t.String()
	}
	return ""
}
