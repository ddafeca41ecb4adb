package arm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

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
	const all = "/watchlists/{alias}/watchlistitems"
	return []route{
		{"GET", all, listItems(lists)},
		{"GET", all + "/{id}", showItem(lists)},
		{"PUT", all + "/{id}", putItem(lists)},
		{"DELETE", all + "/{id}", deleteItem(lists)},
	}
}

type itemProperties struct {
	ID        string            `json:"watchlistItemId"`
	Type      string            `json:"watchlistItemType"`
	Fields    map[string]string `json:"itemsKeyValue"`
	Entities  json.RawMessage   `json:"entityMapping,omitempty"`
	Deleted   bool              `json:"isDeleted"`
	Created   time.Time         `json:"created"`
	Updated   time.Time         `json:"updated"`
	CreatedBy client            `json:"createdBy"`
	UpdatedBy client            `json:"updatedBy"`
}

func itemOf(r *http.Request, it *watchlist.Item) Resource[itemProperties] {
	return newResource(r, "watchlists/"+r.PathValue("alias")+"/watchlistItems/"+it.ID, it.Etag, itemProperties{
		ID: it.ID, Type: "watchlist-item", Fields: it.Fields, Entities: it.Entities,
		Created: it.Created, Updated: it.Updated, CreatedBy: client{it.By}, UpdatedBy: client{it.By},
	})
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
		list := make([]Resource[itemProperties], len(found))
		for i, it := range found {
			list[i] = itemOf(r, it)
		}
		next := strconv.Itoa(skip + page.Limit)
		call.Reply(w, http.StatusOK, call.Cut(page, list, func(Resource[itemProperties]) string { return next }))
		return nil
	}
}

func showItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		it, err := items.Item(r.Context(), r.PathValue("alias"), r.PathValue("id"))
		if err != nil {
			return err
		}
		replyResource(w, false, itemOf(r, it))
		return nil
	}
}

// An itemBody is what a call says of an item.
type itemBody struct {
	Etag       string `json:"etag"`
	Properties struct {
		Fields   map[string]jsontext.Value `json:"itemsKeyValue"`
		Entities json.RawMessage           `json:"entityMapping"`
	} `json:"properties"`
}

// item is the item of a body. Values that are no texts become such, as they are
// written.
func (b *itemBody) item(r *http.Request) (watchlist.Item, error) {
	it := watchlist.Item{ID: r.PathValue("id"), Fields: map[string]string{}, Entities: b.Properties.Entities, By: call.User(r, byARM)}
	for key, v := range b.Properties.Fields {
		switch v.Kind() {
		case '"':
			text, err := jsontext.AppendUnquote(nil, v)
			if err != nil {
				return it, call.Bad("properties.itemsKeyValue."+key, "properties.itemsKeyValue.%s: %s", key, err)
			}
			it.Fields[key] = string(text)
		case '0', 't', 'f':
			it.Fields[key] = v.String()
		case 'n':
		default:
			return it, call.Bad("properties.itemsKeyValue."+key, "properties.itemsKeyValue.%s: want a text, a number, true or false", key)
		}
	}
	return it, nil
}

func putItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body itemBody
		if err := call.DecodeLoose(r, call.Large, &body); err != nil {
			return err
		}
		it, err := body.item(r)
		if err != nil {
			return err
		}
		alias := r.PathValue("alias")
		_, err = items.Item(r.Context(), alias, it.ID)
		made := errors.Is(err, watchlist.ErrNoItem)
		match, err := demand(r, body.Etag, !made)
		if err != nil {
			return err
		}
		put, err := items.PutItem(r.Context(), alias, it, match)
		if err != nil {
			return err
		}
		replyResource(w, made, itemOf(r, put))
		return nil
	}
}

func deleteItem(items Items) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		return replyDeleted(w, r, items.DeleteItem(r.Context(), r.PathValue("alias"), r.PathValue("id"), match, call.User(r, byARM)))
	}
}
