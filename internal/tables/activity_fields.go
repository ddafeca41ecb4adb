package tables

import "nephoscope/internal/event"

// A field is a member of a record that the mapping understands.
type field uint8

const (
	unknownField field = iota
	keptField          // known to have no column
	fieldTime
	fieldOtherTime
	fieldSubmission
	fieldID
	fieldResourceID
	fieldOperation
	fieldCategory
	fieldResult
	fieldStatus
	fieldSignature
	fieldSubstatus
	fieldIP
	fieldHTTP
	fieldCorrelation
	fieldOperationID
	fieldEventDataID
	fieldCaller
	fieldIdentity
	fieldAuthorization
	fieldClaims
	fieldLevel
	fieldLevelNumber
	fieldProperties
	fieldSubscription
	fieldGroup
	fieldProvider
	fieldHierarchy
	fieldCount
)

// fieldOf knows the names of the REST API, 2015 and today, and of hub and
// storage records.
func fieldOf(key []byte) field {
	switch string(key) {
	case "time", "eventTimestamp":
		return fieldTime
	case "timestamp", "TimeGenerated":
		return fieldOtherTime
	case "submissionTimestamp":
		return fieldSubmission
	case "id":
		return fieldID
	case "resourceId", "resourceUri":
		return fieldResourceID
	case "operationName":
		return fieldOperation
	case "category":
		return fieldCategory
	case "resultType":
		return fieldResult
	case "status":
		return fieldStatus
	case "resultSignature":
		return fieldSignature
	case "subStatus":
		return fieldSubstatus
	case "callerIpAddress":
		return fieldIP
	case "httpRequest":
		return fieldHTTP
	case "correlationId":
		return fieldCorrelation
	case "operationId":
		return fieldOperationID
	case "eventDataId":
		return fieldEventDataID
	case "caller":
		return fieldCaller
	case "identity":
		return fieldIdentity
	case "authorization":
		return fieldAuthorization
	case "claims":
		return fieldClaims
	case "level":
		return fieldLevel
	case "Level":
		return fieldLevelNumber
	case "properties":
		return fieldProperties
	case "subscriptionId":
		return fieldSubscription
	case "resourceGroupName":
		return fieldGroup
	case "resourceProviderName":
		return fieldProvider
	case "location", "durationMs", "tenantId", "operationVersion", "resultDescription", "description",
		"eventName", "channels", "resourceType", "ReleaseVersion", "RoleLocation", "Stamp":
		return keptField
	default:
		return unknownField
	}
}

// fieldOfFolded is fieldOf for names in another case; some emitters write
// whole events in Pascal case.
func fieldOfFolded(key []byte) field {
	switch {
	case isFold(key, "time"), isFold(key, "eventTimestamp"):
		return fieldTime
	case isFold(key, "level"):
		return fieldLevel
	}
	for f, name := range foldedNames() {
		if name != "" && isFold(key, name) {
			return field(f)
		}
	}
	return unknownField
}

func foldedNames() [fieldCount]string {
	return [fieldCount]string{
		fieldSubmission:    "submissionTimestamp",
		fieldID:            "id",
		fieldResourceID:    "resourceId",
		fieldOperation:     "operationName",
		fieldCategory:      "category",
		fieldResult:        "resultType",
		fieldStatus:        "status",
		fieldSignature:     "resultSignature",
		fieldSubstatus:     "subStatus",
		fieldIP:            "callerIpAddress",
		fieldHTTP:          "httpRequest",
		fieldCorrelation:   "correlationId",
		fieldOperationID:   "operationId",
		fieldEventDataID:   "eventDataId",
		fieldCaller:        "caller",
		fieldIdentity:      "identity",
		fieldAuthorization: "authorization",
		fieldClaims:        "claims",
		fieldProperties:    "properties",
		fieldSubscription:  "subscriptionId",
		fieldGroup:         "resourceGroupName",
		fieldProvider:      "resourceProviderName",
	}
}

// fields are a record's members sorted by what they mean, and those that have
// no column.
type fields struct {
	by    [fieldCount]event.Value
	kept  [24]event.Value // fixed, so that it costs no allocation
	count int             // in kept
	more  []event.Value   // what did not fit into kept
}

// sort fills f from the members of an object. Of two members that mean the
// same the one with the exact name wins, else the first; the other is kept.
func (f *fields) sort(object event.Value) {
	for v := object.First(); v.Exists(); v = v.Next(object) {
		key := v.RawKey() // not Key, which is a call for each member
		if v.KeyEscaped() {
			key = v.Key()
		}
		what := fieldOf(key)
		if what > keptField && !f.by[what].Exists() {
			f.by[what] = v
		} else {
			f.add(what, v)
		}
	}
}

// add takes the members that are not so simple.
func (f *fields) add(what field, v event.Value) {
	exact := what != unknownField
	if !exact {
		what = fieldOfFolded(v.Key())
	}
	if what <= keptField {
		f.keep(v)
		return
	}
	old := f.by[what]
	if old.Exists() && (blank(v) || !blank(old) && (!exact || fieldOf(old.Key()) == what)) {
		f.keep(v)
		return
	}
	f.keep(old)
	f.by[what] = v
}

// keep remembers a member that has no column, unless it says nothing.
func (f *fields) keep(v event.Value) {
	switch {
	case blank(v):
	case f.count < len(f.kept):
		f.kept[f.count] = v
		f.count++
	default:
		f.more = append(f.more, v)
	}
}
