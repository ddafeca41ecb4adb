package azure

import (
	"errors"
	"fmt"
	"strings"
)

// A RuleID names a shared access policy of a namespace, as settings name it:
// {namespace resource id}/authorizationRules/{key name}.
type RuleID struct {
	Subscription string
	Group        string
	Provider     string // Microsoft.EventHub or, older, Microsoft.ServiceBus
	Namespace    string
	Rule         string // the key's name
}

// String returns the resource id.
func (id RuleID) String() string { return id.NamespaceID() + "/authorizationRules/" + id.Rule }

// NamespaceID returns the resource id of the namespace.
func (id RuleID) NamespaceID() string {
	return "/subscriptions/" + id.Subscription + "/resourceGroups/" + id.Group +
		"/providers/" + id.Provider + "/namespaces/" + id.Namespace
}

// command returns the group of the Azure CLI that handles the namespace.
func (id RuleID) command() string {
	if id.Provider == serviceBus {
		return "az servicebus"
	}
	return "az eventhubs"
}

const (
	eventHub   = "Microsoft.EventHub"
	serviceBus = "Microsoft.ServiceBus"
)

// ruleForm is what errors about a rule id point to.
const ruleForm = "want /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventHub/namespaces/{namespace}/authorizationRules/{key name}"

// ParseRuleID reads a rule id in any case, with or without the slash in
// front. An error says which part is wrong; it never repeats a key.
func ParseRuleID(text string) (RuleID, error) {
	text = strings.TrimSpace(text)
	if err := notARule(text); err != nil {
		return RuleID{}, err
	}
	parts := strings.Split(strings.TrimPrefix(text, "/"), "/")
	id, err := parseNamespace(parts)
	if err != nil {
		return RuleID{}, err
	}
	rest := parts[8:]
	switch {
	case len(rest) == 0:
		return RuleID{}, fmt.Errorf("rule id ends with the namespace %s: want /authorizationRules/{key name} behind it", quote(id.Namespace))
	case strings.EqualFold(rest[0], "eventhubs"):
		return RuleID{}, errors.New("rule id names a policy of one hub: Azure takes policies of the namespace only; " + ruleForm)
	case strings.EqualFold(rest[0], "disasterRecoveryConfigs"):
		return RuleID{}, errors.New("rule id names an alias for recovery: Azure takes policies of the namespace only; " + ruleForm)
	case !strings.EqualFold(rest[0], "authorizationRules"):
		return RuleID{}, fmt.Errorf("rule id has %s behind the namespace: want authorizationRules", quote(rest[0]))
	case len(rest) == 1 || rest[1] == "":
		return RuleID{}, errors.New("rule id has no key name: want the name of a shared access policy, for example RootManageSharedAccessKey")
	case len(rest) > 2:
		return RuleID{}, fmt.Errorf("rule id goes on behind the key name with %s: want nothing there", quote("/"+strings.Join(rest[2:], "/")))
	}
	id.Rule = rest[1]
	return id, nil
}

// notARule recognizes what people paste instead.
func notARule(text string) error {
	lower := strings.ToLower(text)
	switch {
	case text == "":
		return errors.New("rule id is empty: " + ruleForm)
	case strings.HasPrefix(lower, "endpoint=") || strings.Contains(lower, "sharedaccesskey="):
		return errors.New("rule id is a connection string: Azure reads the key itself; " + ruleForm)
	case strings.Contains(lower, "://"):
		return errors.New("rule id is an address: " + ruleForm)
	case !strings.Contains(text, "/"):
		return fmt.Errorf("rule id is the bare name %s: %s", quote(text), ruleForm)
	}
	return nil
}

// parseNamespace reads the first eight segments of a resource id.
func parseNamespace(parts []string) (RuleID, error) {
	id, err := parseResource(parts, "rule id")
	switch {
	case err != nil:
		return RuleID{}, err
	case strings.EqualFold(id.provider, eventHub):
		id.provider = eventHub
	case strings.EqualFold(id.provider, serviceBus):
		id.provider = serviceBus
	default:
		return RuleID{}, fmt.Errorf("rule id is of provider %s: want Microsoft.EventHub", quote(id.provider))
	}
	if !strings.EqualFold(id.kind, "namespaces") {
		return RuleID{}, fmt.Errorf("rule id is of a %s: want namespaces", quote(id.kind))
	}
	return RuleID{Subscription: id.subscription, Group: id.group, Provider: id.provider, Namespace: id.name}, nil
}

// A resourceID is the id of a resource that lies in a resource group.
type resourceID struct{ subscription, group, provider, kind, name string }

// parseResource reads the first eight segments of an id; errors call it what.
func parseResource(parts []string, what string) (resourceID, error) {
	for i, word := range []string{0: "subscriptions", 2: "resourceGroups", 4: "providers"} {
		if word == "" {
			continue
		}
		if len(parts) <= i || !strings.EqualFold(parts[i], word) {
			return resourceID{}, fmt.Errorf("%s has no /%s/ where it belongs: want /subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{type}/{name}", what, word)
		}
	}
	if len(parts) < 8 {
		return resourceID{}, fmt.Errorf("%s ends too early, with %s", what, quote(parts[len(parts)-1]))
	}
	for i, part := range parts[:8] {
		if part == "" || strings.ContainsAny(part, " ?#%{}<>") {
			return resourceID{}, fmt.Errorf("%s has %s as part %d: want a name", what, quote(part), i+1)
		}
	}
	if !isGUID(parts[1]) {
		return resourceID{}, fmt.Errorf("%s has subscription %s: want a GUID", what, quote(parts[1]))
	}
	return resourceID{strings.ToLower(parts[1]), parts[3], parts[5], parts[6], parts[7]}, nil
}

// parseStorageID checks the id of a storage account and returns it with its
// slash in front.
func parseStorageID(text string) (string, error) {
	parts := strings.Split(strings.Trim(strings.TrimSpace(text), "/"), "/")
	id, err := parseResource(parts, "storage account id")
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(id.provider, "Microsoft.Storage") || !strings.EqualFold(id.kind, "storageAccounts") || len(parts) != 8 {
		return "", fmt.Errorf("storage account id is of %s: want .../providers/Microsoft.Storage/storageAccounts/{name}",
			quote(strings.Join(parts[5:], "/")))
	}
	return "/" + strings.Join(parts, "/"), nil
}

// isGUID tells whether a text is 8-4-4-4-12 hexadecimal digits.
func isGUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i] | 0x20
		switch i {
		case 8, 13, 18, 23:
			if text[i] != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9' || text[i] != c) && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}
