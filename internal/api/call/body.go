package call

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Bounds of bodies, in bytes.
const (
	Small    = 64 << 10  // of most resources
	Large    = 256 << 10 // of functions
	Enormous = 4 << 20   // of watchlists; no body may be larger
)

// Media types of bodies.
const (
	JSON = "application/json"
	YAML = "application/yaml"
	CSV  = "text/csv"
)

// Media returns the type of the body, which must be one of the allowed ones.
// Forms of a page of another origin have none of these types, so a browser asks
// first whether it may send them, and no one answers that it may.
func Media(r *http.Request, allowed ...string) (string, error) {
	given := r.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(given)
	if err != nil || !slices.Contains(allowed, media) {
		return "", &Problem{
			Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType",
			Message: fmt.Sprintf("Content-Type %q: want %s", given, strings.Join(allowed, " or ")),
		}
	}
	return media, nil
}

// Body reads the body, up to a bound.
func Body(r *http.Request, limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var large *http.MaxBytesError
	if err != nil && !errors.As(err, &large) {
		return nil, Bad("", "the body cannot be read: %s", err)
	}
	return data, err
}

// Decode reads a JSON body. Members that dst does not have are errors.
func Decode(r *http.Request, limit int64, dst any) error {
	return decode(r, limit, dst, json.RejectUnknownMembers(true))
}

// DecodeLoose reads a JSON body as Azure's services do: the case of names does
// not count, and members that dst does not have are passed over.
func DecodeLoose(r *http.Request, limit int64, dst any) error {
	return decode(r, limit, dst, json.MatchCaseInsensitiveNames(true))
}

func decode(r *http.Request, limit int64, dst any, opt json.Options) error {
	if _, err := Media(r, JSON); err != nil {
		return err
	}
	data, err := Body(r, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, dst, opt); err != nil {
		return undecoded(data, err)
	}
	return nil
}
