package tables

import "nephoscope/internal/schema"

// The values of _DTItemType.
const (
	WatchlistItself = "watchlist"
	WatchlistItem   = "watchlist-item"
)

// Watchlist returns the table of watchlists and their items, one row per
// change: queries read the present items with _GetWatchlist.
func Watchlist() *schema.Table {
	return &schema.Table{
		Name: "Watchlist",
		Doc: "History of watchlists and their items, one row per change. _GetWatchlist('alias') reads the present items: " +
			"those whose _DTItemStatus is not Delete in summarize arg_max(_Sequence, *) by WatchlistId, _DTItemId.",
		Version:   1,
		Retention: 90,
		Standing:  &schema.Standing{By: []string{"WatchlistId", "_DTItemId"}, Status: "_DTItemStatus", Gone: StatusDelete},
		Columns: []schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the change was made."},
			{Name: "AzureTenantId", Type: schema.String, Doc: "Tenant of the directory; empty here."},
			{Name: "WatchlistId", Type: schema.String, Doc: "Id of the watchlist, a GUID; a watchlist that is made again has a new one."},
			{Name: "WatchlistName", Type: schema.String, Doc: "Name of the watchlist, for people."},
			{Name: "WatchlistAlias", Type: schema.String, Doc: "Name of the watchlist in queries."},
			{Name: "WatchlistCategory", Type: schema.String, Doc: "Category; empty here."},
			{Name: "WatchlistItem", Type: schema.Dynamic, Doc: "Object with the item's columns, all texts; null for a watchlist and for what is deleted."},
			{Name: "WatchlistItemId", Type: schema.String, Doc: "Id of the item; empty for a watchlist."},
			{Name: "SearchKey", Type: schema.String, Doc: "Value of the column that items are looked up by; of a watchlist, the column's name."},
			{Name: "Source", Type: schema.String, Doc: "What the items were read from, such as a file's name."},
			{Name: "Provider", Type: schema.String, Doc: "Who provides the watchlist."},
			{Name: "Notes", Type: schema.String, Doc: "Description of the watchlist."},
			{Name: "Tags", Type: schema.String, Doc: "JSON array of the watchlist's labels."},
			{Name: "EntityMapping", Type: schema.Dynamic, Doc: "Entities that the item's columns name."},
			{Name: "CreatedBy", Type: schema.Dynamic, Doc: "Object with objectId, email and name of who made it."},
			{Name: "UpdatedBy", Type: schema.Dynamic, Doc: "Object with objectId, email and name of who changed it."},
			{Name: "CreatedTimeUTC", Type: schema.Datetime, Doc: "When it was made."},
			{Name: "LastUpdatedTimeUTC", Type: schema.Datetime, Doc: "When it was changed."},
			{Name: "DefaultDuration", Type: schema.String, Doc: "How long items are meant to be valid, ISO 8601; nothing here acts on it."},
			{Name: "TimeToLive", Type: schema.Datetime, Doc: "When the item ceases to be valid; null here."},
			{Name: "CorrelationId", Type: schema.String, Doc: "Shared by the rows of one change."},
			{Name: "_DTItemId", Type: schema.String, Doc: "Id of the item, or of the watchlist."},
			{Name: "_DTItemType", Type: schema.String, Doc: "watchlist or watchlist-item."},
			{Name: "_DTItemStatus", Type: schema.String, Doc: "Create, Update or Delete."},
			{Name: "_DTTimestamp", Type: schema.Datetime, Doc: "When the change was made."},
			{Name: "SourceSystem", Type: schema.String, Doc: "Where the row was made."},
			{Name: "Type", Type: schema.String, Const: "Watchlist", Doc: "Name of the table."},
		},
	}
}
