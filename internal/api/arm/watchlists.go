package arm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/resource"
	"nephoscope/internal/watchlist"
)

// Watchlists answers for watchlists; watchlist.Lists does.
type Watchlists interface {
	WatchlistReader
	WatchlistWriter
	Items
}

// A WatchlistReader shows watchlists.
type WatchlistReader interface {
	List(ctx context.Context) ([]*watchlist.Watchlist, error)
	Get(ctx context.Context, alias string) (*watchlist.Watchlist, error)
}

// A WatchlistWriter changes watchlists.
type WatchlistWriter interface {
	Import(ctx context.Context, w watchlist.Watchlist, r io.Reader, opt watchlist.ImportOptions) (*watchlist.Report, error)
	Update(ctx context.Context, alias string, c watchlist.Change) (*watchlist.Watchlist, error)
	Delete(ctx context.Context, alias, match, by string) error
}

func watchlistRoutes(lists Watchlists) []route {
	return []route{
		{"GET", "/watchlists", listWatchlists(lists)},
		{"GET", "/watchlists/{alias}", showWatchlist(lists)},
		{"PUT", "/watchlists/{alias}", putWatchlist(lists)},
		{"DELETE", "/watchlists/{alias}", deleteWatchlist(lists)},
	}
}

// watchlistProperties are what is said of a list.
type watchlistProperties struct {
	ID              string    `json:"watchlistId"`
	Alias           string    `json:"watchlistAlias"`
	DisplayName     string    `json:"displayName"`
	Description     string    `json:"description,omitempty"`
	Provider        string    `json:"provider"`
	Source          string    `json:"source,omitempty"`
	Type            string    `json:"watchlistType"`
	SearchKey       string    `json:"itemsSearchKey"`
	SkippedLines    int       `json:"numberOfLinesToSkip,omitempty"`
	DefaultDuration string    `json:"defaultDuration,omitempty"`
	Labels          []string  `json:"labels,omitempty"`
	Items           int       `json:"watchlistItemsCount"`
	Upload          string    `json:"uploadStatus"`
	Deleted         bool      `json:"isDeleted"`
	Created         time.Time `json:"created"`
	Updated         time.Time `json:"updated"`
	CreatedBy       client    `json:"createdBy"`
	UpdatedBy       client    `json:"updatedBy"`
}

func watchlistOf(r *http.Request, w *watchlist.Watchlist) Resource[watchlistProperties] {
	return newResource(r, "watchlists/"+w.Alias, w.Etag, watchlistProperties{
		ID: w.ID, Alias: w.Alias, DisplayName: w.DisplayName, Description: w.Description, Provider: w.Provider, Source: w.Source,
		Type: "watchlist", SearchKey: w.SearchKey, SkippedLines: w.SkippedLines, DefaultDuration: w.DefaultDuration,
		Labels: w.Labels, Items: w.Items, Upload: "Complete",
		Created: w.Created, Updated: w.Updated, CreatedBy: client{w.CreatedBy}, UpdatedBy: client{w.UpdatedBy},
	})
}

func listWatchlists(lists WatchlistReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		all, err := lists.List(r.Context())
		if err != nil {
			return err
		}
		shown := make([]Resource[watchlistProperties], len(all))
		for i, l := range all {
			shown[i] = watchlistOf(r, l)
		}
		return replySlice(w, r, shown)
	}
}

func showWatchlist(lists WatchlistReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		list, err := lists.Get(r.Context(), r.PathValue("alias"))
		if err != nil {
			return err
		}
		replyResource(w, false, watchlistOf(r, list))
		return nil
	}
}

// A watchlistBody is what a call says of a list, and its items as a file.
type watchlistBody struct {
	Etag       string `json:"etag"`
	Properties struct {
		DisplayName     string   `json:"displayName"`
		Description     string   `json:"description"`
		Provider        string   `json:"provider"`
		Source          string   `json:"source"`
		SearchKey       string   `json:"itemsSearchKey"`
		SkippedLines    int      `json:"numberOfLinesToSkip"`
		DefaultDuration string   `json:"defaultDuration"`
		Labels          []string `json:"labels"`
		Content         string   `json:"rawContent"`
		ContentType     string   `json:"contentType"`
	} `json:"properties"`
}

// list is the list of a body.
func (b *watchlistBody) list(alias string) watchlist.Watchlist {
	p := &b.Properties
	return watchlist.Watchlist{
		Alias: alias, DisplayName: p.DisplayName, Description: p.Description, Provider: p.Provider, Source: p.Source,
		SearchKey: p.SearchKey, SkippedLines: p.SkippedLines, DefaultDuration: p.DefaultDuration, Labels: p.Labels,
	}
}

func (b *watchlistBody) check() error {
	p := &b.Properties
	if p.ContentType != "" && !strings.EqualFold(p.ContentType, call.CSV) {
		return call.Bad("properties.contentType", "properties.contentType %q: want text/csv", p.ContentType)
	}
	for field, text := range map[string]string{"displayName": p.DisplayName, "provider": p.Provider, "itemsSearchKey": p.SearchKey} {
		if text == "" {
			return call.Bad("properties."+field, "properties.%s is missing: displayName, provider and itemsSearchKey are needed", field)
		}
	}
	return nil
}

// putWatchlist makes a list or changes what is known of it; if the body has
// content, its items become those of the content.
func putWatchlist(lists Watchlists) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body watchlistBody
		if err := call.DecodeLoose(r, call.Enormous, &body); err != nil {
			return err
		}
		if err := body.check(); err != nil {
			return err
		}
		_, err := lists.Get(r.Context(), r.PathValue("alias"))
		made := errors.Is(err, resource.ErrNotFound)
		match, err := demand(r, body.Etag, !made)
		if err != nil {
			return err
		}
		list, err := body.put(r, lists, made, match)
		if err != nil {
			return err
		}
		replyResource(w, made, watchlistOf(r, list))
		return nil
	}
}

// put does what the body says. A list that is made without content has the
// search key as its only column.
func (b *watchlistBody) put(r *http.Request, lists WatchlistWriter, made bool, match string) (*watchlist.Watchlist, error) {
	list, by, content := b.list(r.PathValue("alias")), call.User(r, byARM), b.Properties.Content
	switch {
	case content == "" && made:
		content, list.SkippedLines = list.SearchKey+"\n", 0
	case content == "":
		return lists.Update(r.Context(), list.Alias, watchlist.Change{
			DisplayName: &list.DisplayName, Description: &list.Description, Provider: &list.Provider, Source: &list.Source,
			DefaultDuration: &list.DefaultDuration, Labels: &list.Labels, Match: match, By: by,
		})
	}
	report, err := lists.Import(r.Context(), list, strings.NewReader(content),
		watchlist.ImportOptions{Mode: watchlist.Replace, Match: match, By: by, MaxBytes: watchlist.MaxInline})
	if err != nil {
		return nil, err
	}
	return report.List, nil
}

func deleteWatchlist(lists WatchlistWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		return replyDeleted(w, r, lists.Delete(r.Context(), r.PathValue("alias"), match, call.User(r, byARM)))
	}
}
