package azure

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"nephoscope/internal/field"
)

// An inspection gathers what reading finds out before something is written.
type inspection struct {
	c            *Client
	subscription string
	opt          SetOptions
	problems     []error
	warnings     []string
}

func (in *inspection) warn(format string, args ...any) {
	in.warnings = append(in.warnings, fmt.Sprintf(format, args...))
}

func (in *inspection) problem(err error) { in.problems = append(in.problems, err) }

// unseen notes that something could not be checked for want of a permission
// to read, and reports whether that is so. What is written later needs other
// permissions, so this stops nothing.
func (in *inspection) unseen(err error, what string) bool {
	r, ok := refused(err, http.StatusForbidden)
	if !ok {
		return false
	}
	reason := "it may not be read"
	if missing := permissionIn(r); missing != nil {
		reason = "missing permission " + missing.Action
	}
	in.warn("%s not checked: %s", what, reason)
	return true
}

// provider tells whether the provider has to be registered first. It is a
// problem if that is not wished; an error is one of the subscription itself.
func (in *inspection) provider(ctx context.Context) (register bool, err error) {
	state, err := in.c.registration(ctx, in.subscription)
	switch {
	case err != nil && in.unseen(err, "registration of "+insights):
		return false, nil
	case err != nil:
		return false, err
	case state == registered:
		return false, nil
	case !in.opt.Register:
		return false, &RegistrationError{Subscription: in.subscription, State: state}
	default:
		return true, nil
	}
}

// global is the place of events that belong to no region.
const global = "global"

// locations puts locations into Azure's spelling and reports unknown ones:
// Azure itself takes any word and streams nothing for it.
func (in *inspection) locations(ctx context.Context, wanted []string) []string {
	known, physical, err := in.c.locations(ctx, in.subscription)
	if err != nil {
		return in.unknownLocations(wanted, err)
	}
	var names []string
	for _, w := range wanted {
		name := spelled(w)
		switch {
		case name == everywhere:
			names = append(append(names, physical...), global)
		case name == global || slices.Contains(known, name):
			names = append(names, name)
		default:
			in.problem(&field.Error{Field: "locations", Problem: quote(w) + " is no location of this subscription" + didYouMean(name, append(known, global)) +
				": want a region such as westeurope, global, or all"})
		}
	}
	names = distinct(names)
	if !slices.Contains(names, global) {
		in.warn("locations lack %q: events that belong to no region are not streamed, among them most of what is done to subscriptions, policies and roles", global)
	}
	return names
}

// unknownLocations takes locations unchecked, if we may not see which there are.
func (in *inspection) unknownLocations(wanted []string, err error) (names []string) {
	if !in.unseen(err, "locations") {
		in.problem(err)
		return wanted
	}
	for _, w := range wanted {
		if names = append(names, spelled(w)); spelled(w) == everywhere {
			in.problem(&field.Error{Field: "locations", Problem: quote(w) + " needs the permission Microsoft.Resources/subscriptions/locations/read: want regions by name"})
		}
	}
	return distinct(names)
}

// everywhere is our word for all regions and global.
const everywhere = "all"

// spelled writes "West Europe" as Azure's names are.
func spelled(location string) string {
	return strings.ToLower(strings.Join(strings.Fields(location), ""))
}

// rule checks that a policy is there, has the rights, and lets its keys be
// read by us.
func (in *inspection) rule(ctx context.Context, id RuleID, rights ...string) {
	rule, err := in.c.Rule(ctx, id)
	switch {
	case err == nil:
		if missing := rule.lacks(rights...); len(missing) > 0 {
			in.problem(fmt.Errorf("shared access policy %s of namespace %s lacks %s (it has %s): run %s namespace authorization-rule update %s --rights Manage Send Listen",
				quote(id.Rule), quote(id.Namespace), strings.Join(missing, ", "), strings.Join(rule.Rights, ", "), id.command(), id.arguments()))
		}
	case !in.unseen(err, "shared access policy "+quote(id.Rule)):
		in.problem(err)
		return
	}
	in.permit(ctx, id.String(), id.Provider+"/namespaces/authorizationRules/listkeys/action")
}

// storage checks that a storage account is there and of a tier that logs can
// be written to.
func (in *inspection) storage(ctx context.Context, id string) {
	tier, err := in.c.storageTier(ctx, id)
	switch {
	case err == nil && strings.EqualFold(tier, "Premium"):
		in.problem(&field.Error{Field: "storage-account", Problem: "is a premium account, which Azure writes no logs to: want a standard one"})
	case err != nil && !in.unseen(err, "storage account"):
		in.problem(err)
	}
}

// permit reports permissions that we do not have at a scope.
func (in *inspection) permit(ctx context.Context, scope string, actions ...string) {
	grants, err := in.c.grants(ctx, scope)
	if err != nil {
		in.problem(fmt.Errorf("look at our permissions: %w", err))
		return
	}
	if grants == nil {
		return // Azure does not tell; it will when we write
	}
	for _, action := range actions {
		if !allowed(grants, action) {
			in.problem(&PermissionError{Action: action, Scope: scope, Who: in.c.who(ctx)})
		}
	}
}

// An ExistsError says that settings stand in the way of a new one.
type ExistsError struct {
	// Noun is log profile or diagnostic setting.
	Noun string
	// Names are those of the settings in the way.
	Names []string
	// Reason says why they are.
	Reason string
	// Replaceable tells whether SetOptions.Replace would solve it.
	Replaceable bool
	// Remove is the command of the Azure CLI that removes the first of them.
	Remove string
}

// Error names the settings and says how to remove one.
func (e *ExistsError) Error() string {
	return e.Noun + " " + strings.Join(quoted(e.Names), ", ") + " is in the way: " + e.Reason + "; remove it first: " + e.Remove
}

func quoted(words []string) (list []string) {
	for _, w := range words {
		list = append(list, quote(w))
	}
	return list
}
