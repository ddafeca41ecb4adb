package tables

import (
	"slices"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

const mcasActivityTable = "MCAS_Activity_Log_CL"

// McasActivityLog returns the table of activities in connected applications: a
// custom log as a playbook makes it that posts what the activities API of Cloud
// App Security answers to a workspace. Its records are activities of that API,
// a whole answer of it, or rows exported from the same table.
//
// Column names follow the rules of such logs: names of nested members are
// joined by _, and _s, _d, _b or _g tells the type. That the rules hold for
// every member below is unconfirmed.
func McasActivityLog() *schema.Table {
	t := &schema.Table{
		Name: mcasActivityTable,
		Doc: "Activities of people and applications in connected applications, from the activities API of Cloud App Security, one row each. " +
			"Names of nested members are joined by _; arrays, and objects of free form, are JSON text.",
		Version:   1,
		Retention: 90,
		Columns:   mcasActivityColumns(),
		Claims:    claimsMcasActivity,
	}
	t.Map = newFlattening(t).mapRecord
	return t
}

// claimsMcasActivity tells whether a record is an activity, or an answer of the
// API with activities in it. Alerts of the same product have no eventTypeName.
func claimsMcasActivity(rec *event.Record) bool {
	if rec.Get("Type").Exists() || rec.Get("$table").Exists() {
		return namesTable(rec, mcasActivityTable)
	}
	if rec.Shape != event.ShapeUnknown {
		return false
	}
	if first := rec.Get("data").First(); first.Exists() {
		return rec.Get("hasNext").Exists() && isMcasActivity(first)
	}
	return isMcasActivity(rec.Root())
}

func isMcasActivity(v event.Value) bool {
	return v.Get("_id").Kind() == event.String && v.Get("timestamp").Kind() == event.Number && v.Get("appId").Exists() &&
		(v.Get("eventTypeName").Exists() || v.Get("eventTypeValue").Exists() || v.Get("eventType").Exists())
}

func mcasActivityColumns() []schema.Column {
	return slices.Concat(
		[]schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace, in exported rows."},
			{Name: "SourceSystem", Type: schema.String, Doc: "RestAPI, in exported rows."},
			{Name: "MG", Type: schema.String, Doc: "Management group, in exported rows."},
			{Name: "ManagementGroupName", Type: schema.String, Doc: "Name of it, in exported rows."},
			{Name: timeColumn, Type: schema.Datetime, Doc: "When it happened: timestamp_d as a time. In exported rows what the workspace wrote, which can be the time of arrival."},
			{Name: "Computer", Type: schema.String, Doc: "Empty."},
			{Name: "RawData", Type: schema.String, Doc: "JSON text of what no other column holds, by joined name."},
		},
		mcasActivityCore(), mcasActivityPlace(), mcasActivityActor(), mcasActivityDetails(),
		[]schema.Column{
			{Name: "Type", Type: schema.String, Const: mcasActivityTable, Doc: "Name of the table."},
			{Name: "_ResourceId", Type: schema.String, Hidden: true, Doc: "Resource, in exported rows."},
		},
	)
}

// The columns below are those of an activity. str, num, yes and guid declare
// one of the type that its suffix says.

func str(name, doc string) schema.Column {
	return schema.Column{Name: name + "_s", Type: schema.String, Doc: doc}
}

func num(name, doc string) schema.Column {
	return schema.Column{Name: name + "_d", Type: schema.Real, Doc: doc}
}

func yes(name, doc string) schema.Column {
	return schema.Column{Name: name + "_b", Type: schema.Bool, Doc: doc}
}

func mcasActivityCore() []schema.Column {
	const millis = ", milliseconds since 1970."
	id := str("_id", "Id of the activity; the same as uid_s.")
	id.Hidden = true
	return []schema.Column{
		id,
		str("uid", "Id of the activity."),
		num("tenantId", "Number of the tenant."),
		{Name: "aadTenantId_g", Type: schema.GUID, Doc: "Entra tenant."},
		num("appId", "Id of the application, for example 20892 for SharePoint Online."),
		num("saasId", "The same id."),
		str("appName", "Application, for example Microsoft Exchange Online."),
		num("srcAppId", "Application whose feed told of it."),
		num("instance", "Instance of the application."),
		num("timestamp", "When it happened"+millis),
		num("timestampRaw", "The same"+millis),
		num("instantiation", "When it was taken in"+millis),
		num("instantiationRaw", "The same"+millis),
		num("created", "When it was stored"+millis),
		num("createdRaw", "The same"+millis),
		num("eventType", "Kind of event, as a number."),
		str("eventTypeValue", "Kind of event, for example EVENT_AAD_LOGIN_FAILED."),
		str("eventTypeName", "Category: EVENT_CATEGORY_LOGIN, _FAILED_LOGIN, _LOGOUT, _UPLOAD_FILE, _DOWNLOAD_FILE, _DELETE_OBJECT, _CREATE_USER, _DELETE_USER, _VIEW_REPORT, _UNSPECIFIED and others."),
		str("genericEventType", "Kind of event in general, for example ENUM_ACTIVITY_GENERIC_TYPE_FAILED_LOGIN."),
		str("description", "What happened, for people."),
		str("description_id", "Name of the description's template."),
		str("description_metadata", "JSON text: values of the template."),
		str("severity", "INFO."),
		str("classifications", "JSON text: array of texts such as access."),
		num("confidenceLevel", "Confidence."),
		num("source", "How it was seen: 0 access control, 1 session control, 2 app connector, 3 connector analysis, 5 discovery, 6 Defender for Endpoint."),
	}
}

func mcasActivityPlace() []schema.Column {
	return []schema.Column{
		str("device_clientIP", "Address that it came from."),
		str("device_userAgent", "User agent."),
		str("device_countryCode", "Country of the address, two letters."),
		str("location_countryCode", "Country, two letters."),
		str("location_city", "City."),
		str("location_region", "Region."),
		str("location_regionCode", "Code of the region."),
		str("location_postalCode", "Postal code."),
		num("location_longitude", "Degrees east."),
		num("location_latitude", "Degrees north."),
		str("location_organizationSearchable", "Organisation that the address is registered for."),
		str("location_carrier", "Carrier."),
		yes("location_anonymousProxy", "Whether the address is an anonymous proxy."),
		yes("location_isSatelliteProvider", "Whether it is a satellite provider's."),
		num("location_category", "Category of the address: 1 corporate, 2 administrative, 3 risky, 4 VPN, 5 cloud provider, 6 other, 0 none."),
		str("location_categoryValue", "Category as a word, for example NONE."),
		str("location_ipTags", "JSON text: array of ids of tags; Tor is 2dfa95cd7922d979d66fcff5."),
		str("internals_otherIPs", "JSON text: array of further addresses."),
		str("userAgent_family", "Family of the user agent."),
		str("userAgent_name", "Its name."),
		str("userAgent_type", "Its type."),
		str("userAgent_typeName", "Name of its type."),
		str("userAgent_version", "Its version."),
		str("userAgent_major", "First part of the version."),
		str("userAgent_minor", "Second part of the version."),
		str("userAgent_deviceType", "DESKTOP, MOBILE, TABLET or OTHER."),
		str("userAgent_os", "Operating system."),
		str("userAgent_browser", "Browser."),
		str("userAgent_operatingSystem_name", "Name of the operating system."),
		str("userAgent_operatingSystem_family", "Family of the operating system."),
		str("userAgent_operatingSystem_version", "Version of the operating system."),
		yes("userAgent_nativeBrowser", "Whether it is a native client."),
		str("userAgent_tags", "JSON text: array of tags."),
	}
}

func mcasActivityActor() []schema.Column {
	list := []schema.Column{
		str("user_userName", "Who did it: user principal name, or name of an application."),
		str("user_userTags", "JSON text: array of ids of the user's groups."),
		str("failedUserData_userName", "Who was said to log on, when that failed."),
	}
	for _, actor := range []string{"resolvedActor", "resolvedActorAccount"} {
		for _, member := range []string{"id", "name", "objType", "role", "tags", "saasId", "instanceId", "governable", "resolved"} {
			list = append(list, str(actor+"_"+member, "Member "+member+" of who did it, as it was found among the accounts."))
		}
	}
	for _, n := range []string{"0", "1", "2"} {
		list = append(list,
			str("entityData_"+n+"_displayName", "Name of entity "+n+"."),
			str("entityData_"+n+"_id_id", "Id of entity "+n+"."),
			num("entityData_"+n+"_id_saas", "Application of entity "+n+"."),
			num("entityData_"+n+"_id_inst", "Instance of entity "+n+"."),
			yes("entityData_"+n+"_resolved", "Whether entity "+n+" was found."),
		)
	}
	return list
}

func mcasActivityDetails() []schema.Column {
	return []schema.Column{
		str("mainInfo_eventObjects", "JSON text: array of what took part, each with objType, role, name, id, link and others. Role 4 is who did it, 3 what it was done to."),
		str("mainInfo_rawOperationName", "Operation as the application calls it; for Microsoft 365 the name in its audit log (unconfirmed)."),
		str("mainInfo_prettyOperationName", "Operation for people."),
		str("mainInfo_type", "basic, login or failedLogin."),
		str("mainInfo_activityResult_isSuccess", "true or false."),
		str("mainInfo_activityResult_message", "What the application said."),
		yes("eventRouting_auditing", "How it went through the product."),
		yes("eventRouting_dispersed", "Likewise."),
		yes("eventRouting_lograbber", "Likewise."),
		yes("eventRouting_scubaUnpacker", "Likewise."),
		str("collected", "JSON text: times of the collectors."),
		str("lograbberService", "JSON text: collectors."),
		str("rawDataJson", "JSON text of the event as the application told it."),
		str("rawJson", "The same under its older name."),
		str("data", "JSON text: activities, in a row that is a whole answer of the API."),
		num("total", "Activities that the question is about, in such a row."),
		num("max", "Greatest page, in such a row."),
		yes("hasNext", "Whether there are more, in such a row."),
		yes("moreThanTotal", "Whether total is only the least, in such a row."),
	}
}
