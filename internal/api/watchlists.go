package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/api/call"
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
	Export(ctx context.Context, alias string, to io.Writer) error
}

// A WatchlistWriter changes watchlists.
type WatchlistWriter interface {
	Import(ctx context.Context, w watchlist.Watchlist, r io.Reader, opt watchlist.ImportOptions) (*watchlist.Report, error)
	Update(ctx context.Context, alias string, c watchlist.Change) (*watchlist.Watchlist, error)
	Delete(ctx context.Context, alias, match, by string) error
}

func watchlistRoutes(lists Watchlists) []route {
	const one = "/api/v1/watchlists/{alias}"
	return []route{
		{"GET /api/v1/watchlists", listWatchlists(lists)},
		{"GET " + one, showWatchlist(lists)},
		{"PUT " + one, putWatchlist(lists)},
		{"DELETE " + one, deleteWatchlist(lists)},
		{"GET " + one + "/export", exportWatchlist(lists)},
	}
}

// A Watchlist is a list without its items, with its state.
type Watchlist struct {
	*watchlist.Watchlist
	Etag      string    `json:"etag"`
	Created   time.Time `json:"createdTimeUtc"`
	Updated   time.Time `json:"lastModifiedTimeUtc"`
	UpdatedBy string    `json:"lastModifiedBy"`
	// Import tells what a call that brought items did; absent otherwise.
	Import *Import `json:"import,omitempty"`
}

// An Import tells what became of the rows of a file.
type Import struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Deleted   int `json:"deleted"`
	Unchanged int `json:"unchanged"`
	// Bad counts rows that were left out; Problems are the first of them.
	Bad      int           `json:"bad"`
	Problems []call.Detail `json:"problems"`
}

func watchlistOf(w *watchlist.Watchlist) Watchlist {
	return Watchlist{Watchlist: w, Etag: w.Etag, Created: w.Created, Updated: w.Updated, UpdatedBy: w.UpdatedBy}
}

func importOf(r *watchlist.Report) *Import {
	im := &Import{Created: r.Created, Updated: r.Updated, Deleted: r.Deleted, Unchanged: r.Unchanged, Bad: r.Bad, Problems: []call.Detail{}}
	for _, e := range r.Problems {
		im.Problems = append(im.Problems, call.Detail{Code: "InvalidRow", Message: e.Problem, Line: e.Line, Column: e.Column})
	}
	return im
}

func listWatchlists(lists WatchlistReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := pageOf(r)
		if err != nil {
			return err
		}
		all, err := lists.List(r.Context())
		if err != nil {
			return err
		}
		shown := make([]Watchlist, len(all))
		for i, l := range all {
			shown[i] = watchlistOf(l)
		}
		answer, err := call.Slice(page, shown)
		if err == nil {
			call.Reply(w, http.StatusOK, answer)
		}
		return err
	}
}

func showWatchlist(lists WatchlistReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		list, err := lists.Get(r.Context(), r.PathValue("alias"))
		if err != nil {
			return err
		}
		call.SetEtag(w, list.Etag)
		call.Reply(w, http.StatusOK, watchlistOf(list))
		return nil
	}
}

// A watchlistBody is what a JSON body says of a list; items may be missing for
// one that is there.
type watchlistBody struct {
	DisplayName     *string        `json:"displayName"`
	Description     *string        `json:"description"`
	Provider        *string        `json:"provider"`
	Source          *string        `json:"source"`
	SearchKey       string         `json:"itemsSearchKey"`
	DefaultDuration *string        `json:"defaultDuration"`
	Labels          *[]string      `json:"labels"`
	Items           jsontext.Value `json:"items"`
}

func (b watchlistBody) change(match, by string) watchlist.Change {
	return watchlist.Change{
		DisplayName: b.DisplayName, Description: b.Description, Provider: b.Provider, Source: b.Source,
		DefaultDuration: b.DefaultDuration, Labels: b.Labels, Match: match, By: by,
	}
}

func (b watchlistBody) list(alias string) watchlist.Watchlist {
	w := watchlist.Watchlist{Alias: alias, SearchKey: b.SearchKey}
	for _, f := range []struct{ to, from *string }{
		{&w.DisplayName, b.DisplayName},
		{&w.Description, b.Description},
		{&w.Provider, b.Provider},
		{&w.Source, b.Source},
		{&w.DefaultDuration, b.DefaultDuration},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if b.Labels != nil {
		w.Labels = *b.Labels
	}
	return w
}

// putWatchlist makes a list or replaces its items by those of the body, or adds
// them.
func putWatchlist(lists WatchlistWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Demand(r)
		if err != nil {
			return err
		}
		media, err := call.Media(r, call.JSON, call.CSV)
		if err != nil {
			return err
		}
		if media == call.CSV {
			return putCSV(w, r, lists, match)
		}
		var body watchlistBody
		if err := call.Decode(r, call.Enormous, &body); err != nil {
			return err
		}
		alias, by := r.PathValue("alias"), call.User(r, byAPI)
		if body.Items == nil {
			return changeWatchlist(w, r, lists, alias, body.change(match, by))
		}
		return importItems(w, r, lists, body.list(alias), bytes.NewReader(body.Items), watchlist.ImportOptions{Format: watchlist.JSON, Match: match})
	}
}

func changeWatchlist(w http.ResponseWriter, r *http.Request, lists WatchlistWriter, alias string, c watchlist.Change) error {
	list, err := lists.Update(r.Context(), alias, c)
	if err != nil {
		return err
	}
	call.SetEtag(w, list.Etag)
	call.Reply(w, http.StatusOK, watchlistOf(list))
	return nil
}

// putCSV takes a file as the body; what the list is called is in parameters.
func putCSV(w http.ResponseWriter, r *http.Request, lists WatchlistWriter, match string) error {
	q := query{values: r.URL.Query()}
	list := watchlist.Watchlist{
		Alias: r.PathValue("alias"), SearchKey: q.text("itemsSearchKey"), DisplayName: q.text("displayName"),
		Description: q.text("description"), Source: q.text("source"), Provider: q.text("provider"),
	}
	if text := q.text("numberOfLinesToSkip"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			q.fail("numberOfLinesToSkip", "%q: want a number of lines", text)
		}
		list.SkippedLines = n
	}
	if q.err != nil {
		return q.err
	}
	return importItems(w, r, lists, list, r.Body, watchlist.ImportOptions{Format: watchlist.CSV, Match: match})
}

// importItems brings items in and tells what became of them.
func importItems(w http.ResponseWriter, r *http.Request, lists WatchlistWriter, list watchlist.Watchlist, items io.Reader, opt watchlist.ImportOptions) error {
	q := query{values: r.URL.Query()}
	opt.Mode, opt.By, opt.MaxBytes = watchlist.Replace, call.User(r, byAPI), call.Enormous
	if word(&q, "mode", []string{"replace", "append"}) == "append" {
		opt.Mode = watchlist.Append
	}
	if q.err != nil {
		return q.err
	}
	report, err := lists.Import(r.Context(), list, items, opt)
	if err != nil {
		return err
	}
	answer := watchlistOf(report.List)
	answer.Import = importOf(report)
	call.SetEtag(w, answer.Etag)
	call.Reply(w, madeOrChanged(answer.Created, answer.Updated), answer)
	return nil
}

func deleteWatchlist(lists WatchlistWriter) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		if err := lists.Delete(r.Context(), r.PathValue("alias"), match, call.User(r, byAPI)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// exportWatchlist writes a list as a file. If reading it fails half way, the
// connection is cut, so that nobody takes a part for the whole.
func exportWatchlist(lists WatchlistReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		list, err := lists.Get(r.Context(), r.PathValue("alias"))
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+list.Alias+`.csv"`)
		call.SetEtag(w, list.Etag)
		if err := lists.Export(r.Context(), list.Alias, w); err != nil {
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}
