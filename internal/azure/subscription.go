package azure

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Subscription is one that the credential can see.
type Subscription struct {
	ID    string `json:"subscriptionId"`
	Name  string `json:"displayName"`
	State string `json:"state"` // Enabled, Warned, PastDue, Disabled, Deleted
}

// Subscriptions lists what the credential can see.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return list[Subscription](ctx, c, "/subscriptions", "2022-12-01")
}

// Find returns the ids of subscriptions that are given by id or by name, in
// that order. Azure is asked only if there is a name.
func (c *Client) Find(ctx context.Context, named []string) ([]string, error) {
	ids := make([]string, len(named))
	var known []Subscription
	for i, name := range named {
		if isGUID(name) {
			ids[i] = strings.ToLower(name)
			continue
		}
		if known == nil {
			var err error
			if known, err = c.Subscriptions(ctx); err != nil {
				return nil, fmt.Errorf("find subscription %s: %w", quote(name), err)
			}
		}
		id, err := pickByName(known, name)
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

func pickByName(known []Subscription, name string) (string, error) {
	var names, ids []string
	for _, s := range known {
		names = append(names, s.Name)
		if strings.EqualFold(s.Name, name) {
			ids = append(ids, s.ID)
		}
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", fmt.Errorf("no subscription is called %s%s: want an id, or a name that this credential can see", quote(name), didYouMean(name, names))
	default:
		return "", fmt.Errorf("%d subscriptions are called %s: want one of the ids %s", len(ids), quote(name), strings.Join(ids, ", "))
	}
}

// A Result is what came of one subscription.
type Result[T any] struct {
	Subscription string
	Value        T
	Err          error
}

// atOnce is how many subscriptions are worked on at the same time.
const atOnce = 4

// Each does something for each subscription, several at the same time, and
// returns what came of each in the order given. One that fails stops no
// other; only the end of ctx does.
func Each[T any](ctx context.Context, subscriptions []string, do func(ctx context.Context, subscription string) (T, error)) []Result[T] {
	results := make([]Result[T], len(subscriptions))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, s := range subscriptions {
		group.Go(func() error {
			results[i].Subscription = s
			results[i].Value, results[i].Err = do(ctx, s)
			return nil
		})
	}
	_ = group.Wait() // the errors are in the results
	return results
}

// locations returns the names of the regions that a subscription can use, and
// which of them are places rather than groups of places.
func (c *Client) locations(ctx context.Context, subscription string) (names, physical []string, err error) {
	type location struct {
		Name     string
		Metadata struct{ RegionType string }
	}
	all, err := list[location](ctx, c, "/subscriptions/"+subscription+"/locations", "2022-12-01")
	if err != nil {
		return nil, nil, fmt.Errorf("list locations: %w", err)
	}
	for _, l := range all {
		names = append(names, l.Name)
		if !strings.EqualFold(l.Metadata.RegionType, "Logical") {
			physical = append(physical, l.Name)
		}
	}
	slices.Sort(physical)
	return names, physical, nil
}

const (
	insights          = "microsoft.insights"
	versionOfProvider = "2021-04-01"
	registered        = "Registered"
)

// registration returns the state of the provider of settings: Registered,
// Registering, NotRegistered, Unregistering, Unregistered.
func (c *Client) registration(ctx context.Context, subscription string) (string, error) {
	var provider struct{ RegistrationState string }
	err := c.get(ctx, "/subscriptions/"+subscription+"/providers/"+insights, versionOfProvider, &provider)
	if err != nil {
		return "", fmt.Errorf("look whether %s is registered: %w", insights, err)
	}
	return provider.RegistrationState, nil
}

// registering is the call that registers the provider.
func registering(subscription string) request {
	return request{method: http.MethodPost, path: "/subscriptions/" + subscription + "/providers/" + insights + "/register", version: versionOfProvider}
}

// looks and lookEvery bound the wait for a registration, which Azure's
// documentation puts at a few minutes.
const (
	looks     = 60
	lookEvery = 5 * time.Second
)

// awaitRegistration waits until the provider is registered.
func (c *Client) awaitRegistration(ctx context.Context, subscription string) error {
	for range looks {
		state, err := c.registration(ctx, subscription)
		if err != nil || state == registered {
			return err
		}
		if err := c.wait(ctx, lookEvery); err != nil {
			return err
		}
	}
	return fmt.Errorf("provider %s is still not registered after %v: try again later", insights, looks*lookEvery)
}
