package incident

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// appendRow adds the history row of a state.
func (k *Keeper) appendRow(rows *schema.Rows, in *Incident) error {
	values := []struct {
		column string
		value  any
	}{
		{"TenantId", k.opt.WorkspaceID},
		{"TimeGenerated", schema.DatetimeOf(in.LastModified)},
		{"IncidentName", in.Name},
		{"IncidentNumber", in.Number},
		{"Title", in.Title},
		{"Description", in.Description},
		{"Severity", string(in.Severity)},
		{"Status", string(in.Status)},
		{"Classification", in.Classification},
		{"ClassificationReason", in.ClassificationReason},
		{"ClassificationComment", in.ClassificationComment},
		{"Owner", dynamic(in.Owner)},
		{"ProviderName", in.Provider},
		{"ProviderIncidentId", in.ProviderID},
		{"FirstActivityTime", schema.DatetimeOf(in.FirstActivity)},
		{"LastActivityTime", schema.DatetimeOf(in.LastActivity)},
		{"FirstModifiedTime", schema.DatetimeOf(in.FirstModified)},
		{"LastModifiedTime", schema.DatetimeOf(in.LastModified)},
		{"CreatedTime", schema.DatetimeOf(in.Created)},
		{"ClosedTime", optionalTime(in.ClosedAt)},
		{"RelatedAnalyticRuleIds", dynamic(in.RuleIDs)},
		{"AlertIds", dynamic(in.AlertIDs)},
		{"BookmarkIds", dynamic([]string{})},
		{"Comments", dynamic(in.Comments)},
		{"Tasks", dynamic(in.Tasks)},
		{"Labels", dynamic(in.Labels)},
		{"IncidentUrl", in.URL},
		{"AdditionalData", dynamic(additionalRow{in.Additional, in.Team})},
		{"ModifiedBy", in.ModifiedBy},
		{"SourceSystem", "Azure"},
	}
	for _, v := range values {
		if err := rows.Set(v.column, v.value); err != nil {
			rows.Discard()
			return fmt.Errorf("write incident %d: %w", in.Number, err)
		}
	}
	rows.End(rowID(in))
	return nil
}

// rowID identifies a state.
func rowID(in *Incident) schema.ID {
	h := xxh3.HashString128("incident\x00" + in.Name + "\x00" + in.Etag)
	var id schema.ID
	binary.BigEndian.PutUint64(id[:8], h.Hi)
	binary.BigEndian.PutUint64(id[8:], h.Lo)
	return id
}

// An additionalRow is what stands in AdditionalData, where there is no column
// of its own.
type additionalRow struct {
	Additional
	Team *Team `json:"teamInformation,omitempty"`
}

// dynamic writes one of our own values as JSON.
func dynamic(v any) schema.DynamicValue {
	text, _ := json.Marshal(v) // structs and lists of texts always marshal
	return schema.DynamicValue(text)
}

func optionalTime(t *time.Time) any {
	if t == nil {
		return nil
	}
	return schema.DatetimeOf(*t)
}

// readRow reads a state from a row of SecurityIncident. Columns that the row
// lacks, or that hold something else, stay empty.
func readRow(columns []schema.Column, values []any) *Incident {
	r := rowReader{columns, values}
	in := &Incident{
		Name: r.text("IncidentName"), Number: r.number("IncidentNumber"),
		Title: r.text("Title"), Description: r.text("Description"),
		Severity: rules.Severity(r.text("Severity")), Status: Status(r.text("Status")),
		Classification: r.text("Classification"), ClassificationReason: r.text("ClassificationReason"),
		ClassificationComment: r.text("ClassificationComment"),
		FirstActivity:         r.time("FirstActivityTime"), LastActivity: r.time("LastActivityTime"),
		Created: r.time("CreatedTime"), FirstModified: r.time("FirstModifiedTime"), LastModified: r.time("LastModifiedTime"),
		ModifiedBy: r.text("ModifiedBy"), URL: r.text("IncidentUrl"),
		Provider: r.text("ProviderName"), ProviderID: r.text("ProviderIncidentId"),
		Labels: []Label{}, Comments: []Comment{}, Tasks: []Task{}, RuleIDs: []string{}, AlertIDs: []string{},
	}
	if t := r.time("ClosedTime"); !t.IsZero() {
		in.ClosedAt = &t
	}
	r.json("Owner", &in.Owner)
	r.json("Labels", &in.Labels)
	r.json("Comments", &in.Comments)
	r.json("RelatedAnalyticRuleIds", &in.RuleIDs)
	r.json("AlertIds", &in.AlertIDs)
	r.json("Tasks", &in.Tasks)
	var additional additionalRow
	r.json("AdditionalData", &additional)
	in.Additional, in.Team = additional.Additional, additional.Team
	in.Etag = etag(in.LastModified)
	return in
}

// A rowReader reads columns by name.
type rowReader struct {
	columns []schema.Column
	values  []any
}

func (r rowReader) at(name string) any {
	i := slices.IndexFunc(r.columns, func(c schema.Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return r.values[i]
}

func (r rowReader) text(name string) string {
	s, _ := r.at(name).(string)
	return s
}

func (r rowReader) number(name string) int {
	switch n := r.at(name).(type) {
	case int32:
		return int(n)
	case int64:
		return int(n)
	}
	return 0
}

func (r rowReader) time(name string) time.Time {
	if t, ok := r.at(name).(schema.DatetimeValue); ok {
		return t.Time()
	}
	return time.Time{}
}

// json decodes a dynamic column; what does not fit leaves dst as it is.
func (r rowReader) json(name string, dst any) {
	if v, ok := r.at(name).(schema.DynamicValue); ok {
		_ = json.Unmarshal([]byte(v), dst) // another product's row may differ
	}
}
