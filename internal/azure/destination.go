package azure

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Rule is a shared access policy as Azure describes it.
type Rule struct {
	ID     RuleID
	Rights []string // Manage, Send, Listen
}

// lacks returns which of the rights the rule does not have.
func (r Rule) lacks(rights ...string) (missing []string) {
	for _, want := range rights {
		if !slices.ContainsFunc(r.Rights, func(have string) bool { return strings.EqualFold(have, want) }) {
			missing = append(missing, want)
		}
	}
	return missing
}

// versionOf returns the version of the API that serves namespaces.
func (id RuleID) version() string {
	if id.Provider == serviceBus {
		return "2021-11-01"
	}
	return "2024-01-01"
}

// escaped escapes the last segment of a path.
func escaped(name string) string { return url.PathEscape(name) }

// Rule reads a shared access policy: its rights, never its keys. An unknown
// one is an error that names those there are.
func (c *Client) Rule(ctx context.Context, id RuleID) (Rule, error) {
	var answer struct{ Properties struct{ Rights []string } }
	path := id.NamespaceID() + "/authorizationRules/"
	err := c.get(ctx, path+escaped(id.Rule), id.version(), &answer)
	if _, missing := refused(err, http.StatusNotFound); missing {
		return Rule{}, c.missingRule(ctx, id, err)
	}
	if err != nil {
		return Rule{}, fmt.Errorf("read the policy of the rule id: %w", err)
	}
	return Rule{ID: id, Rights: answer.Properties.Rights}, nil
}

// missingRule tells whether the namespace is missing or only the policy.
func (c *Client) missingRule(ctx context.Context, id RuleID, cause error) error {
	all, err := list[struct{ Name string }](ctx, c, id.NamespaceID()+"/authorizationRules", id.version())
	if err != nil {
		return fmt.Errorf("rule id names a namespace that is not there, or that this credential cannot see: %w", cause)
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	return fmt.Errorf("namespace %s has no shared access policy %s%s: it has %s; make one with '%s namespace authorization-rule create %s --rights Manage Send Listen'",
		quote(id.Namespace), quote(id.Rule), didYouMean(id.Rule, names), strings.Join(names, ", "), id.command(), id.arguments())
}

// arguments name the policy for the Azure CLI.
func (id RuleID) arguments() string {
	return "--subscription " + id.Subscription + " --resource-group " + id.Group + " --namespace-name " + id.Namespace + " --name " + id.Rule
}

// hub tells whether a namespace has a hub and whether that compacts its
// events, which cannot take a stream of logs.
func (c *Client) hub(ctx context.Context, id RuleID, name string) (exists, compacted bool, err error) {
	var answer struct {
		Properties struct {
			RetentionDescription struct{ CleanupPolicy string }
		}
	}
	err = c.get(ctx, id.NamespaceID()+"/eventhubs/"+escaped(name), id.version(), &answer)
	if _, missing := refused(err, http.StatusNotFound); missing {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("read hub %s: %w", quote(name), err)
	}
	return true, strings.EqualFold(answer.Properties.RetentionDescription.CleanupPolicy, "Compact"), nil
}

// storageTier returns Standard or Premium.
func (c *Client) storageTier(ctx context.Context, id string) (string, error) {
	var answer struct{ SKU struct{ Tier string } }
	err := c.get(ctx, id, "2023-05-01", &answer)
	if _, missing := refused(err, http.StatusNotFound); missing {
		return "", fmt.Errorf("storage account %s is not there, or this credential cannot see it: %w", id, err)
	}
	if err != nil {
		return "", fmt.Errorf("read the storage account: %w", err)
	}
	return answer.SKU.Tier, nil
}
