package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// A failure is an error on its way to the client, which finds the same
// sentinel in it as if it had called the Space itself.
type failure struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

// sentinels are the errors that a caller may look for, by code.
func sentinels() map[string]error {
	return map[string]error{
		"no-hub": space.ErrNoHub, "hub-exists": space.ErrHub, "no-group": space.ErrNoGroup, "group-exists": space.ErrGroup,
		"limit": space.ErrLimit, "settings": space.ErrSettings, "closed": space.ErrClosed,
		"no-policy": access.ErrPolicyUnknown, "policy-exists": access.ErrPolicyExists, "policy-limit": access.ErrPolicyLimit,
		"policy-name": access.ErrPolicyName, "rights": access.ErrRights,
	}
}

func failureOf(err error) failure {
	f := failure{Message: err.Error()}
	for code, sentinel := range sentinels() {
		if errors.Is(err, sentinel) {
			f.Code = code
		}
	}
	return f
}

// Error implements error.
func (f failure) Error() string { return f.Message }

// Unwrap gives the sentinel, if there is one.
func (f failure) Unwrap() error { return sentinels()[f.Code] }

func read(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	return nil
}

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
