// Package tenant stands in for the Azure of a simulated company: Entra ID's
// token endpoint, Resource Manager as far as exports need it, and the Activity
// Log's REST list over the company's events. It is a real http.Handler that
// the official clients work with; tests and the demo serve it on loopback.
//
// It also tells what Azure Monitor would stream: Exports says which events
// have to go to which hub by the settings that were made over HTTP.
//
// Invariant: it answers as Azure is documented or was recorded to answer. It
// checks tokens, permissions, versions and bodies, and forgives nothing that
// Azure would not.
//
// Outline: ServeHTTP finds a route (route.go), sees who asks (entra.go,
// principal.go), whether that is too often (throttle.go) and allowed, and then
// answers from the state: directory.go, profile.go, diagnostic.go,
// namespace.go, activity.go.
package tenant

import (
	"strings"
	"sync"
	"time"

	"nephoscope/internal/simulate"
)

// Options describe a tenant.
type Options struct {
	// Now is its clock, time.Now if nil. An event of the company is in the
	// Activity Log from its Submitted time on.
	Now func() time.Time
	// Principals may ask for tokens and use them. Without any nobody can ask
	// for anything.
	Principals []Principal
	// Limit bounds reads; Azure's own if zero.
	Limit Limit
}

// A Tenant holds a company and the state of its Azure. It may be used by
// several goroutines.
type Tenant struct {
	company *simulate.Company
	now     func() time.Time
	routes  []route
	limiter *limiter

	once   sync.Once // fills events
	events []simulate.Event

	mu         sync.Mutex
	principals []Principal
	denied     []denial
	tokens     map[string]session
	states     map[string]*state     // by subscription id
	namespaces map[string]*Namespace // by id in lower case
	accounts   map[string]Account    // by id in lower case
	changed    chan struct{}
}

// A state is what can be set in a subscription.
type state struct {
	registration string
	looks        int // until a registration is through
	profiles     []setting
	diagnostics  []setting
}

// New returns the tenant of a company, whose subscriptions have nothing set.
func New(company *simulate.Company, opt Options) *Tenant {
	t := &Tenant{
		company: company, now: opt.Now, principals: opt.Principals, limiter: newLimiter(opt.Limit),
		tokens: make(map[string]session), states: make(map[string]*state),
		namespaces: make(map[string]*Namespace), accounts: make(map[string]Account),
		changed: make(chan struct{}),
	}
	if t.now == nil {
		t.now = time.Now
	}
	for _, s := range company.Subscriptions {
		t.states[s.ID.String()] = &state{registration: registered}
	}
	t.routes = t.table()
	return t
}

// Unregister makes a subscription lose the provider microsoft.insights. Who
// registers it again sees it registering for one look before it is.
func (t *Tenant) Unregister(subscription string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.states[strings.ToLower(subscription)]; s != nil {
		s.registration = notRegistered
	}
}

// announce tells those who wait for changes. The caller holds the lock.
func (t *Tenant) announce() {
	close(t.changed)
	t.changed = make(chan struct{})
}
