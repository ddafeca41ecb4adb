package tables

import "nephoscope/internal/schema"

// The values of ResourceStatus, and of _DTItemStatus in Watchlist: what a row
// did to the thing it is about.
const (
	StatusCreate = "Create"
	StatusUpdate = "Update"
	StatusDelete = "Delete"
)

// NephoscopeResource returns the table of what people made here and can change:
// rules made through the API, watchlists, saved functions. Read the present
// state with summarize arg_max(_Sequence, *) by ResourceType, ResourceKey.
func NephoscopeResource() *schema.Table {
	return &schema.Table{
		Name: "NephoscopeResource",
		Doc: "History of what people made here and can change, such as watchlists and saved functions, one row per change. " +
			"The present state is where ResourceStatus is not Delete in summarize arg_max(_Sequence, *) by ResourceType, ResourceKey; it is kept however old it is.",
		Version:   1,
		Retention: 365,
		Standing:  &schema.Standing{By: []string{"ResourceType", "ResourceKey"}, Status: "ResourceStatus", Gone: StatusDelete},
		Columns: []schema.Column{
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the change was made."},
			{Name: "ResourceType", Type: schema.String, Doc: "What sort of thing it is, such as watchlist or function."},
			{Name: "ResourceName", Type: schema.String, Doc: "Name, as it was written last."},
			{Name: "ResourceKey", Type: schema.String, Doc: "Name in lower case: names that differ only in case are one."},
			{Name: "ResourceStatus", Type: schema.String, Doc: "Create, Update or Delete."},
			{Name: "Etag", Type: schema.String, Doc: "Changes with every change."},
			{Name: "CreatedTime", Type: schema.Datetime, Doc: "When the thing was made."},
			{Name: "Body", Type: schema.Dynamic, Doc: "The thing itself; null in a row that deletes it."},
			{Name: "ModifiedBy", Type: schema.String, Doc: "Who made the change."},
			{Name: "Type", Type: schema.String, Const: "NephoscopeResource", Doc: "Name of the table."},
		},
	}
}
