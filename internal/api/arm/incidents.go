package arm

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/api/call"
	"nephoscope/internal/incident"
)

// Incidents answers for incidents; incident.Keeper does.
type Incidents interface {
	IncidentReader
	IncidentWriter
	Remarks
	Relations
}

// An IncidentReader shows incidents.
type IncidentReader interface {
	List(ctx context.Context, f incident.Filter) ([]*incident.Incident, error)
	ByName(ctx context.Context, name string) (*incident.Incident, error)
}

// An IncidentWriter changes incidents.
type IncidentWriter interface {
	Create(ctx context.Context, name string, c incident.Change) (*incident.Incident, error)
	Update(ctx context.Context, number int, c incident.Change) (*incident.Incident, error)
	Delete(ctx context.Context, number int, s incident.Stamp) error
}

func incidentRoutes(in Incidents) []route {
	return []route{
		{"GET", "/incidents", listIncidents(in)},
		{"GET", "/incidents/{incident}", showIncident(in)},
		{"PUT", "/incidents/{incident}", putIncident(in)},
		{"DELETE", "/incidents/{incident}", deleteIncident(in)},
	}
}

func listIncidents(in IncidentReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := pageOf(r)
		if err != nil {
			return err
		}
		filter, err := incidentFilter(r)
		if err != nil {
			return err
		}
		if filter.Skip, err = page.Skip(); err != nil {
			return err
		}
		filter.Limit = page.Limit + 1
		list, err := in.List(r.Context(), filter)
		if err != nil {
			return err
		}
		shown := make([]Resource[incidentProperties], len(list))
		for i, one := range list {
			shown[i] = incidentOf(r, one)
		}
		next := strconv.Itoa(filter.Skip + page.Limit)
		call.Reply(w, http.StatusOK, call.Cut(page, shown, func(Resource[incidentProperties]) string { return next }))
		return nil
	}
}

// incidentFilter reads $filter and $orderby.
func incidentFilter(r *http.Request) (incident.Filter, error) {
	f, err := ordered(r.URL.Query().Get("$orderby"))
	text := r.URL.Query().Get("$filter")
	if err != nil || text == "" {
		return f, err
	}
	if f.Match, err = chosenBy(text); err != nil {
		return f, call.Bad("$filter", "$filter: %s", err)
	}
	return f, nil
}

// ordered reads what a list is sorted by: properties/createdTimeUtc desc.
func ordered(text string) (f incident.Filter, err error) {
	if strings.TrimSpace(text) == "" {
		return f, nil
	}
	words := strings.Fields(text)
	field, ok := strings.CutPrefix(words[0], "properties/")
	i := slices.IndexFunc(incident.Orders(), func(o incident.Order) bool { return strings.EqualFold(string(o), field) })
	descends := len(words) == 2 && strings.EqualFold(words[1], "desc")
	if !ok || i < 0 || len(words) > 2 || len(words) == 2 && !descends && !strings.EqualFold(words[1], "asc") {
		return f, call.Bad("$orderby", "$orderby %q: want one field such as properties/createdTimeUtc, then asc or desc", text)
	}
	return incident.Filter{Order: incident.Orders()[i], Ascending: !descends}, nil
}

func showIncident(in IncidentReader) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		replyResource(w, false, incidentOf(r, found))
		return nil
	}
}

// putIncident makes an incident or gives one all that the body says.
func putIncident(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body incidentBody
		if err := call.DecodeLoose(r, call.Large, &body); err != nil {
			return err
		}
		before, err := in.ByName(r.Context(), r.PathValue("incident"))
		made := errors.Is(err, incident.ErrNotFound)
		if err != nil && !made {
			return err
		}
		c, err := body.change(r, !made)
		if err != nil {
			return err
		}
		var after *incident.Incident
		if made {
			after, err = in.Create(r.Context(), r.PathValue("incident"), c)
		} else {
			after, err = in.Update(r.Context(), before.Number, c)
		}
		if err != nil {
			return err
		}
		replyResource(w, made, incidentOf(r, after))
		return nil
	}
}

func deleteIncident(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, stamp, err := incidentAndStamp(in, r)
		if err == nil {
			err = in.Delete(r.Context(), found.Number, stamp)
		}
		return replyDeleted(w, r, err)
	}
}

// incidentAndStamp finds the incident of a call, who changes it and from which
// state.
func incidentAndStamp(in IncidentReader, r *http.Request) (*incident.Incident, incident.Stamp, error) {
	etag, err := call.Etag(r)
	if err != nil {
		return nil, incident.Stamp{}, err
	}
	found, err := in.ByName(r.Context(), r.PathValue("incident"))
	return found, incident.Stamp{By: call.User(r, byARM), Etag: etag}, err
}
