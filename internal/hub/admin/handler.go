package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"nephoscope/internal/hub"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// maxPeek is how many events one answer holds at most.
const maxPeek = 1000

// A Key is a policy with what a client needs to use it.
type Key struct {
	access.Policy
	// Primary and Secondary are connection strings.
	Primary   string `json:"primaryConnectionString"`
	Secondary string `json:"secondaryConnectionString"`
}

// A NewHub says what hub to make. Zero fields are the namespace's defaults.
type NewHub struct {
	Name           string  `json:"name"`
	Partitions     int     `json:"partitions,omitempty"`
	RetentionHours float64 `json:"retentionHours,omitempty"`
	MaxBytes       int64   `json:"maxBytes,omitempty"` // of each partition
}

// A NewPolicy says what policy to make, of a hub or of the namespace.
type NewPolicy struct {
	Name   string        `json:"name"`
	Rights access.Rights `json:"rights"`
}

// Handler answers requests in JSON. It asks nobody who they are: whoever
// reaches it may do all.
func Handler(s *space.Space, stats func() hub.Stats) http.Handler {
	a := &answers{s, stats}
	mux := http.NewServeMux()
	for pattern, answer := range map[string]answer{
		"GET /stats":                                 a.stats,
		"POST /hubs":                                 a.create,
		"DELETE /hubs/{hub}":                         a.delete,
		"POST /hubs/{hub}/groups/{group}":            a.createGroup,
		"DELETE /hubs/{hub}/groups/{group}":          a.deleteGroup,
		"GET /hubs/{hub}/partitions/{id}/events":     a.peek,
		"GET /policies":                              a.keys,
		"POST /policies":                             a.addPolicy,
		"DELETE /policies/{policy}":                  a.removePolicy,
		"POST /policies/{policy}/regenerate/{which}": a.regenerate,
	} {
		mux.Handle(pattern, answer)
	}
	return mux
}

// An answer is a value that is written as JSON, or an error.
type answer func(*http.Request) (any, error)

// ServeHTTP implements http.Handler.
func (a answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	value, err := a(r)
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		value = failureOf(err)
	}
	_ = json.NewEncoder(w).Encode(value) // the client is gone if this fails
}

type answers struct {
	space *space.Space
	look  func() hub.Stats
}

func (a *answers) stats(*http.Request) (any, error) { return a.look(), nil }

func (a *answers) create(r *http.Request) (any, error) {
	var want NewHub
	if err := read(r, &want); err != nil {
		return nil, err
	}
	h, err := a.space.Create(want.Name, space.Settings{
		Partitions: want.Partitions, Retention: hours(want.RetentionHours), MaxBytes: want.MaxBytes,
	})
	if err != nil {
		return nil, err
	}
	return h.Stats(), nil
}

func (a *answers) delete(r *http.Request) (any, error) {
	return nil, a.space.Delete(r.PathValue("hub"))
}

func (a *answers) createGroup(r *http.Request) (any, error) {
	return nil, a.space.CreateGroup(r.PathValue("hub"), r.PathValue("group"))
}

func (a *answers) deleteGroup(r *http.Request) (any, error) {
	return nil, a.space.DeleteGroup(r.PathValue("hub"), r.PathValue("group"))
}

func (a *answers) peek(r *http.Request) (any, error) {
	count, err := strconv.Atoi(r.FormValue("count"))
	if err != nil || count < 1 || count > maxPeek {
		return nil, errors.New("count of events: want 1 to " + strconv.Itoa(maxPeek))
	}
	return a.space.Peek(space.Peek{
		Hub: r.PathValue("hub"), Partition: r.PathValue("id"), Count: count, First: r.FormValue("first") == "true",
	})
}

func (a *answers) keys(r *http.Request) (any, error) {
	name := r.FormValue("hub")
	set := a.space.Policies()
	if name != "" {
		h, err := a.space.Hub(name)
		if err != nil {
			return nil, err
		}
		set = h.Policies()
	}
	keys := make([]Key, len(set))
	for i, policy := range set {
		var err error
		if keys[i], err = a.key(name, policy); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (a *answers) key(hub string, p access.Policy) (Key, error) {
	primary, err := a.space.ConnectionString(hub, p.Name, access.Primary)
	if err != nil {
		return Key{}, err
	}
	secondary := primary
	secondary.Key = p.SecondaryKey
	return Key{p, primary.Text(), secondary.Text()}, nil
}

func (a *answers) addPolicy(r *http.Request) (any, error) {
	var want NewPolicy
	if err := read(r, &want); err != nil {
		return nil, err
	}
	hub := r.FormValue("hub")
	policy, err := a.space.AddPolicy(hub, want.Name, want.Rights)
	if err != nil {
		return nil, err
	}
	return a.key(hub, policy)
}

func (a *answers) removePolicy(r *http.Request) (any, error) {
	return nil, a.space.RemovePolicy(r.FormValue("hub"), r.PathValue("policy"))
}

func (a *answers) regenerate(r *http.Request) (any, error) {
	which, ok := map[string]access.Key{"primary": access.Primary, "secondary": access.Secondary}[r.PathValue("which")]
	if !ok {
		return nil, errors.New("key " + strconv.Quote(r.PathValue("which")) + ": want primary or secondary")
	}
	hub := r.FormValue("hub")
	policy, err := a.space.Regenerate(hub, r.PathValue("policy"), which)
	if err != nil {
		return nil, err
	}
	return a.key(hub, policy)
}
