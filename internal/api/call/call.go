// Package call is what all calls over HTTP have in common, in whichever shape
// of the API they come: bodies with bounds, demands on the present state, pages
// of lists, and errors in the shape of Azure's own services. It stands below
// the packages that serve resources.
//
// Invariant: whatever a call does wrong is answered with a status of the 400s
// and an error that names the place; nothing of it is read beyond its bounds.
package call

import (
	"encoding/json"
	"net/http"
	"strings"
)

// A Handler answers a call, or returns why it cannot: an error before anything
// was written.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP answers with the handler's error, if there is one.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		Fail(w, ProblemOf(r, err))
	}
}

// Reply writes a JSON answer. A client that went away is nobody's error.
func Reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body)
}

// Fail writes an error.
func Fail(w http.ResponseWriter, p *Problem) {
	Reply(w, p.Status, map[string]*Problem{"error": p})
}

// A List is a page of a list.
type List[T any] struct {
	Value []T `json:"value"`
	// NextLink is the address of the next page, empty on the last one.
	NextLink string `json:"nextLink,omitempty"`
}

// userHeader names who makes a change.
const userHeader = "X-Nephoscope-User"

const maxUser = 256 // bytes

// User tells who makes a change: whoever the call names, or the fallback. The
// server has no sign-in yet, so it is not more than a name.
func User(r *http.Request, fallback string) string {
	name := strings.TrimSpace(r.Header.Get(userHeader))
	if name == "" {
		return fallback
	}
	return strings.ToValidUTF8(name[:min(len(name), maxUser)], "")
}
