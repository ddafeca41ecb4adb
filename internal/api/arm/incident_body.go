package arm

import (
	"net/http"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/incident"
	"nephoscope/internal/resource"
	"nephoscope/internal/rules"
)

// incidentProperties are what is said of an incident.
type incidentProperties struct {
	Title                 string           `json:"title"`
	Description           string           `json:"description,omitempty"`
	Severity              rules.Severity   `json:"severity"`
	Status                incident.Status  `json:"status"`
	Classification        string           `json:"classification,omitempty"`
	ClassificationReason  string           `json:"classificationReason,omitempty"`
	ClassificationComment string           `json:"classificationComment,omitempty"`
	Owner                 owner            `json:"owner"`
	Team                  *incident.Team   `json:"teamInformation,omitempty"`
	Labels                []incident.Label `json:"labels"`
	FirstActivity         time.Time        `json:"firstActivityTimeUtc"`
	LastActivity          time.Time        `json:"lastActivityTimeUtc"`
	LastModified          time.Time        `json:"lastModifiedTimeUtc"`
	Created               time.Time        `json:"createdTimeUtc"`
	Number                int              `json:"incidentNumber"`
	Additional            additional       `json:"additionalData"`
	RuleIDs               []string         `json:"relatedAnalyticRuleIds"`
	URL                   string           `json:"incidentUrl"`
	Provider              string           `json:"providerName"`
	ProviderID            string           `json:"providerIncidentId"`
}

// An owner is written without what is not known: clients take an objectId that
// is there for a GUID.
type owner struct {
	ObjectID      string `json:"objectId,omitempty"`
	Email         string `json:"email,omitempty"`
	AssignedTo    string `json:"assignedTo,omitempty"`
	UserPrincipal string `json:"userPrincipalName,omitempty"`
	Type          string `json:"ownerType,omitempty"`
}

type additional struct {
	Alerts    int      `json:"alertsCount"`
	Bookmarks int      `json:"bookmarksCount"`
	Comments  int      `json:"commentsCount"`
	Products  []string `json:"alertProductNames"`
	Tactics   []string `json:"tactics"`
}

// incidentOf shows an incident.
func incidentOf(r *http.Request, in *incident.Incident) Resource[incidentProperties] {
	p := incidentProperties{
		Title: in.Title, Description: in.Description, Severity: in.Severity, Status: in.Status,
		Classification: in.Classification, ClassificationReason: in.ClassificationReason, ClassificationComment: in.ClassificationComment,
		Owner: owner(in.Owner), Team: in.Team, Labels: in.Labels,
		FirstActivity: in.FirstActivity, LastActivity: in.LastActivity, LastModified: in.LastModified, Created: in.Created,
		Number: in.Number, RuleIDs: []string{}, URL: in.URL, Provider: in.Provider, ProviderID: in.ProviderID,
		Additional: additional{
			Alerts: in.Additional.Alerts, Bookmarks: in.Additional.Bookmarks, Comments: in.Additional.Comments,
			Products: append([]string{}, in.Additional.Products...), Tactics: append([]string{}, in.Additional.Tactics...),
		},
	}
	for _, id := range in.RuleIDs {
		p.RuleIDs = append(p.RuleIDs, idOf(r, "alertRules/"+id))
	}
	return newResource(r, "incidents/"+in.Name, in.Etag, p)
}

// An incidentBody is what a call says of an incident: all of it. What it leaves
// out of what people decide is taken away, as the service does.
type incidentBody struct {
	Etag       string `json:"etag"`
	Properties struct {
		Title                 string          `json:"title"`
		Description           string          `json:"description"`
		Severity              rules.Severity  `json:"severity"`
		Status                incident.Status `json:"status"`
		Classification        string          `json:"classification"`
		ClassificationReason  string          `json:"classificationReason"`
		ClassificationComment string          `json:"classificationComment"`
		Owner                 owner           `json:"owner"`
		Labels                []struct {
			Name string `json:"labelName"`
		} `json:"labels"`
		FirstActivity *time.Time `json:"firstActivityTimeUtc"`
		LastActivity  *time.Time `json:"lastActivityTimeUtc"`
	} `json:"properties"`
}

// change is what a body says to change.
func (b *incidentBody) change(r *http.Request, exists bool) (incident.Change, error) {
	p := &b.Properties
	for field, text := range map[string]string{"title": p.Title, "severity": string(p.Severity), "status": string(p.Status)} {
		if text == "" {
			return incident.Change{}, call.Bad("properties."+field, "properties.%s is missing: title, severity and status are needed", field)
		}
	}
	etag, err := incidentEtag(r, b.Etag, exists)
	labels := []string{}
	for _, l := range p.Labels {
		labels = append(labels, l.Name)
	}
	o := incident.Owner(p.Owner)
	return incident.Change{
		By: call.User(r, byARM), Etag: etag,
		Title: &p.Title, Description: &p.Description, Severity: &p.Severity, Status: &p.Status,
		Classification: &p.Classification, ClassificationReason: &p.ClassificationReason, ClassificationComment: &p.ClassificationComment,
		Owner: &o, Labels: &labels, FirstActivity: p.FirstActivity, LastActivity: p.LastActivity,
	}, err
}

// incidentEtag is the state that a change of an incident, or of what it holds,
// must start from.
func incidentEtag(r *http.Request, etag string, exists bool) (string, error) {
	match, err := demand(r, etag, exists)
	switch {
	case err != nil:
		return "", err
	case match == resource.Absent && exists:
		return "", &call.Problem{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: "there is one already"}
	case match == resource.Absent:
		return "", nil
	case match != "" && !exists:
		return "", &call.Problem{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: "there is none yet"}
	}
	return match, nil
}
