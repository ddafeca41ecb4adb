package tenant

import "net/http"

// table returns the operations there are. Of two patterns that fit, the first
// is meant.
func (t *Tenant) table() []route {
	const (
		subscription = "/subscriptions/{subscription}"
		monitor      = subscription + "/providers/microsoft.insights"
		group        = subscription + "/resourceGroups/{group}/providers"
	)
	directory := []string{"2022-12-01", "2022-09-01", "2021-01-01", "2020-01-01", "2016-06-01"}
	resources := []string{"2022-09-01", "2021-04-01", "2019-10-01"}
	profiles := []string{"2016-03-01"}
	diagnostics := []string{"2021-05-01-preview", "2017-05-01-preview"}
	activity := []string{"2015-04-01", "2014-04-01"}
	profile, diagnostic := profileKind(), diagnosticKind()
	routes := []route{
		{http.MethodGet, "/subscriptions", directory, "", "", (*call).listSubscriptions},
		{http.MethodGet, subscription, directory, "Microsoft.Resources/subscriptions/read", "", (*call).getSubscription},
		{http.MethodGet, subscription + "/locations", directory, "Microsoft.Resources/subscriptions/locations/read", "/locations/", (*call).listLocations},
		{http.MethodGet, subscription + "/providers/{provider}", resources, "Microsoft.Resources/subscriptions/providers/read", "/providers/", (*call).getProvider},
		{http.MethodPost, subscription + "/providers/{provider}/register", resources, "microsoft.insights/register/action", "/providers/", (*call).registerProvider},
		{http.MethodGet, "/{scope}/providers/Microsoft.Authorization/permissions", []string{"2022-04-01", "2015-07-01"}, "Microsoft.Authorization/permissions/read", "/providers/microsoft.authorization/", (*call).listPermissions},

		{http.MethodGet, monitor + "/logprofiles", profiles, "Microsoft.Insights/logProfiles/read", "", profile.list},
		{http.MethodGet, monitor + "/logprofiles/{name}", profiles, "Microsoft.Insights/logProfiles/read", "", profile.get},
		{http.MethodPut, monitor + "/logprofiles/{name}", profiles, "Microsoft.Insights/logProfiles/write", "", profile.put},
		{http.MethodPatch, monitor + "/logprofiles/{name}", profiles, "Microsoft.Insights/logProfiles/write", "", profile.patch},
		{http.MethodDelete, monitor + "/logprofiles/{name}", profiles, "Microsoft.Insights/logProfiles/delete", "", profile.remove},
		{http.MethodGet, monitor + "/diagnosticSettings", diagnostics, "Microsoft.Insights/diagnosticSettings/read", "", diagnostic.list},
		{http.MethodGet, monitor + "/diagnosticSettings/{name}", diagnostics, "Microsoft.Insights/diagnosticSettings/read", "", diagnostic.get},
		{http.MethodPut, monitor + "/diagnosticSettings/{name}", diagnostics, "Microsoft.Insights/diagnosticSettings/write", "", diagnostic.put},
		{http.MethodDelete, monitor + "/diagnosticSettings/{name}", diagnostics, "Microsoft.Insights/diagnosticSettings/delete", "", diagnostic.remove},

		{http.MethodGet, monitor + "/eventtypes/management/values", activity, "microsoft.insights/eventtypes/values/read", "/values/", (*call).listEvents},
		{http.MethodGet, "/providers/microsoft.insights/eventtypes/management/values", activity, "microsoft.insights/eventtypes/values/read", "/values/", (*call).listEvents},
		{http.MethodGet, "/providers/microsoft.insights/eventcategories", activity, "", "", (*call).listCategories},
		{http.MethodGet, group + "/Microsoft.Storage/storageAccounts/{account}", []string{"2023-05-01", "2023-01-01", "2019-06-01"}, "Microsoft.Storage/storageAccounts/read", "", (*call).getAccount},
	}
	for _, provider := range []string{"Microsoft.EventHub", "Microsoft.ServiceBus"} {
		at := group + "/" + provider + "/namespaces/{namespace}"
		versions := []string{"2024-01-01", "2021-11-01", "2017-04-01"}
		routes = append(routes,
			route{http.MethodGet, at, versions, provider + "/namespaces/read", "", (*call).getNamespace},
			route{http.MethodGet, at + "/authorizationRules", versions, provider + "/namespaces/authorizationRules/read", "/authorizationrules/", (*call).listRules},
			route{http.MethodGet, at + "/authorizationRules/{rule}", versions, provider + "/namespaces/authorizationRules/read", "", (*call).getRule},
			route{http.MethodPost, at + "/authorizationRules/{rule}/listKeys", versions, provider + "/namespaces/authorizationRules/listkeys/action", "/listkeys/", (*call).listKeys},
			route{http.MethodGet, at + "/eventhubs/{hub}", versions, provider + "/namespaces/eventhubs/read", "", (*call).getHub},
		)
	}
	return routes
}
