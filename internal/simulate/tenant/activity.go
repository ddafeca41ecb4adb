package tenant

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/simulate"
)

const (
	pageSize = 200
	// oldest is how far back the Activity Log can be asked.
	oldest = 90 * 24 * time.Hour
)

// history returns the company's events in order of time. They are kept: a page
// must not cost a walk through the company's whole time. One takes about 650
// bytes.
func (t *Tenant) history() []simulate.Event {
	t.once.Do(func() {
		for e := range t.company.Events() {
			t.events = append(t.events, *e)
		}
	})
	return t.events
}

// listEvents answers a page of the Activity Log, newest first.
func (c *call) listEvents() {
	query := c.r.URL.Query()
	f, err := parseFilter(query.Get("$filter"))
	if err != nil {
		c.failFlat(http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	if f.from.Before(c.t.now().Add(-oldest)) {
		c.failFlat(http.StatusBadRequest, "BadRequest", "The start time cannot be more than 90 days in the past.")
		return
	}
	f.subscription, f.seen = c.subscription(), c.t.now()
	before, err := parseSkip(query)
	if err != nil {
		c.failFlat(http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	events, next := page(c.t.history(), f, before)
	body := struct {
		Value []json.RawMessage `json:"value"`
		Next  string            `json:"nextLink,omitempty"`
	}{Value: selected(events, query.Get("$select"))}
	if next > 0 {
		body.Next = c.link(next)
	}
	answer(c.w, http.StatusOK, body)
}

// page returns the newest events that pass a filter, and that stand in the log
// before an index; negative means its end. next is the index to go on from, 0
// if there are no more.
func page(all []simulate.Event, f filter, before int) (events []*simulate.Event, next int) {
	if before < 0 || before > len(all) {
		before = len(all)
	}
	for i := before - 1; i >= 0 && !all[i].Time.Before(f.from); i-- {
		if !f.passes(&all[i]) {
			continue
		}
		if len(events) == pageSize {
			return events, i + 1
		}
		events = append(events, &all[i])
	}
	return events, 0
}

// link returns the address of the next page: the same question with a token.
func (c *call) link(next int) string {
	query := c.r.URL.Query()
	query.Del("$skiptoken")
	query.Set("$skipToken", base64.URLEncoding.EncodeToString([]byte(strconv.Itoa(next))))
	return base(c.r) + c.r.URL.Path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// parseSkip reads the token of a next page, -1 if there is none.
func parseSkip(query url.Values) (int, error) {
	token := query.Get("$skipToken") + query.Get("$skiptoken")
	if token == "" {
		return -1, nil
	}
	data, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		return 0, errSkip
	}
	n, err := strconv.Atoi(string(data))
	if err != nil || n < 1 {
		return 0, errSkip
	}
	return n, nil
}

// selected renders events, whole or with the members that $select names.
func selected(events []*simulate.Event, names string) []json.RawMessage {
	render, err := simulate.ShapeREST.Appender()
	if err != nil {
		panic("tenant: the shape of the REST API is one of the shapes: " + err.Error())
	}
	list := make([]json.RawMessage, 0, len(events))
	for _, e := range events {
		whole := render(nil, e)
		if names != "" {
			whole = project(whole, strings.Split(names, ","))
		}
		list = append(list, whole)
	}
	return list
}

// always are the members that come with every $select.
var always = []string{"id", "eventTimestamp"}

// project keeps some members of an object.
func project(object []byte, names []string) []byte {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil {
		panic("tenant: an event is not JSON: " + err.Error())
	}
	kept := make(map[string]json.RawMessage)
	for member, value := range all {
		if slices.Contains(always, member) || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), member) }) {
			kept[member] = value
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		panic("tenant: parts of JSON are not JSON: " + err.Error())
	}
	return text
}

// listCategories answers the categories; their localized names have spaces.
func (c *call) listCategories() {
	type name struct {
		Value     string `json:"value"`
		Localized string `json:"localizedValue"`
	}
	var all []name
	for _, category := range eventCategories() {
		localized := string(category)
		if before, isHealth := strings.CutSuffix(localized, "Health"); isHealth {
			localized = before + " Health"
		}
		all = append(all, name{string(category), localized})
	}
	answer(c.w, http.StatusOK, listed[name]{all})
}
