package tenant

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A route is one operation of Resource Manager.
type route struct {
	method string
	// pattern is a path; {name} stands for one segment.
	pattern string
	// versions of the API that serve it.
	versions []string
	// action is the permission it needs. Its scope is the path up to the
	// route's own type, or the whole path if within is empty.
	action, within string
	serve          func(*call)
}

// A call is a request that has found its route.
type call struct {
	t       *Tenant
	w       http.ResponseWriter
	r       *http.Request
	path    []string // segments
	names   map[string]string
	by      Principal
	version string
}

// maxBody bounds what may be sent; Resource Manager takes 4 MB.
const maxBody = 4 << 20

// ServeHTTP answers a request to Entra ID or Resource Manager. Doubled slashes
// in paths count as one, as in Azure: official clients send them.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL.Path)
	if len(path) > 0 && t.entra(w, r, path) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	w.Header().Set("X-Ms-Request-Id", traceID)
	w.Header().Set("X-Ms-Correlation-Request-Id", traceID)
	c := &call{t: t, w: w, r: r, path: path, version: r.URL.Query().Get("api-version")}
	if route, ok := c.find(); ok && c.signedIn() && c.acceptable(route) && c.known() && c.paced() && c.permitted(route) {
		route.serve(c)
	}
}

// segments splits a path, without empty segments.
func segments(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

// find returns the route of the call, or answers that there is none.
func (c *call) find() (route, bool) {
	other := false
	for _, route := range c.t.routes {
		names, ok := match(segments(route.pattern), c.path)
		if !ok {
			continue
		}
		if route.method == c.r.Method {
			c.names = names
			return route, true
		}
		other = true
	}
	if other {
		c.fail(http.StatusMethodNotAllowed, "HttpMethodNotAllowed", "The method '"+c.r.Method+"' is not supported for this resource.")
	} else {
		c.fail(http.StatusNotFound, "InvalidResourceType", "There is no resource type at '"+c.r.URL.Path+"'.")
	}
	return route{}, false
}

// match compares a path with a pattern, in any case, and returns what stands
// for the pattern's names. The name {scope} stands for any number of segments.
func match(pattern, path []string) (names map[string]string, ok bool) {
	names = make(map[string]string)
	if len(pattern) > 0 && pattern[0] == "{scope}" {
		above := len(path) - len(pattern) + 1
		if above < 1 {
			return nil, false
		}
		names["scope"] = "/" + strings.Join(path[:above], "/")
		pattern, path = pattern[1:], path[above:]
	}
	if len(pattern) != len(path) {
		return nil, false
	}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") {
			names[strings.Trim(p, "{}")] = path[i]
		} else if !strings.EqualFold(p, path[i]) {
			return nil, false
		}
	}
	return names, true
}

// signedIn finds who is asking.
func (c *call) signedIn() bool {
	token, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		c.challenge("invalid_request", "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
		return false
	}
	c.t.mu.Lock()
	p, known, good := c.t.holder(token)
	c.t.mu.Unlock()
	switch {
	case !known:
		c.challenge("invalid_token", "InvalidAuthenticationToken", "The access token is invalid.")
	case !good:
		c.challenge("invalid_token", "ExpiredAuthenticationToken", "The access token has expired.")
	}
	c.by = p
	return good
}

// challenge answers 401.
func (c *call) challenge(word, code, message string) {
	c.w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="`+base(c.r)+"/"+c.t.company.TenantID.String()+`", error="`+word+`", error_description="`+message+`"`)
	c.fail(http.StatusUnauthorized, code, message)
}

// acceptable checks the version of the API.
func (c *call) acceptable(route route) bool {
	switch {
	case c.version == "":
		c.fail(http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
		return false
	case !slices.Contains(route.versions, c.version):
		c.fail(http.StatusBadRequest, "InvalidApiVersionParameter",
			"The api-version '"+c.version+"' is invalid. The supported versions are '"+strings.Join(route.versions, ",")+"'.")
		return false
	}
	return true
}

// subscription returns the id of the call's subscription in lower case, empty
// if it is about none.
func (c *call) subscription() string {
	if len(c.path) > 1 && strings.EqualFold(c.path[0], "subscriptions") {
		return strings.ToLower(c.path[1])
	}
	return ""
}

// known checks that the tenant has the subscription.
func (c *call) known() bool {
	id := c.subscription()
	if id != "" && c.t.states[id] == nil {
		c.fail(http.StatusNotFound, "SubscriptionNotFound", "The subscription '"+id+"' could not be found.")
		return false
	}
	return true
}

// paced slows down who reads too often.
func (c *call) paced() bool {
	if c.r.Method != http.MethodGet {
		return true
	}
	kind := "subscription"
	if c.subscription() == "" {
		kind = "tenant"
	}
	left, wait := c.t.limiter.take(c.by.ClientID, c.subscription(), c.t.now())
	if wait > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		c.fail(http.StatusTooManyRequests, "SubscriptionRequestsThrottled", "The number of requests exceeds the limit. Please try again after '"+strconv.Itoa(int(wait.Seconds()))+"' seconds.")
		return false
	}
	c.w.Header().Set("X-Ms-Ratelimit-Remaining-"+kind+"-Reads", strconv.Itoa(left))
	return true
}

// permitted checks the permission.
func (c *call) permitted(route route) bool {
	if route.action == "" {
		return true
	}
	scope := "/" + strings.Join(c.path, "/")
	if route.within != "" {
		scope = scope[:strings.Index(strings.ToLower(scope+"/"), route.within)]
	}
	c.t.mu.Lock()
	allowed := c.t.may(c.by, route.action, scope)
	c.t.mu.Unlock()
	if !allowed {
		c.fail(http.StatusForbidden, "AuthorizationFailed", "The client '"+c.by.ClientID+"' with object id '"+c.by.ObjectID+
			"' does not have authorization to perform action '"+route.action+"' over scope '"+scope+
			"' or the scope is invalid. If access was recently granted, please refresh your credentials.")
	}
	return allowed
}

// fail answers with an error as Resource Manager writes it.
func (c *call) fail(status int, code, message string) {
	answer(c.w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

// failFlat answers with an error as Azure Monitor writes it.
func (c *call) failFlat(status int, code, message string) {
	answer(c.w, status, map[string]string{"code": code, "message": message})
}

// answer writes JSON. A client that has gone is no matter of ours.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// listed is how Resource Manager answers lists.
type listed[T any] struct {
	Value []T `json:"value"`
}
