package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A Watchlist is a list of items that queries read with _GetWatchlist.
type Watchlist struct {
	// ID is the WatchlistId of a list whose items are in the table Watchlist;
	// its Rows are nil.
	ID string
	// SearchKey is the column by which items are looked up.
	SearchKey string
	Columns   []string
	Rows      [][]string
	Updated   schema.DatetimeValue
}

// The columns that all watchlists have, as Sentinel's function returns them.
var watchlistColumns = []schema.Column{
	{Name: "_DTItemId", Type: schema.String},
	{Name: "LastUpdatedTimeUTC", Type: schema.Datetime},
	{Name: "SearchKey", Type: schema.String},
	{Name: "WatchlistItem", Type: schema.Dynamic},
}

// watchlist binds _GetWatchlist('alias'). A list that is not there has no
// items, and any column that the query names.
func (b *binder) watchlist(x *syntax.Call, sc *scope) plan.Node {
	if len(x.Args) != 1 {
		b.fail(x, "%s takes one argument, the alias of a watchlist", x.Name.Name)
		return nothing()
	}
	alias, ok := b.constantText(x.Args[0], &env{scope: sc})
	if !ok {
		b.fail(x.Args[0], "the alias of a watchlist is expected here, as a constant text")
		return nothing()
	}
	noteOnce(&b.reads.Watchlists, alias)
	var list *Watchlist
	if b.opt.Watchlist != nil {
		found, err := b.opt.Watchlist(alias)
		if err != nil {
			b.failReading(x.Args[0], fmt.Sprintf("the watchlist %q", alias), err)
			return nothing()
		}
		list = found
	}
	if list == nil {
		b.note("there is no watchlist %q: it counts as empty", alias)
		return b.storedCall(x, Stored{Columns: watchlistColumns, Open: true})
	}
	if list.ID != "" {
		return b.composed(x.Name.Name, list.query(), x)
	}
	return list.rows()
}

// query reads the present items of a stored list: its columns that a query does
// not use are never made.
func (w *Watchlist) query() string {
	var q strings.Builder
	fmt.Fprintf(&q, `Watchlist | where WatchlistId == %s and _DTItemType == "watchlist-item"
		| summarize arg_max(_Sequence, _DTItemStatus, LastUpdatedTimeUTC, SearchKey, WatchlistItem) by _DTItemId
		| where _DTItemStatus != "Delete"
		| project _DTItemId, LastUpdatedTimeUTC, SearchKey, WatchlistItem`, textLiteral(w.ID))
	for _, name := range w.Columns {
		if !slices.ContainsFunc(watchlistColumns, func(c schema.Column) bool { return c.Name == name }) {
			fmt.Fprintf(&q, ", [%[1]s] = tostring(WatchlistItem[%[1]s])", textLiteral(name))
		}
	}
	return q.String()
}

// textLiteral writes a text as KQL does.
func textLiteral(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// watchlistAliases names the function that lists watchlists.
const watchlistAliases = "_GetWatchlistAlias"

// watchlistAliases binds _GetWatchlistAlias: the aliases of all lists.
func (b *binder) watchlistAliases() plan.Node {
	n := &plan.Values{Cols: []*plan.Column{{Name: "WatchlistAlias", Type: schema.String}}}
	if b.opt.Watchlists != nil {
		for _, alias := range b.opt.Watchlists() {
			n.Rows = append(n.Rows, []plan.Expr{&plan.Const{T: schema.String, Value: alias}})
		}
	}
	return n
}

// note adds a remark for the person who reads the answer, once.
func (b *binder) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range b.notes {
		if n == text {
			return
		}
	}
	b.notes = append(b.notes, text)
}

// rows are the items: what all watchlists have, then the list's own columns.
func (w *Watchlist) rows() plan.Node {
	n := &plan.Values{}
	for _, c := range watchlistColumns {
		n.Cols = append(n.Cols, &plan.Column{Name: c.Name, Type: c.Type, Nullable: c.Type != schema.String})
	}
	for _, name := range w.Columns {
		n.Cols = append(n.Cols, &plan.Column{Name: name, Type: schema.String})
	}
	for i, fields := range w.Rows {
		item, key := map[string]string{}, ""
		for j, name := range w.Columns {
			if j < len(fields) {
				item[name] = fields[j]
			}
		}
		key = item[w.SearchKey]
		text, err := json.Marshal(item, json.Deterministic(true))
		if err != nil {
			text = []byte("{}")
		}
		row := []plan.Expr{
			&plan.Const{T: schema.String, Value: fmt.Sprintf("%s-%d", w.SearchKey, i)}, &plan.Const{T: schema.Datetime, Value: w.Updated},
			&plan.Const{T: schema.String, Value: key}, &plan.Const{T: schema.Dynamic, Value: schema.DynamicValue(text)},
		}
		for _, name := range w.Columns {
			row = append(row, &plan.Const{T: schema.String, Value: item[name]})
		}
		n.Rows = append(n.Rows, row)
	}
	return n
}
