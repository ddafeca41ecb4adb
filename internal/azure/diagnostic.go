package azure

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/field"
)

// A DiagnosticSetting of a subscription is the way that stays: it streams the
// events of chosen categories, of all regions. A subscription has up to five.
type DiagnosticSetting struct {
	Name string `json:"name"`
	// Categories are event categories, or the single word allLogs for those
	// there are and will be.
	Categories []string `json:"categories"`
	// RuleID is the shared access policy of a namespace that Azure sends with.
	RuleID string `json:"eventHubAuthorizationRuleId,omitempty"`
	// EventHub is the hub; empty for insights-activity-logs, which Azure
	// creates with the first event.
	EventHub string `json:"eventHubName,omitempty"`
	// StorageAccount, Workspace and Partner are resource ids of other
	// destinations.
	StorageAccount string `json:"storageAccountId,omitempty"`
	Workspace      string `json:"workspaceId,omitempty"`
	Partner        string `json:"marketplacePartnerId,omitempty"`
}

// MaxDiagnosticSettings is how many a subscription can have.
const MaxDiagnosticSettings = 5

// DiagnosticHub is the hub that diagnostic settings stream into unless they
// name one.
const DiagnosticHub = "insights-activity-logs"

// allLogs is the group of all categories.
const allLogs = "allLogs"

// EventCategories returns the categories of events.
func EventCategories() []string {
	return []string{"Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale", "ResourceHealth"}
}

// DiagnosticSettings are those of subscriptions that the client can reach.
func (c *Client) DiagnosticSettings() Settings[DiagnosticSetting] {
	return Settings[DiagnosticSetting]{c, kind[DiagnosticSetting]{
		noun: "diagnostic setting", path: "/providers/microsoft.insights/diagnosticSettings", version: "2021-05-01-preview",
		action: "Microsoft.Insights/diagnosticSettings", parse: parseDiagnostic,
	}}
}

// Title returns the name.
func (d DiagnosticSetting) Title() string { return d.Name }

// Validate checks every form.
func (d DiagnosticSetting) Validate() error {
	var c checks
	c.title(d.Name)
	c.categories(d.Categories, append(EventCategories(), allLogs))
	if d.RuleID == "" && d.StorageAccount == "" && d.Workspace == "" && d.Partner == "" {
		c.Addf("rule-id", "is empty, and so is storage-account: want at least one destination")
	}
	if d.RuleID != "" {
		_, err := ParseRuleID(d.RuleID)
		c.Because("rule-id", err)
	}
	if d.EventHub != "" && d.RuleID == "" {
		c.Addf("event-hub-name", "names a hub without a namespace: want rule-id too")
	}
	if strings.ContainsAny(d.EventHub, "/ ") || len(d.EventHub) > 256 {
		c.Addf("event-hub-name", "%s: want the name of a hub, not its id", quote(d.EventHub))
	}
	if d.StorageAccount != "" {
		_, err := parseStorageID(d.StorageAccount)
		c.Because("storage-account", err)
	}
	return c.Err()
}

func (d DiagnosticSetting) normal() DiagnosticSetting {
	d.Categories = canonicals(d.Categories, append(EventCategories(), allLogs))
	if slices.Contains(d.Categories, allLogs) {
		d.Categories = []string{allLogs}
	}
	if id, err := ParseRuleID(d.RuleID); err == nil {
		d.RuleID = id.String()
	}
	if id, err := parseStorageID(d.StorageAccount); err == nil {
		d.StorageAccount = id
	}
	return d
}

func (d DiagnosticSetting) inspect(ctx context.Context, in *inspection) DiagnosticSetting {
	if id, err := ParseRuleID(d.RuleID); err == nil {
		d.inspectHub(ctx, in, id)
	}
	if d.StorageAccount != "" {
		in.storage(ctx, d.StorageAccount)
	}
	return d
}

// inspectHub checks policy and hub. Azure creates its own hub, for which it
// needs Manage; into one that is there Send is enough.
func (d DiagnosticSetting) inspectHub(ctx context.Context, in *inspection, id RuleID) {
	rights := []string{"Manage", "Send", "Listen"}
	if d.EventHub != "" {
		exists, compacted, err := in.c.hub(ctx, id, d.EventHub)
		switch {
		case err != nil && in.unseen(err, "hub "+quote(d.EventHub)):
			rights = []string{"Send"}
		case err != nil:
			in.problem(err)
		case compacted:
			in.problem(&field.Error{Field: "event-hub-name", Problem: "hub " + quote(d.EventHub) + " compacts its events, which loses logs: want one that deletes them by age"})
		case exists:
			rights = []string{"Send"}
		default:
			in.warn("namespace %s has no hub %s: create it before, or leave the name away and Azure creates %s", quote(id.Namespace), quote(d.EventHub), DiagnosticHub)
		}
	}
	in.rule(ctx, id, rights...)
}

// makeRoom overwrites the setting of the same name, and needs a free place
// otherwise.
func (d DiagnosticSetting) makeRoom(have []DiagnosticSetting, in *inspection) room[DiagnosticSetting] {
	var names []string
	for _, old := range have {
		if strings.EqualFold(old.Name, d.Name) {
			return d.overwrite(old, in)
		}
		names = append(names, old.Name)
		if old.doubles(d) {
			in.warn("diagnostic setting %s sends some of the same categories to the same place: Azure may refuse that, or every event comes twice", quote(old.Name))
		}
	}
	if len(have) >= MaxDiagnosticSettings {
		in.problem(&ExistsError{
			Noun: "diagnostic setting", Names: names, Remove: d.removing(in, names[0]),
			Reason: fmt.Sprintf("a subscription has at most %d diagnostic settings", MaxDiagnosticSettings),
		})
	}
	return room[DiagnosticSetting]{}
}

func (d DiagnosticSetting) overwrite(old DiagnosticSetting, in *inspection) room[DiagnosticSetting] {
	if old.equal(d) {
		return room[DiagnosticSetting]{done: true}
	}
	if !in.opt.Replace {
		in.problem(&ExistsError{
			Noun: "diagnostic setting", Names: []string{old.Name}, Replaceable: true,
			Reason: "it has the same name and exports something else", Remove: d.removing(in, old.Name),
		})
	}
	return room[DiagnosticSetting]{}
}

func (d DiagnosticSetting) removing(in *inspection, name string) string {
	return "az monitor diagnostic-settings subscription delete --subscription " + in.subscription + " --name " + name
}

// doubles tells whether two settings send some category to the same place.
func (d DiagnosticSetting) doubles(e DiagnosticSetting) bool {
	hubs := d.RuleID != "" && sameID(d.RuleID, e.RuleID) && strings.EqualFold(d.Hub(), e.Hub())
	accounts := d.StorageAccount != "" && sameID(d.StorageAccount, e.StorageAccount)
	return (hubs || accounts) && overlap(d.Categories, e.Categories)
}

func overlap(a, b []string) bool {
	if slices.Contains(a, allLogs) || slices.Contains(b, allLogs) {
		return true
	}
	return slices.ContainsFunc(a, func(word string) bool { return slices.Contains(b, word) })
}

// Hub returns the hub that events go to, empty if they go to none.
func (d DiagnosticSetting) Hub() string {
	if d.RuleID == "" {
		return ""
	}
	return cmp.Or(d.EventHub, DiagnosticHub)
}

func (d DiagnosticSetting) equal(e DiagnosticSetting) bool {
	return strings.EqualFold(d.Name, e.Name) && sameWords(d.Categories, e.Categories) && sameID(d.RuleID, e.RuleID) &&
		strings.EqualFold(d.EventHub, e.EventHub) && sameID(d.StorageAccount, e.StorageAccount) &&
		sameID(d.Workspace, e.Workspace) && sameID(d.Partner, e.Partner)
}

// diagnosticProperties is a diagnostic setting as it is sent and answered.
type diagnosticProperties struct {
	RuleID         string        `json:"eventHubAuthorizationRuleId,omitempty"`
	OldRuleID      string        `json:"serviceBusRuleId,omitempty"` // read, never sent
	EventHub       string        `json:"eventHubName,omitempty"`
	StorageAccount string        `json:"storageAccountId,omitempty"`
	Workspace      string        `json:"workspaceId,omitempty"`
	Partner        string        `json:"marketplacePartnerId,omitempty"`
	Logs           []logSettings `json:"logs"`
}

type logSettings struct {
	Category string `json:"category,omitempty"`
	Group    string `json:"categoryGroup,omitempty"`
	Enabled  bool   `json:"enabled"`
}

func (d DiagnosticSetting) body() any {
	p := diagnosticProperties{RuleID: d.RuleID, EventHub: d.EventHub, StorageAccount: d.StorageAccount, Workspace: d.Workspace, Partner: d.Partner}
	for _, category := range d.Categories {
		if category == allLogs {
			p.Logs = append(p.Logs, logSettings{Group: allLogs, Enabled: true})
		} else {
			p.Logs = append(p.Logs, logSettings{Category: category, Enabled: true})
		}
	}
	return body{Properties: p}
}

func parseDiagnostic(r resource) (DiagnosticSetting, error) {
	var p diagnosticProperties
	if err := json.Unmarshal(r.Properties, &p); err != nil {
		return DiagnosticSetting{}, fmt.Errorf("properties: %w", err)
	}
	d := DiagnosticSetting{
		Name: r.Name, RuleID: cmp.Or(p.RuleID, p.OldRuleID), EventHub: p.EventHub,
		StorageAccount: p.StorageAccount, Workspace: p.Workspace, Partner: p.Partner,
	}
	for _, l := range p.Logs {
		if l.Enabled {
			d.Categories = append(d.Categories, cmp.Or(l.Category, l.Group))
		}
	}
	return d, nil
}
