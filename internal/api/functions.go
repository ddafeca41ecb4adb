package api

import (
	"context"
	"net/http"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/function"
)

// Functions answers for saved functions; function.Functions does.
type Functions interface {
	List(ctx context.Context) ([]*function.Function, error)
	Get(ctx context.Context, name string) (*function.Function, error)
	Put(ctx context.Context, fn function.Function, match, by string) (*function.Function, error)
	Delete(ctx context.Context, name, match, by string) error
}

func functionRoutes(functions Functions) []route {
	const one = "/api/v1/functions/{name}"
	return []route{
		{"GET /api/v1/functions", listFunctions(functions)},
		{"GET " + one, showFunction(functions)},
		{"PUT " + one, putFunction(functions)},
		{"DELETE " + one, deleteFunction(functions)},
	}
}

// A Function is a saved function with its state.
type Function struct {
	*function.Function
	Etag      string    `json:"etag"`
	Created   time.Time `json:"createdTimeUtc"`
	Updated   time.Time `json:"lastModifiedTimeUtc"`
	UpdatedBy string    `json:"lastModifiedBy"`
}

func functionOf(f *function.Function) Function {
	return Function{Function: f, Etag: f.Etag, Created: f.Created, Updated: f.Updated, UpdatedBy: f.UpdatedBy}
}

func listFunctions(functions Functions) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := pageOf(r)
		if err != nil {
			return err
		}
		all, err := functions.List(r.Context())
		if err != nil {
			return err
		}
		shown := make([]Function, len(all))
		for i, f := range all {
			shown[i] = functionOf(f)
		}
		answer, err := call.Slice(page, shown)
		if err == nil {
			call.Reply(w, http.StatusOK, answer)
		}
		return err
	}
}

func showFunction(functions Functions) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := functions.Get(r.Context(), r.PathValue("name"))
		if err != nil {
			return err
		}
		call.SetEtag(w, f.Etag)
		call.Reply(w, http.StatusOK, functionOf(f))
		return nil
	}
}

func putFunction(functions Functions) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Demand(r)
		if err != nil {
			return err
		}
		var body struct {
			Title       string `json:"displayName"`
			Category    string `json:"category"`
			Description string `json:"description"`
			Parameters  string `json:"functionParameters"`
			Body        string `json:"query"`
			Version     string `json:"version"`
		}
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		put, err := functions.Put(r.Context(), function.Function{
			Name: r.PathValue("name"), Title: body.Title, Category: body.Category, Description: body.Description,
			Parameters: body.Parameters, Body: body.Body, Version: body.Version,
		}, match, call.User(r, byAPI))
		if err != nil {
			return err
		}
		call.SetEtag(w, put.Etag)
		call.Reply(w, madeOrChanged(put.Created, put.Updated), functionOf(put))
		return nil
	}
}

func deleteFunction(functions Functions) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		match, err := call.Etag(r)
		if err != nil {
			return err
		}
		if err := functions.Delete(r.Context(), r.PathValue("name"), match, call.User(r, byAPI)); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
