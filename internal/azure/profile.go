package azure

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Profile is a log profile, the older way: it streams the events of chosen
// regions and of chosen kinds of operation into the hub
// insights-operational-logs of a namespace, which Azure creates with the
// first event. A subscription has one.
type Profile struct {
	Name string `json:"name"`
	// Locations are regions and global. Set also takes display names and the
	// word all.
	Locations []string `json:"locations"`
	// Categories are kinds of operation: Write, Delete, Action.
	Categories []string  `json:"categories"`
	Retention  Retention `json:"retentionPolicy"`
	// RuleID is the shared access policy that Azure creates the hub and sends
	// with; it needs Manage, Send and Listen.
	RuleID string `json:"serviceBusRuleId,omitempty"`
	// StorageAccount is the resource id of an account that keeps the events.
	StorageAccount string `json:"storageAccountId,omitempty"`
}

// A Retention says how long a storage account keeps events. It means nothing
// to hubs.
type Retention struct {
	// Enabled must be false if Days is 0, and true otherwise.
	Enabled bool `json:"enabled"`
	// Days are 1 to 365, or 0 for ever.
	Days int `json:"days"`
}

// Keep returns the retention of that many days, 0 for ever.
func Keep(days int) Retention { return Retention{Enabled: days != 0, Days: days} }

// String says it in words.
func (r Retention) String() string {
	switch {
	case !r.Enabled && r.Days == 0:
		return "forever"
	case !r.Enabled:
		return fmt.Sprintf("forever (%d days, not enabled)", r.Days)
	default:
		return fmt.Sprintf("%d days", r.Days)
	}
}

// MaxRetentionDays is the longest retention that Azure documents.
const MaxRetentionDays = 365

// ProfileCategories returns the categories that a log profile can have.
func ProfileCategories() []string { return []string{"Write", "Delete", "Action"} }

// ProfileHub is the hub that log profiles stream into.
const ProfileHub = "insights-operational-logs"

// Profiles are the log profiles that the client can reach.
func (c *Client) Profiles() Settings[Profile] {
	return Settings[Profile]{c, kind[Profile]{
		noun: "log profile", path: "/providers/microsoft.insights/logprofiles", version: "2016-03-01",
		action: "Microsoft.Insights/logProfiles", parse: parseProfile,
	}}
}

// Title returns the name.
func (p Profile) Title() string { return p.Name }

// Validate checks every form.
func (p Profile) Validate() error {
	var c checks
	c.title(p.Name)
	if len(p.Locations) == 0 {
		c.Addf("locations", "is empty: want regions such as westeurope, global, or all")
	}
	c.categories(p.Categories, ProfileCategories())
	c.retention(p.Retention)
	if p.RuleID == "" && p.StorageAccount == "" {
		c.Addf("rule-id", "is empty, and so is storage-account: want at least one destination")
	}
	if p.RuleID != "" {
		_, err := ParseRuleID(p.RuleID)
		c.Because("rule-id", err)
	}
	if p.StorageAccount != "" {
		_, err := parseStorageID(p.StorageAccount)
		c.Because("storage-account", err)
	}
	return c.Err()
}

func (c *checks) retention(r Retention) {
	switch {
	case r.Days < 0 || r.Days > MaxRetentionDays:
		c.Addf("retention-days", "%d: want 1 to %d, or 0 for ever", r.Days, MaxRetentionDays)
	case r.Days == 0 && r.Enabled:
		c.Addf("retention-days", "0 with retention enabled: want 0, for ever, with retention not enabled")
	case r.Days > 0 && !r.Enabled:
		c.Addf("retention-days", "%d with retention not enabled: want it enabled, or 0 for ever", r.Days)
	}
}

func (p Profile) normal() Profile {
	p.Categories = canonicals(p.Categories, ProfileCategories())
	if id, err := ParseRuleID(p.RuleID); err == nil {
		p.RuleID = id.String()
	}
	if id, err := parseStorageID(p.StorageAccount); err == nil {
		p.StorageAccount = id
	}
	return p
}

func (p Profile) inspect(ctx context.Context, in *inspection) Profile {
	in.warnings = append(in.warnings, ProfileRetirement(in.c.now()))
	p.Locations = in.locations(ctx, p.Locations)
	if id, err := ParseRuleID(p.RuleID); err == nil {
		in.rule(ctx, id, "Manage", "Send", "Listen")
		if id.Provider == serviceBus {
			in.warn("namespace %s is of the old provider %s: new ones are of %s", quote(id.Namespace), serviceBus, eventHub)
		}
	}
	if p.StorageAccount != "" {
		in.storage(ctx, p.StorageAccount)
	} else if p.Retention.Days > 0 {
		in.warn("retention of %d days has no effect: it is for a storage account, a hub keeps events as long as it is set to itself", p.Retention.Days)
	}
	return p
}

// makeRoom removes whatever profile there is: a subscription has one.
func (p Profile) makeRoom(have []Profile, in *inspection) room[Profile] {
	switch {
	case len(have) == 0:
		return room[Profile]{}
	case len(have) == 1 && have[0].equal(p):
		return room[Profile]{done: true}
	case in.opt.Replace:
		return room[Profile]{remove: have}
	}
	var names []string
	for _, old := range have {
		names = append(names, old.Name)
	}
	in.problem(&ExistsError{
		Noun: "log profile", Names: names, Reason: "a subscription has one log profile", Replaceable: true,
		Remove: "az monitor log-profiles delete --subscription " + in.subscription + " --name " + names[0],
	})
	return room[Profile]{}
}

func (p Profile) equal(q Profile) bool {
	return p.Name == q.Name && sameWords(p.Locations, q.Locations) && sameWords(p.Categories, q.Categories) &&
		p.Retention == q.Retention && sameID(p.RuleID, q.RuleID) && sameID(p.StorageAccount, q.StorageAccount)
}

// sameID compares resource ids as Azure does.
func sameID(a, b string) bool {
	return strings.EqualFold(strings.Trim(a, "/"), strings.Trim(b, "/"))
}

// profileProperties is a log profile as it is sent and answered.
type profileProperties struct {
	StorageAccountID string    `json:"storageAccountId,omitempty"`
	ServiceBusRuleID string    `json:"serviceBusRuleId,omitempty"`
	Locations        []string  `json:"locations"`
	Categories       []string  `json:"categories"`
	RetentionPolicy  Retention `json:"retentionPolicy"`
}

// A body is what a PUT of a setting sends.
type body struct {
	Location   string `json:"location,omitempty"`
	Properties any    `json:"properties"`
}

func (p Profile) body() any {
	return body{Location: global, Properties: profileProperties{
		StorageAccountID: p.StorageAccount, ServiceBusRuleID: p.RuleID,
		Locations: p.Locations, Categories: p.Categories, RetentionPolicy: p.Retention,
	}}
}

func parseProfile(r resource) (Profile, error) {
	var p profileProperties
	if err := json.Unmarshal(r.Properties, &p); err != nil {
		return Profile{}, fmt.Errorf("properties: %w", err)
	}
	return Profile{
		Name: r.Name, Locations: p.Locations, Categories: p.Categories, Retention: p.RetentionPolicy,
		RuleID: p.ServiceBusRuleID, StorageAccount: p.StorageAccountID,
	}, nil
}

// When Azure stops to take log profiles, and when it retires them.
var (
	lastNewProfile = time.Date(2025, 9, 15, 0, 0, 0, 0, time.UTC)
	lastProfile    = time.Date(2026, 9, 15, 0, 0, 0, 0, time.UTC)
)

// ProfileRetirement says what a user of log profiles has to know at a time.
func ProfileRetirement(now time.Time) string {
	const instead = "a diagnostic setting is the way that stays"
	switch {
	case now.Before(lastNewProfile):
		return "Azure takes no new log profiles from 2025-09-15 on and retires them on 2026-09-15: " + instead
	case now.Before(lastProfile):
		return "Azure takes no new log profiles since 2025-09-15 and retires them on 2026-09-15: " + instead
	default:
		return "Azure retired log profiles on 2026-09-15 and made diagnostic settings of those that were left: " + instead
	}
}
