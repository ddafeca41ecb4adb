package tables

import "nephoscope/internal/schema"

// A Resource is what the mapping of AzureActivity takes from a resource id, in
// the writing of the columns.
type Resource struct {
	Subscription string // SubscriptionId, lower case
	Group        string // ResourceGroup, upper case
	Provider     string // ResourceProviderValue, upper case
	Names        string // Properties_d.resource, lower case
}

// ResourceOf takes a resource id apart, for who writes rows as records again
// and need not tell what the id tells.
func ResourceOf(id string) Resource {
	r := parseResourceID([]byte(id))
	return Resource{
		Subscription: string(appendLower(nil, r.subscription)),
		Group:        string(appendUpper(nil, r.group)),
		Provider:     string(appendUpper(nil, r.provider)),
		Names:        string(r.appendNames(nil)),
	}
}

// CallerOf returns the caller that the mapping of AzureActivity finds in
// claims, which are a JSON object; "" for none.
func CallerOf(object schema.DynamicValue) string {
	var c claims
	c.read(parseEmbedded([]byte(object)))
	return string(c.caller().b)
}
