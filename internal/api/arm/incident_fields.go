package arm

import (
	"maps"
	"slices"

	"nephoscope/internal/api/odata"
	"nephoscope/internal/incident"
)

// fieldsOf returns what an incident can be filtered by; an empty text is none.
func fieldsOf(in *incident.Incident) map[string]any {
	return map[string]any{
		"name":                                    in.Name,
		"properties/title":                        in.Title,
		"properties/description":                  in.Description,
		"properties/severity":                     string(in.Severity),
		"properties/status":                       string(in.Status),
		"properties/classification":               in.Classification,
		"properties/classificationReason":         in.ClassificationReason,
		"properties/classificationComment":        in.ClassificationComment,
		"properties/owner/objectId":               in.Owner.ObjectID,
		"properties/owner/email":                  in.Owner.Email,
		"properties/owner/assignedTo":             in.Owner.AssignedTo,
		"properties/owner/userPrincipalName":      in.Owner.UserPrincipal,
		"properties/createdTimeUtc":               in.Created,
		"properties/lastModifiedTimeUtc":          in.LastModified,
		"properties/firstActivityTimeUtc":         in.FirstActivity,
		"properties/lastActivityTimeUtc":          in.LastActivity,
		"properties/incidentNumber":               float64(in.Number),
		"properties/providerName":                 in.Provider,
		"properties/providerIncidentId":           in.ProviderID,
		"properties/additionalData/alertsCount":   float64(in.Additional.Alerts),
		"properties/additionalData/commentsCount": float64(in.Additional.Comments),
	}
}

// chosenBy makes of a filter what tells whether it chooses an incident.
func chosenBy(filter string) (func(*incident.Incident) bool, error) {
	fields := slices.Sorted(maps.Keys(fieldsOf(&incident.Incident{})))
	chosen, err := odata.Parse(filter, fields)
	return func(in *incident.Incident) bool {
		values := fieldsOf(in)
		return chosen.Match(func(field string) any {
			if v := values[field]; v != "" {
				return v
			}
			return nil
		})
	}, err
}
