package call

import (
	"net/http"
	"strings"

	"nephoscope/internal/resource"
)

// SetEtag names the state that an answer shows.
func SetEtag(w http.ResponseWriter, etag string) { w.Header().Set("ETag", Quote(etag)) }

// Quote writes an etag as it stands in a header.
func Quote(etag string) string { return `"` + etag + `"` }

// Unquote reads an etag as it stands in a header, or in a body, where people
// leave the quotes out.
func Unquote(etag string) string {
	etag = strings.TrimPrefix(strings.TrimSpace(etag), "W/")
	if len(etag) >= 2 && strings.HasPrefix(etag, `"`) && strings.HasSuffix(etag, `"`) {
		return etag[1 : len(etag)-1]
	}
	return etag
}

// conditional tells whether a call demands a state.
func conditional(r *http.Request) bool {
	return r.Header.Get("If-Match") != "" || r.Header.Get("If-None-Match") != ""
}

// Etag returns the state that a change of something there starts from: that of
// If-Match, "*" for any, "" if the call does not say.
func Etag(r *http.Request) (string, error) {
	if r.Header.Get("If-None-Match") != "" {
		return "", Bad("If-None-Match", "If-None-Match is for making things: use If-Match with the etag that was read")
	}
	return one(r.Header.Get("If-Match"))
}

// Demand returns what a call that makes or changes something demands of the
// present state, as package resource has it.
func Demand(r *http.Request) (string, error) {
	none := r.Header.Get("If-None-Match")
	switch {
	case none == "":
		return one(r.Header.Get("If-Match"))
	case none != "*" || r.Header.Get("If-Match") != "":
		return "", Bad("If-None-Match", "If-None-Match can only be *, and not beside If-Match")
	}
	return resource.Absent, nil
}

// one reads a header with one etag.
func one(header string) (string, error) {
	if strings.Contains(header, ",") {
		return "", Bad("If-Match", "If-Match %q: want one etag, or *", header)
	}
	etag := Unquote(header)
	if etag == resource.Absent { // a word of ours that is nobody's etag
		return "", Bad("If-Match", "If-Match %q is no etag", header)
	}
	return etag, nil
}
