package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/watchlist"
)

// Items answers for the items of watchlists.
type Items interface {
	Page(ctx context.Context, alias string, skip, limit int) ([]*watchlist.Item, error)
	Item(ctx context.Context, alias, id string) (*watchlist.Item, error)
	PutItem(ctx context.Context, alias string, it watchlist.Item, match string) (*watchlist.Item, error)
	DeleteItem(ctx context.Context, alias, id, match, by string) error
}

func itemRoutes(lists Watchlists) []route {
	const all = "/api/v1/watchlists/{alias}/items"
	return []route{
		{"GET " + all, listItems(lists)},
		{"POST " + all, putItem(lists)},
		{"GET " + all + "/{id}", showItem(lists)},
		{"PUT " + all + "/{id}", putItem(lists)},
		{"DELETE " + all + "/{id}", deleteItem(lists)},
	}
}

// An Item is one item of a watchlist.
type Item struct {
	ID        string            `json:"watchlistItemId"`
	Key       string            `json:"searchKey"`
	Fields    map[string]string `json:"itemsKeyValue"`
	Entities  json.RawMessage   `json:"entityMapping,omitempty"`
	Etag      string            `json:"etag"`
	Created   time.Time         `json:"createdTimeUtc"`
	Updated   time.Time         `json:"lastModifiedTimeUtc"`
	UpdatedBy string            `json:"lastModifiedBy"`
}

func itemOf(it *watchlist.Item) Item {
	return Item{
		ID: it.ID, Key: it.Key, Fields: it.Fields, Entities: it.Entities, Etag: it.Etag,
		Created: it.Created, Updated: it.Updated, UpdatedBy: it.By,
	}
}

func listItems(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := pageOf(r)
		if err != nil {
			return err
		}
		skip, err := page.Skip()
		if err != nil {
			return err
		}
		found, err := items.Page(r.Context(), r.PathValue("alias"), skip, page.Limit+1)
		if err != nil {
			return err
		}
		list := make([]Item, len(found))
		for i, it := range found {
			list[i] = itemOf(it)
		}
		call.Reply(w, http.StatusOK, call.Cut(page, list, func(Item) string { return strconv.Itoa(skip + page.Limit) }))
		return nil
	}
}

func showItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		it, err := items.Item(r.Context(), r.PathValue("alias"), r.PathValue("id"))
		if err != nil {
			return err
		}
		call.SetEtag(w, it.Etag)
		call.Reply(w, http.StatusOK, itemOf(it))
		return nil
	}
}

func putItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Demand(r)
		if err != nil {
			return err
		}
		var body struct {
			Fields   map[string]string `json:"itemsKeyValue"`
			Entities json.RawMessage   `json:"entityMapping"`
		}
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		it := watchlist.Item{ID: r.PathValue("id"), Fields: body.Fields, Entities: body.Entities, By: call.User(r, byAPI)}
		put, err := items.PutItem(r.Context(), r.PathValue("alias"), it, match)
		if err != nil {
			return err
		}
		call.SetEtag(w, put.Etag)
		call.Reply(w, madeOrChanged(put.Created, put.Updated), itemOf(put))
		return nil
	}
}

func deleteItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		if err := items.DeleteItem(r.Context(), r.PathValue("alias"), r.PathValue("id"), match, call.User(r, byAPI)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
