package azure

import (
	"cmp"
	"context"
	"net/http"
	"strings"
)

// A PermissionError says which permission is missing, and how to grant it.
type PermissionError struct {
	// Action is what may not be done, for example
	// Microsoft.Insights/logProfiles/write.
	Action string
	// Scope is the resource on which it is missing.
	Scope string
	// Who is the object id of whoever asked, empty if not known.
	Who string

	cause error
}

// Error says what is missing and gives the command that grants it.
func (e *PermissionError) Error() string {
	return "missing permission " + e.Action + " on " + e.Scope + "; somebody who may grant it can run: " + e.Grant()
}

// Unwrap returns Azure's refusal, if it was one.
func (e *PermissionError) Unwrap() error { return e.cause }

// Grant returns the command of the Azure CLI that grants the permission
// through the narrowest built-in role that has it.
func (e *PermissionError) Grant() string {
	scope := e.Scope
	for _, inner := range []string{"/authorizationrules/", "/providers/microsoft.insights/"} {
		if i := strings.Index(strings.ToLower(scope), inner); i > 0 {
			scope = scope[:i] // roles are assigned on namespaces and subscriptions
		}
	}
	return "az role assignment create --assignee " + cmp.Or(e.Who, "OBJECT-ID") + " --role " + quote(roleFor(e.Action)) + " --scope " + scope
}

// roleFor returns the built-in role that allows an action.
func roleFor(action string) string {
	action = strings.ToLower(action)
	switch {
	case strings.HasSuffix(action, "/register/action"):
		return "Contributor"
	case strings.HasPrefix(action, "microsoft.insights/") && !strings.HasSuffix(action, "/read"):
		return "Monitoring Contributor"
	case strings.HasPrefix(action, "microsoft.eventhub/") && !strings.HasSuffix(action, "/read"):
		return "Azure Event Hubs Data Owner"
	case strings.HasPrefix(action, "microsoft.servicebus/") && !strings.HasSuffix(action, "/read"):
		return "Azure Service Bus Data Owner"
	case strings.HasPrefix(action, "microsoft.storage/") && !strings.HasSuffix(action, "/read"):
		return "Storage Account Contributor"
	case strings.HasSuffix(action, "/read"):
		return "Reader"
	default:
		return "Contributor"
	}
}

// A RegistrationError says that the subscription does not have the provider
// of settings.
type RegistrationError struct {
	Subscription string
	State        string // NotRegistered, Unregistered, Registering; empty if not known
}

// Error says so and gives the command that registers it.
func (e *RegistrationError) Error() string {
	text := "provider " + insights + " is not registered in this subscription"
	if e.State != "" {
		text += " (" + e.State + ")"
	}
	return text + ": run az provider register --wait --namespace " + insights + " --subscription " + e.Subscription
}

// explained turns a refusal into what it means: a missing permission or a
// missing provider. Other errors stay as they are.
func explained(err error, subscription string) error {
	if r, ok := refused(err, http.StatusForbidden); ok {
		if missing := permissionIn(r); missing != nil {
			return missing
		}
	}
	if r, ok := refused(err, http.StatusConflict, http.StatusBadRequest); ok && unregistered(r) {
		return &RegistrationError{Subscription: subscription}
	}
	return err
}

// unregistered knows the ways in which Azure says that the provider is not
// registered.
func unregistered(r *Refusal) bool {
	text := strings.ToLower(r.Message)
	return strings.EqualFold(r.Code, "MissingSubscriptionRegistration") ||
		strings.Contains(text, "not registered to use "+insights) ||
		strings.Contains(text, "please register the subscription") && strings.Contains(text, insights)
}

// permissionIn reads action and scope from Azure's sentences, nil if it
// cannot. The second sentence is of LinkedAuthorizationFailed: the setting
// may be written, but not with that destination.
func permissionIn(r *Refusal) *PermissionError {
	text := r.Message
	if _, linked, found := strings.Cut(text, "does not have permission to perform action"); found {
		return permission(r, quotedAfter(linked, ""), quotedAfter(linked, "linked scope(s) "))
	}
	if _, denied, found := strings.Cut(text, "does not have authorization to perform action"); found {
		return permission(r, quotedAfter(denied, ""), quotedAfter(denied, "over scope "))
	}
	return nil
}

func permission(r *Refusal, action, scope string) *PermissionError {
	if action == "" || scope == "" {
		return nil
	}
	return &PermissionError{Action: action, Scope: scope, Who: quotedAfter(r.Message, "object id "), cause: r}
}

// quotedAfter returns what stands in single quotes behind some words, empty
// if nothing does.
func quotedAfter(text, words string) string {
	_, rest, found := strings.Cut(text, words+"'")
	if !found {
		return ""
	}
	inner, _, found := strings.Cut(rest, "'")
	if !found {
		return ""
	}
	return inner
}

// A grant is what one role assignment allows at a scope.
type grant struct {
	Actions    []string
	NotActions []string
}

// grants returns what the credential may do at a scope, nil if it may not
// even know.
func (c *Client) grants(ctx context.Context, scope string) ([]grant, error) {
	all, err := list[grant](ctx, c, scope+"/providers/Microsoft.Authorization/permissions", "2022-04-01")
	if _, secret := refused(err, http.StatusForbidden, http.StatusNotFound); secret {
		return nil, nil
	}
	if all == nil && err == nil {
		all = []grant{}
	}
	return all, err
}

// allowed tells whether one of the grants covers an action.
func allowed(grants []grant, action string) bool {
	for _, g := range grants {
		if anyMatch(g.Actions, action) && !anyMatch(g.NotActions, action) {
			return true
		}
	}
	return false
}

func anyMatch(patterns []string, action string) bool {
	for _, p := range patterns {
		if matches(strings.ToLower(p), strings.ToLower(action)) {
			return true
		}
	}
	return false
}

// matches tells whether a pattern with stars covers a text.
func matches(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
